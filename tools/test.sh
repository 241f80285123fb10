#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the tests: everything but the gate, which needs real clouds (tox -e gate). Arguments go to tox.

set -euo pipefail
cd "$(dirname "$0")/.."

[ -x .venv/bin/pip ] || python3 -m venv .venv || { echo "$0: needs Python's venv (Debian: python3-venv)" >&2; exit 2; }
[ -x .venv/bin/tox ] || .venv/bin/pip install --quiet --disable-pip-version-check 'tox>=4,<5'
exec .venv/bin/tox run "${@:--elint,py3}"
