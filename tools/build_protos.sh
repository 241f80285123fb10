#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes the generated code of oaktreemodel from protos/.
#
#   tools/build_protos.sh                 writes it into the tree
#   tools/build_protos.sh --check         writes it elsewhere; fails, naming the files, where the tree differs
#   tools/build_protos.sh --release NAME  writes protos/released/NAME.binpb, what later releases must not break
#
# The generators live in a cache folder, made once, and never in the caller's environment: the code that they write
# depends on their versions, so those are fixed here and nowhere else.

set -euo pipefail

GRPCIO_TOOLS=1.74.0           # protoc 31.1: its code runs on protobuf >= 6.31.1 and grpcio >= 1.74
MYPY_PROTOBUF=5.1.0           # types of the Python stubs
PROTOC_GEN_GO=v1.36.12
PROTOC_GEN_GO_GRPC=v1.6.2

GO_MODULE=opendev.org/x/oaktree/oaktreemodel/go
PYTHON_CODE=oaktreemodel/python/oaktreemodel/v1
GO_CODE=oaktreemodel/go/oaktree/v1

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/oaktree-build
venv=$cache/grpcio-tools-$GRPCIO_TOOLS-mypy-protobuf-$MYPY_PROTOBUF
go_plugins=$cache/protoc-gen-go-$PROTOC_GEN_GO-grpc-$PROTOC_GEN_GO_GRPC

fail() {
    echo "$0: $*" >&2
    exit 1
}

# The mark comes last, so that an interrupted installation is done again.
install_python_generators() {
    [ -e "$venv/complete" ] && return
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet "grpcio-tools==$GRPCIO_TOOLS" "mypy-protobuf==$MYPY_PROTOBUF"
    touch "$venv/complete"
}

install_go_generators() {
    [ -e "$go_plugins/complete" ] && return
    GOBIN=$go_plugins go install "google.golang.org/protobuf/cmd/protoc-gen-go@$PROTOC_GEN_GO"
    GOBIN=$go_plugins go install "google.golang.org/grpc/cmd/protoc-gen-go-grpc@$PROTOC_GEN_GO_GRPC"
    touch "$go_plugins/complete"
}

protoc() {
    (
        cd "$root/protos"
        PATH="$venv/bin:$go_plugins:$PATH" "$venv/bin/python" -m grpc_tools.protoc -I. "$@" oaktree/v1/*.proto
    )
}

generate_python() {
    local out=$1/$PYTHON_CODE raw=$1/raw
    mkdir -p "$raw" "$(dirname "$out")"
    protoc --python_out="$raw" --pyi_out="$raw" --grpc_python_out="$raw" --mypy_grpc_out="quiet:$raw"
    mv "$raw/oaktree/v1" "$out"
    # `oaktree` is the server's package: only the import moves, the names in the descriptors stay.
    sed -i 's/^from oaktree\.v1 import /from oaktreemodel.v1 import /' "$out"/*.py "$out"/*.pyi
    # Files without a service have stubs all the same, empty ones.
    grep -L 'class .*Servicer' "$out"/*_pb2_grpc.py | while read -r empty; do rm "$empty" "${empty}i"; done
    # protoc leaves the Mappings that messages may be made from without arguments; nobody's lint should see these files.
    sed -i '1i # mypy: disable-error-code="type-arg"' "$out"/*_pb2.pyi
    sed -i '1i # ruff: noqa\n# fmt: off' "$out"/*_pb2_grpc.pyi
    protoc --include_source_info --descriptor_set_out="$1/descriptors"
    "$venv/bin/python" "$root/tools/python_index.py" "$1/descriptors" "$out"
}

generate_go() {
    mkdir -p "$1/oaktreemodel/go"
    protoc --go_out="$1/oaktreemodel/go" --go_opt="module=$GO_MODULE" \
        --go-grpc_out="$1/oaktreemodel/go" --go-grpc_opt="module=$GO_MODULE"
}

# Calls a function with each folder of generated code; Go's only where its generators can be built.
each_code() {
    "$1" "$PYTHON_CODE"
    if [ -n "$with_go" ]; then "$1" "$GO_CODE"; fi
}

replace() {
    rm -rf "${root:?}/$1"
    mkdir -p "$root/$1"
    cp -r "$made/$1/." "$root/$1"
}

compare() {
    diff --recursive --brief --exclude=__pycache__ "$root/$1" "$made/$1" || differs=yes
}

release() {
    local image=$root/protos/released/$1.binpb
    command -v buf > /dev/null || fail 'buf is not on PATH; it comes with test-requirements.txt'
    case $1 in
        *.dev) ;;
        *) [ ! -e "$image" ] || fail "$1 is released already, and a release never changes" ;;
    esac
    mkdir -p "$(dirname "$image")"
    (cd "$root/protos" && buf build -o "$image")
}

mode=${1-}
case $mode in
    '' | --check) [ $# -le 1 ] || fail 'too many arguments' ;;
    --release) [ $# = 2 ] || fail '--release needs a name'; release "$2"; exit ;;
    *) fail "usage: $0 [--check | --release NAME]" ;;
esac

with_go=yes
if ! command -v go > /dev/null; then
    with_go=
    echo "SKIPPED: the Go code, as go is not on PATH" >&2
fi

mkdir -p "$cache"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
(
    flock 9 # two runs may start at once on an empty cache
    install_python_generators
    if [ -n "$with_go" ]; then install_go_generators; fi
) 9> "$cache/lock"

generate_python "$made"
if [ -n "$with_go" ]; then generate_go "$made"; fi

if [ "$mode" = --check ]; then
    differs=
    each_code compare
    [ -z "$differs" ] || fail 'the generated code is not what protos/ says: run tools/build_protos.sh'
else
    each_code replace
fi
