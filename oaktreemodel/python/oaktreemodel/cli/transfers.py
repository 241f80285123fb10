# SPDX-License-Identifier: Apache-2.0
"""Files up and down, with progress on a terminal and the checksum compared."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any

import grpc
from oaktreemodel import v1 as pb
from oaktreemodel.cli import calls, options, output, problems
from oaktreemodel.cli.names import Command
from oaktreemodel.cli.problems import Problem
from oaktreemodel.cli.session import TRANSFER_DEADLINE, Session, request_of
from oaktreemodel.errors import TransferError
from oaktreemodel.passing import Progress as Tell

QCOW2 = b'QFI\xfb'


def upload_image(command: Command, arguments: Sequence[str]) -> int:
    """Makes an image of a file."""
    chosen = _parse(command, arguments, pb.UploadImageDescription.DESCRIPTOR, ())
    with Session(chosen) as session, _source(chosen.file) as file:
        fields = _description(session, pb.UploadImageDescription(), chosen)
        fields['disk_format'] = fields.get('disk_format') or _format_of(file)
        timeout = session.deadline or TRANSFER_DEADLINE
        with _failing(session), progress(f'upload {fields["name"]}') as advance:
            image = session.client.upload_image(file, progress=advance, timeout=timeout, **fields)
    output.show_one(calls.one_row(image, chosen), chosen.format)
    return 0


def upload_object(command: Command, arguments: Sequence[str]) -> int:
    """Writes a file into a container."""
    chosen = _parse(command, arguments, pb.ObjectDescription.DESCRIPTOR, ('container',))
    with Session(chosen) as session, _source(chosen.file) as file:
        fields = _description(session, pb.ObjectDescription(), chosen)
        timeout = session.deadline or TRANSFER_DEADLINE
        with _failing(session), progress(f'upload {fields["name"]}') as advance:
            made = session.client.upload_object(file, progress=advance, timeout=timeout, **fields)
    output.show_one(calls.one_row(made, chosen), chosen.format)
    return 0


def download_image(command: Command, arguments: Sequence[str]) -> int:
    """Writes an image's data to a file, or to standard output."""
    return _download(command, arguments, 'download_image')


def download_object(command: Command, arguments: Sequence[str]) -> int:
    """Writes an object's data to a file, or to standard output."""
    return _download(command, arguments, 'download_object')


def _download(command: Command, arguments: Sequence[str], method: str) -> int:
    kind = request_of(command)
    parser = options.parser(command, kind.DESCRIPTOR, options.comments(arguments))
    parser.add_argument('--file', metavar='FILE', help='default standard output')
    chosen = parser.parse_args(arguments)
    with Session(chosen) as session:
        request = session.locate(kind())
        options.fill(request, vars(chosen))
        fields = {field.name: value for field, value in request.ListFields()}
        timeout = session.deadline or TRANSFER_DEADLINE
        with _failing(session), progress(f'download {request.name_or_id}') as advance:
            getattr(session.client, method)(progress=advance, timeout=timeout, **fields).save(_target(chosen.file))
    return 0


def _parse(command: Command, arguments: Sequence[str], description: Any, given: tuple[str, ...]) -> Any:
    command = dataclasses.replace(command, positionals=given)
    parser = options.parser(command, description, options.comments(arguments))
    parser.add_argument('file', metavar='FILE', help='what to upload; - is standard input')
    return parser.parse_args(arguments)


def _description(session: Session, description: Any, chosen: Any) -> dict[str, Any]:
    """What is uploaded: named like its file, unless it is said otherwise."""
    session.locate(description)
    options.fill(description, vars(chosen))
    if not description.name:
        if chosen.file == '-':
            raise Problem('what comes from standard input needs a name: give --name', 'USAGE')
        description.name = pathlib.Path(chosen.file).name
    return {field.name: value for field, value in description.ListFields()}


def _source(path: str) -> IO[bytes]:
    """The file to read."""
    if path == '-':
        # Not sys.stdin: gRPC's thread may still wait in it when the interpreter ends, which aborts for a buffer that is in use.
        return open(sys.stdin.fileno(), 'rb', buffering=0, closefd=False)
    return open(path, 'rb')


def _target(path: str | None) -> str | IO[bytes]:
    """Where to write."""
    if path is not None and path != '-':
        return path
    if sys.stdout.isatty():
        raise Problem('this terminal is no place for it: give --file', 'USAGE')
    return sys.stdout.buffer


def _format_of(file: IO[bytes]) -> str:
    """The disk format, as far as the data tells it; a stream is not looked into."""
    if not file.seekable():
        return 'raw'
    start = file.read(len(QCOW2))
    file.seek(0)
    return 'qcow2' if start == QCOW2 else 'raw'


@contextlib.contextmanager
def _failing(session: Session) -> Iterator[None]:
    """Has a transfer that fails say what it has left."""
    try:
        yield
    except TransferError as error:
        raise Problem(str(error), error.reason) from error
    except grpc.RpcError as error:
        message, reason = problems.of_call(error, session.target)
        raise Problem('; '.join([message, *getattr(error, '__notes__', ())]), reason) from error


@contextlib.contextmanager
def progress(title: str) -> Iterator[Tell | None]:
    """A progress bar on standard error, if that is a terminal and rich is installed."""
    if not sys.stderr.isatty():
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    except ImportError:
        yield None
        return
    columns = (
        TextColumn('{task.description}', markup=False), BarColumn(), DownloadColumn(binary_units=True),
        TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
