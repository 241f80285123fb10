#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A first look: installs oaktree into .venv, serves two simulated clouds for a moment, and lets a client use both.

set -euo pipefail
cd "$(dirname "$0")/.."

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$0: needs Python 3.11 or newer" >&2; exit 2; }
echo "Installing into .venv ..."
[ -x .venv/bin/pip ] || python3 -m venv .venv || { echo "$0: needs Python's venv (Debian: python3-venv)" >&2; exit 2; }
.venv/bin/pip install --quiet --disable-pip-version-check ./oaktreemodel/python .

folder=$(mktemp -d)
export OAKTREE_TARGET=unix:$folder/oaktree.sock
.venv/bin/oaktree-server --demo --listen "$OAKTREE_TARGET" >"$folder/out" 2>"$folder/log" &
server=$!
# The socket goes with the server, and both with us.
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$folder"' EXIT

for _ in $(seq 100); do
    grep -q 'oaktree serves' "$folder/out" && break
    kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
.venv/bin/python tools/first_steps.py

cat <<'END'

To go on:
  .venv/bin/oaktree-server --demo                    serves the simulated clouds until you stop it
  .venv/bin/oaktree-server --config clouds.yaml      serves your own
  .venv/bin/python tools/first_steps.py              is the client that you have just seen
END
