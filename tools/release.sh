#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes everything that a release has, in dist/, and tries it as somebody would who has nothing else:
#
#   tools/release.sh --dry-run     never publishes anything; what is made here is what would be
#
# Wheels and sdists of both distributions, the Go module as a module proxy serves it, and the source tarball for C++. Each is
# installed where there is nothing of ours, and the first program of tests/sdk runs with it. The version is pbr's, of the git
# tag; the API is held against that of every release.

set -euo pipefail
cd "$(dirname "$0")/.."

[ "${1:-}" = --dry-run ] || { echo "usage: $0 --dry-run (publishing is by hand: see doc/source/contributing.rst)" >&2; exit 2; }
[ -z "$(git status --porcelain)" ] || { echo "$0: there are changes that are not committed: a release is of a commit" >&2; exit 2; }

root=$PWD dist=$PWD/dist
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; chmod -R u+w "$work"; rm -rf "$work"' EXIT
rm -rf "$dist"
mkdir "$dist"

say() { printf '\n== %s\n' "$*"; }

say "Python: wheels and sdists"
python3 -m venv "$work/build"
"$work/build/bin/pip" install --quiet --disable-pip-version-check 'build>=1.2,<2' 'buf-bin==1.75.0'
for folder in oaktreemodel/python .; do
    "$work/build/bin/python" -m build --outdir "$dist" "$folder" >"$work/log" 2>&1 || { tail -30 "$work/log" >&2; exit 1; }
done
version=$(basename "$dist"/oaktreemodel-*.tar.gz .tar.gz)
version=${version#oaktreemodel-}
echo "version $version"

say "The API, against that of every release"
for image in protos/released/*.binpb; do
    "$work/build/bin/buf" breaking protos --against "$image"
    echo "as $(basename "$image" .binpb) has it"
done

say "Go: the module"
# As `go mod download` wants it: https://go.dev/ref/mod#goproxy-protocol. Its tag is oaktreemodel/go/vVERSION.
module=opendev.org/x/oaktree/oaktreemodel/go go_version=v${version%%.dev*}
served=$dist/goproxy/$module/@v
mkdir -p "$served"
cp oaktreemodel/go/go.mod "$served/$go_version.mod"
printf '{"Version":"%s","Time":"%s"}\n' "$go_version" "$(TZ=UTC git log -1 --date=iso-strict-local --format=%cd)" >"$served/$go_version.info"
echo "$go_version" >"$served/list"
git archive --format=zip --prefix="$module@$go_version/" -o "$served/$go_version.zip" HEAD:oaktreemodel/go

say "C++: the source tarball"
cmake -S oaktreemodel/cpp -B "$work/cpp" >/dev/null
cmake --build "$work/cpp" --target dist >/dev/null
cp "$work"/cpp/oaktreemodel-cpp-*.tar.gz "$dist"
ls -l "$dist"

say "Installed where there is nothing else: the server, and the client in Python"
cd "$work"
for kind in whl tar.gz; do
    python3 -m venv "$work/$kind"
    "$work/$kind/bin/pip" install --quiet --disable-pip-version-check "$dist"/oaktreemodel-*."$kind" \
        $(ls "$dist"/oaktree-*."$kind")
done
"$work/whl/bin/oaktree-server" --demo --listen "unix:$work/oaktree.sock" >"$work/out" 2>"$work/err" &
server=$!
for _ in $(seq 200); do
    grep -q 'oaktree serves' "$work/out" && break
    kill -0 "$server" 2>/dev/null || { cat "$work/err" >&2; exit 1; }
    sleep 0.1
done
first() { "$@" "unix:$work/oaktree.sock" alpha m1.tiny cirros; }
for kind in whl tar.gz; do
    first "$work/$kind/bin/python" "$root/tests/sdk/list_and_create.py"
done

say "The same in Go"
mkdir "$work/go"
cp "$root/tests/sdk/go/main.go" "$work/go"
(
    cd "$work/go"
    export GOPROXY=file://$dist/goproxy,$(go env GOPROXY) GONOSUMDB=$module GONOSUMCHECK=1 GOFLAGS=-mod=mod GOMODCACHE=$work/gomod
    go mod init first >/dev/null 2>&1
    go mod edit -require "$module@$go_version"
    go mod tidy >/dev/null 2>&1 || go mod tidy
    go build -o first .
)
first "$work/go/first"

say "The same in C++"
tar xzf "$dist"/oaktreemodel-cpp-*.tar.gz
cmake -S "$work"/oaktreemodel-cpp-*/ -B "$work/installed" -DCMAKE_INSTALL_PREFIX="$work/prefix" >/dev/null
cmake --build "$work/installed" -j2 >/dev/null
cmake --install "$work/installed" >/dev/null
cp "$root"/tests/sdk/cpp/{CMakeLists.txt,main.cc} "$work/go"
cmake -S "$work/go" -B "$work/first" -DUSE_INSTALLED=ON -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/first" >/dev/null
first "$work/first/list_and_create"

say "version $version: all of it works"
