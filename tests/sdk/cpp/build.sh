#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the program in C++, with the SDK's own CMake project, and prints the folder that it is in. A minute or more the first
# time, of which whoever comes meanwhile waits for the end.

set -euo pipefail
cd "$(dirname "$0")"

# A build folder of CMake belongs to one source folder, and there may be several checkouts.
folder=${XDG_CACHE_HOME:-$HOME/.cache}/oaktree-build/sdk-cpp-$(pwd -P | sha256sum | cut -c1-8)
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
# Not optimised, which takes twice as long: the time goes to what is linked.
cmake -S . -B "$folder" -DCMAKE_CXX_FLAGS_RELEASE=-O0
cmake --build "$folder" -j2
echo "$folder"
