# SPDX-License-Identifier: Apache-2.0
"""Images and objects that come down."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import os
import pathlib
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb
from oaktreemodel.errors import ChecksumError, TransferError, lost, renewable
from oaktreemodel.passing import CHUNK, Options, Passing

if TYPE_CHECKING:
    from oaktreemodel.client import Client

TRIES = 10
"""How often in a row a download is begun again without another byte of it having come."""

PAUSE = 1.0
"""Seconds that this takes each time."""

About = TypeVar('About', pb.Image, pb.Object)


@dataclasses.dataclass(frozen=True)
class _Source:
    """What is downloaded."""

    offset: int
    length: int | None
    """Of what is wanted; None is all that follows."""
    url: Callable[[], Any] | None
    parts: Callable[[int, int | None], Any]
    """Begins the stream of a part."""
    sums: tuple[tuple[str, str], ...]
    """Those of the whole that are known."""
    etag: str = ''


class Download(Generic[About], Iterator[bytes]):
    """The data of an image or an object, chunk by chunk."""

    def __init__(self, about: About, source: _Source, options: Options, passing: Passing) -> None:
        self.about: About = about
        """What it is, and how large."""
        self._source, self._options, self._passing = source, options, passing
        rest = max(0, about.size_bytes - source.offset)
        self.total = rest if source.length is None else min(rest, source.length)
        """How many bytes will come."""
        passing.total = self.total
        passing.sum('sha256', *(name for name, _ in source.sums))
        self._what = f'{type(about).__name__.lower()} {(about.name or about.id)!r}'
        self._chunks: Generator[bytes, None, None] = self._all()

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        """Ends it before its end."""
        self._chunks.close()

    def save(self, to: str | os.PathLike[str] | IO[bytes]) -> About:
        """Writes it to a file, which is there when it is whole, and otherwise stays as it was; or to one that is open."""
        with contextlib.closing(self), _target(to) as file:
            for chunk in self:
                file.write(chunk)
        return self.about

    def _all(self) -> Generator[bytes, None, None]:
        if self._source.url and not self._options.stream and self.total:
            with contextlib.suppress(grpc.RpcError, OSError):  # a stream brings what is missing then
                yield from self._by_url()
        tries = 0
        while self._passing.done < self.total:
            before = self._passing.done
            try:
                yield from self._by_stream()
                break
            except grpc.RpcError as error:
                tries = tries + 1 if self._passing.done == before else 0
                if not (lost(error) or renewable(error)) or tries > TRIES or self._passing.left() < PAUSE:
                    error.add_note(f'the download of {self._what} ended {self._passing.far()}')
                    raise
            time.sleep(PAUSE)
        if self._passing.done != self.total:
            raise ChecksumError(f'of {self._what} {self._passing.done} bytes have come, not {self.total}. Try again.')
        self._passing.finish()
        if self.total == self.about.size_bytes:
            for name, told in self._source.sums:
                self._passing.match(name, told, self._what)

    def _by_url(self) -> Iterator[bytes]:
        from oaktreemodel import direct  # late, as HTTP takes its time to load

        assert self._source.url
        told = self._source.url()
        start, expected, headers = self._source.offset, 200, {}
        if self.total < self.about.size_bytes:
            headers, expected = {'Range': f'bytes={start}-{start + self.total - 1}'}, 206
        with direct.open_url(told, headers) as response:
            if response.status != expected:
                raise OSError(f'the cloud answers {response.status}')
            while self._passing.done < self.total:
                chunk = response.read(min(CHUNK, self.total - self._passing.done))
                if not chunk:
                    return
                yield self._passed(chunk)

    def _by_stream(self) -> Iterator[bytes]:
        begun, source = self._passing.done, self._source
        call = source.parts(source.offset + begun, None if source.length is None else self.total - begun)
        try:
            for part in call:
                now = getattr(part, 'object', None)
                if now is not None and part.HasField('object') and now.etag != source.etag:
                    raise TransferError(f'{self._what} was written anew, and what has come is of no use: begin anew')
                if part.chunk:
                    yield self._passed(part.chunk)
                elif part.sha256 and not begun:
                    self._passing.match('sha256', part.sha256, self._what)
        finally:
            call.cancel()

    def _passed(self, chunk: bytes) -> bytes:
        if self._options.stop.is_set() or not self._passing.left():
            # Not an OSError, for which the stream would go on.
            raise TransferError(f'the download of {self._what} was cancelled, or took too long, {self._passing.far()}')
        self._passing.add(chunk)
        return chunk


def download_image(client: Client, request: pb.DownloadImageRequest, options: Options) -> Download[pb.Image]:
    passing, glance = Passing(options), client.image
    asked = pb.GetImageRequest(location=request.location, name_or_id=request.name_or_id, max_age=Duration())
    image = glance.GetImage(asked, timeout=options.timeout).image
    where: dict[str, Any] = {
        'location': pb.Location(cloud=image.location.cloud, region=image.location.region),
        'name_or_id': image.id,
    }

    def parts(offset: int, length: int | None) -> Any:
        asked = pb.DownloadImageRequest(offset_bytes=offset, length_bytes=length or 0, **where)
        return glance.DownloadImage(asked, timeout=passing.left())

    def url() -> pb.CreateImageDownloadUrlResponse:
        return glance.CreateImageDownloadUrl(pb.CreateImageDownloadUrlRequest(**where))

    sums = ((image.hash_algo, image.hash_value),)
    source = _Source(request.offset_bytes, request.length_bytes or None, url if client.secret else None, parts, sums)
    return Download(image, source, options, passing)


def download_object(client: Client, request: pb.DownloadObjectRequest, options: Options) -> Download[pb.Object]:
    passing, swift = Passing(options), client.object_store
    where: dict[str, Any] = {'location': request.location, 'container': request.container}
    found = swift.GetObject(pb.GetObjectRequest(name_or_id=request.name_or_id, **where), timeout=options.timeout).object

    def parts(offset: int, length: int | None) -> Any:
        asked = copy.deepcopy(request)
        asked.offset_bytes = offset
        asked.ClearField('length_bytes')
        if length is not None:
            asked.length_bytes = length
        return swift.DownloadObject(asked, timeout=passing.left())

    def url() -> pb.CreateObjectDownloadUrlResponse:
        return swift.CreateObjectDownloadUrl(pb.CreateObjectDownloadUrlRequest(name=found.name, **where))

    sums = [('sha256', found.sha256)] + ([] if found.segmented else [('md5', found.etag)])
    length = request.length_bytes if request.HasField('length_bytes') else None
    source = _Source(request.offset_bytes, length, url, parts, tuple(sums), found.etag)
    return Download(found, source, options, passing)


@contextlib.contextmanager
def _target(to: str | os.PathLike[str] | IO[bytes]) -> Iterator[IO[bytes]]:
    if not isinstance(to, str | os.PathLike):
        yield to
        return
    path = pathlib.Path(to).absolute()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f'.{path.name}.', delete=False) as file:
        try:
            yield file
            file.flush()
            # The rights that any new file of the user has.
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(file.name, 0o666 & ~mask)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
