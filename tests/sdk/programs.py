# SPDX-License-Identifier: Apache-2.0
"""Programs in other languages, built as a user would."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import unittest

HERE = pathlib.Path(__file__).parent
CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / 'oaktree-build'
# A CMake build folder belongs to one source folder, and there may be several checkouts.
CHECKOUT = hashlib.sha256(str(HERE.resolve()).encode()).hexdigest()[:8]
BUILD_SECONDS = 1200
"""Everything is compiled the first time."""

LIBRARIES = ('grpc++', 'libcurl', 'yaml-cpp')


def run_or_fail(*command: object, timeout: float = 300, cwd: pathlib.Path = HERE, **env: str) -> str:
    """What it has written.

    :raises AssertionError: with all of that, where it fails.
    """
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=os.environ | env, timeout=timeout, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(f'{command}: exit status {done.returncode}\n{done.stdout[-10_000:]}')
    return done.stdout


def needs(*tools: str, libraries: tuple[str, ...] = ()) -> None:
    """:raises unittest.SkipTest: where one of these is not installed."""
    absent = [tool for tool in tools if not shutil.which(tool)]
    if libraries and not absent:
        absent = [one for one in libraries if subprocess.run(['pkg-config', '--exists', one], check=False).returncode]
    if absent:
        raise unittest.SkipTest(f'not installed: {", ".join(absent)}')


def go_program(name: str, folder: pathlib.Path, *build: str, package: str = '.') -> pathlib.Path:
    """Built with the race detector, all of them, so that what they have in common is compiled once."""
    needs('go', 'gcc')
    program = CACHE / f'{name}-go-{CHECKOUT}'
    run_or_fail('go', *(build or ('build',)), '-race', '-o', program, package, cwd=folder, timeout=BUILD_SECONDS)
    return program


def cpp_program(name: str) -> pathlib.Path:
    """One of those of tests/sdk/cpp."""
    needs('cmake', 'g++', 'pkg-config', 'protoc', 'grpc_cpp_plugin', libraries=LIBRARIES)
    built = run_or_fail(HERE / 'cpp' / 'build.sh', timeout=BUILD_SECONDS)
    return pathlib.Path(built.splitlines()[-1], name)
