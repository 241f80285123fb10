# SPDX-License-Identifier: Apache-2.0
"""Files up and down, with progress on a terminal and the checksum compared."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

from oaktreemodel import v1 as pb
from oaktreemodel.cli import calls, options, output
from oaktreemodel.cli.names import Command
from oaktreemodel.cli.problems import Problem
from oaktreemodel.cli.session import TRANSFER_DEADLINE, Session, request_of

CHUNK = 1 << 20

QCOW2 = b'QFI\xfb'

Advance = Callable[[int], None]


def upload_image(command: Command, arguments: Sequence[str]) -> int:
    """Makes an image of a file."""
    chosen = _parse(command, arguments, pb.UploadImageDescription.DESCRIPTOR, ())
    with Session(chosen) as session, _source(chosen.file) as (file, size):
        description = _description(session, pb.UploadImageDescription(), chosen, size)
        description.disk_format = description.disk_format or _format_of(file)
        fields = {field.name: value for field, value in description.ListFields()}
        with progress(f'upload {description.name}', size) as advance:
            image = session.client.upload_image(_chunks(file, advance), **fields)
    output.show_one(calls.one_row(image, chosen), chosen.format)
    return 0


def upload_object(command: Command, arguments: Sequence[str]) -> int:
    """Writes a file into a container."""
    chosen = _parse(command, arguments, pb.ObjectDescription.DESCRIPTOR, ('container',))
    with Session(chosen) as session, _source(chosen.file) as (file, size):
        description = _description(session, pb.ObjectDescription(), chosen, size)
        digest = hashlib.sha256()

        def requests(advance: Advance) -> Iterator[pb.UploadObjectRequest]:
            yield pb.UploadObjectRequest(description=description)
            for chunk in _chunks(file, advance):
                digest.update(chunk)
                yield pb.UploadObjectRequest(chunk=chunk)

        with progress(f'upload {description.name}', size) as advance:
            timeout = session.deadline or TRANSFER_DEADLINE
            answer = session.client.object_store.UploadObject(requests(advance), timeout=timeout)
    if answer.sha256 != digest.hexdigest():
        raise Problem(f'the data of {description.name} has changed on its way: upload it again', 'CHECKSUM')
    output.show_one(calls.one_row(answer.object, chosen), chosen.format)
    return 0


def download_image(command: Command, arguments: Sequence[str]) -> int:
    """Writes an image's data to a file, or to standard output."""
    return _download(command, arguments, 'image')


def download_object(command: Command, arguments: Sequence[str]) -> int:
    """Writes an object's data to a file, or to standard output."""
    return _download(command, arguments, 'object')


def _download(command: Command, arguments: Sequence[str], what: str) -> int:
    kind = request_of(command)
    parser = options.parser(command, kind.DESCRIPTOR, options.comments(arguments))
    parser.add_argument('--file', metavar='FILE', help='default standard output')
    chosen = parser.parse_args(arguments)
    with Session(chosen) as session:
        request = session.locate(kind())
        options.fill(request, vars(chosen))
        answers = session.method(command)(request, timeout=session.deadline or TRANSFER_DEADLINE)
        # The first part tells what it is, and how large; an error comes here, before there is a file.
        first = next(answers, None)
        if first is None:
            raise Problem('the server has sent nothing: try again', 'DATA_LOSS')
        about = getattr(first, what)
        size = request.length_bytes or max(about.size_bytes - request.offset_bytes, 0)
        with _target(chosen.file) as file, progress(f'download {about.name or about.id}', size) as advance:
            digest, told = hashlib.sha256(), ''
            for part in answers:
                digest.update(part.chunk)
                file.write(part.chunk)
                advance(len(part.chunk))
                told = part.sha256
            if told != digest.hexdigest():
                raise Problem(f'the data of {about.name or about.id} has changed on its way: download it again', 'CHECKSUM')
    return 0


def _parse(command: Command, arguments: Sequence[str], description: Any, given: tuple[str, ...]) -> Any:
    command = dataclasses.replace(command, positionals=given)
    parser = options.parser(command, description, options.comments(arguments))
    parser.add_argument('file', metavar='FILE', help='what to upload; - is standard input')
    return parser.parse_args(arguments)


def _description(session: Session, description: Any, chosen: Any, size: int | None) -> Any:
    """What is uploaded: named like its file, unless it is said otherwise."""
    session.locate(description)
    options.fill(description, vars(chosen))
    if not description.name:
        if chosen.file == '-':
            raise Problem('what comes from standard input needs a name: give --name', 'USAGE')
        description.name = pathlib.Path(chosen.file).name
    if size is not None and not description.HasField('size_bytes'):
        description.size_bytes = size
    return description


@contextlib.contextmanager
def _source(path: str) -> Iterator[tuple[IO[bytes], int | None]]:
    """The file to read, and its size if it is one that has one."""
    if path == '-':
        # Not sys.stdin: gRPC's thread may still wait in it when the interpreter ends, which aborts for a buffer that is in use.
        with open(sys.stdin.fileno(), 'rb', buffering=0, closefd=False) as file:
            yield file, None
    else:
        with open(path, 'rb') as file:
            yield file, os.fstat(file.fileno()).st_size if pathlib.Path(path).is_file() else None


@contextlib.contextmanager
def _target(path: str | None) -> Iterator[IO[bytes]]:
    """The file to write, which is there when it is whole, and otherwise stays as it was."""
    if path is None or path == '-':
        if sys.stdout.isatty():
            raise Problem('this terminal is no place for it: give --file', 'USAGE')
        yield sys.stdout.buffer
        return
    folder = pathlib.Path(path).absolute().parent
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f'.{pathlib.Path(path).name}.', delete=False) as file:
        try:
            yield file
            file.flush()
            _publish(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _publish(temporary: str, path: str) -> None:
    """Gives the file its name, and the rights that any new file of the user has."""
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(temporary, 0o666 & ~mask)
    os.replace(temporary, path)


def _format_of(file: IO[bytes]) -> str:
    """The disk format, as far as the data tells it; a stream is not looked into."""
    if not file.seekable():
        return 'raw'
    start = file.read(len(QCOW2))
    file.seek(0)
    return 'qcow2' if start == QCOW2 else 'raw'


def _chunks(file: IO[bytes], advance: Advance) -> Iterable[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
        advance(len(chunk))


@contextlib.contextmanager
def progress(title: str, size: int | None) -> Iterator[Advance]:
    """A progress bar on standard error, if that is a terminal and rich is installed."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    except ImportError:
        yield lambda _: None
        return
    columns = (
        TextColumn('{task.description}', markup=False), BarColumn(), DownloadColumn(binary_units=True),
        TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=size)
        yield lambda count: bar.advance(task, count)
