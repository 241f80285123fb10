# SPDX-License-Identifier: Apache-2.0
"""Images and objects up and down: by their URL where the cloud can be reached from here, else through oaktree."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb
from oaktreemodel.download import Download as Download
from oaktreemodel.download import download_image as download_image
from oaktreemodel.download import download_object as download_object
from oaktreemodel.errors import ChecksumError, TransferError, error_info
from oaktreemodel.passing import CHUNK, Passing
from oaktreemodel.passing import Options as Options
from oaktreemodel.passing import Progress as Progress

if TYPE_CHECKING:
    from oaktreemodel.client import Client

Data: TypeAlias = 'str | os.PathLike[str] | IO[bytes] | bytes | Iterable[bytes]'
"""What can be uploaded: the path of a file, an open one, or the bytes themselves, at once or in chunks."""

WHOLE_OBJECT = 1 << 30
"""Bytes that go to an object store as one at most; more goes through oaktree, which makes segments."""

STORED = 600.0
"""Seconds that a cloud may take to have an image ready of which it has all bytes."""

CLEARING = 5.0
"""Seconds that a server may take to delete what an upload that failed has left."""

TIDYING = 30.0
"""Seconds to look, or to delete, behind an upload that failed."""


class _Source:
    """What is uploaded, whichever way it goes."""

    def __init__(self, data: Data, passing: Passing) -> None:
        self._passing = passing
        self._data: Any = open(data, 'rb') if isinstance(data, str | os.PathLike) else data  # noqa: SIM115
        self._opened = self._data is not data
        self.begun = False
        self.error: Exception | None = None
        """Why it can't be read, which HTTP and gRPC would hide."""
        self._start, self.size = _extent(self._data)

    def __enter__(self) -> _Source:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened:
            self._data.close()

    def chunks(self) -> Iterator[bytes]:
        """Yields them all, as many as were told if that is known."""
        self.begun = True
        try:
            for chunk in _chunks(self._data):
                self._passing.check()
                yield chunk
                self._passing.add(chunk)
            if self._passing.total not in (None, self._passing.done):
                raise TransferError(f'the data has {self._passing.done} bytes, not {self._passing.total}')
        except Exception as error:
            self.error = error
            raise

    def again(self) -> bool:
        """Returns whether all of it can be sent, for it has not begun, or goes back to where it began."""
        if self.begun and self.error is None and self._start is not None:
            self._data.seek(self._start)
            self._passing.rewind()
            self.begun = False
        return not self.begun


def _extent(data: Any) -> tuple[int | None, int | None]:
    """Returns where it begins, None if that can't be gone back to, and how many bytes it has, as far as it tells."""
    if isinstance(data, bytes | bytearray | memoryview):
        return None, len(data)
    try:
        start = data.tell() if data.seekable() else None
        if start is None or (hasattr(data, 'fileno') and _is_odd(data)):
            return None, None
        size = data.seek(0, os.SEEK_END) - start
        data.seek(start)
    except (AttributeError, OSError):
        return None, None
    return start, max(0, size)


def _is_odd(file: Any) -> bool:
    """Whether it is no usual file, such as a device, whose end says nothing."""
    try:
        return not stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except OSError:
        return False  # as BytesIO, which has none


def _chunks(data: Any) -> Iterator[bytes]:
    """A file by its bytes, not by its lines; and all in pieces that a message can take."""
    if hasattr(data, 'read'):
        yield from iter(lambda: data.read(CHUNK), b'')
        return
    for chunk in [data] if isinstance(data, bytes | bytearray | memoryview) else data:
        for start in range(0, len(chunk), CHUNK):
            yield bytes(chunk[start : start + CHUNK])


def upload_image(client: Client, data: Data, options: Options, fields: dict[str, Any]) -> pb.Image:
    passing = Passing(options)
    with _Source(data, passing) as source:
        about = _described(pb.UploadImageDescription(**fields), source, passing)
        upload = _ImageUpload(client, about, source, passing)
        if not options.stream and client.secret and upload.by_url():
            with contextlib.suppress(_Unreached):
                return upload.put()
        return upload.send()


def upload_object(client: Client, data: Data, options: Options, fields: dict[str, Any]) -> pb.Object:
    passing = Passing(options)
    with _Source(data, passing) as source:
        about = _described(pb.ObjectDescription(**fields), source, passing)
        upload = _ObjectUpload(client, about, source, passing)
        if not options.stream and upload.by_url():
            with contextlib.suppress(_Unreached):
                return upload.put()
        return upload.send()


def _described(about: Any, source: _Source, passing: Passing) -> Any:
    if source.size is not None and not about.HasField('size_bytes'):
        about.size_bytes = source.size
    passing.total = about.size_bytes if about.HasField('size_bytes') else None
    passing.sum('sha256')
    return about


class _Unreached(Exception):
    """A cloud has not taken the bytes by its URL, and oaktree can still send them all."""


@dataclasses.dataclass
class _Upload:
    """What uploads of images and objects have in common."""

    client: Client
    about: Any
    source: _Source
    passing: Passing

    kind = 'thing'

    def __post_init__(self) -> None:
        self.what = f'{self.kind} {self.about.name!r}'

    def _put(self, url: Callable[[], Any], headers: dict[str, str], left: str) -> Any:
        """Sends the bytes by a URL, and returns the headers of the answer."""
        try:
            told = url()
        except grpc.RpcError:
            raise _Unreached from None
        if self.passing.total is not None:
            headers['Content-Length'] = str(self.passing.total)
        from oaktreemodel import direct  # late, as HTTP takes its time to load

        try:
            with direct.open_url(told, headers, self.source.chunks()) as response:
                return response.headers
        except Exception as error:
            self._raise_own(left)
            if not isinstance(error, OSError):
                raise
            if self.source.again():
                raise _Unreached from None
            raise TransferError(f'the upload of {self.what} ended {self.passing.far()}, and {left}: {error}') from error

    def _raise_own(self, left: str) -> None:
        """Raises why the data can't be read, if that is why."""
        if self.source.error:
            self.source.error.add_note(f'the upload of {self.what} ended {self.passing.far()}, and {left}')
            raise self.source.error

    def _send(self, call: Any, parts: Iterator[Any], left: Callable[[Any], str]) -> Any:
        """Sends them through oaktree."""
        try:
            return call(parts, timeout=self.passing.left())
        except grpc.RpcError as error:
            told = left(error)
            self._raise_own(told)
            error.add_note(f'the upload of {self.what} ended {self.passing.far()}; {told}')
            raise


def _is_broken_off(error: Any) -> bool:
    """Whether a call failed without a word of the server about why, which hence may not have cleared up."""
    return error_info(error) is None and error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED


class _ObjectUpload(_Upload):
    kind = 'object'

    def by_url(self) -> bool:
        """Whether a cloud can take it as it is: oaktree checks metadata, and makes segments."""
        total = self.passing.total
        return total is not None and total <= WHOLE_OBJECT and not self.about.segment_size_bytes and not self.about.metadata

    def put(self) -> pb.Object:
        swift, about = self.client.object_store, self.about
        where = {'location': about.location, 'container': about.container}
        self.passing.sum('md5')

        def url() -> pb.CreateObjectUploadUrlResponse:
            return swift.CreateObjectUploadUrl(pb.CreateObjectUploadUrlRequest(name=about.name, **where))

        headers = self._put(url, self._headers(), 'the object is as it was before: send it again')
        try:
            self.passing.match('md5', headers.get('Etag', '').strip('"'), self.what)
            self.passing.match('sha256', about.sha256, self.what)
        except ChecksumError as error:
            try:
                swift.DeleteObject(pb.DeleteObjectRequest(name_or_id=about.name, **where), timeout=TIDYING)
            except grpc.RpcError:
                raise ChecksumError(f'{error} It is there, but wrong: delete it.') from None
            raise ChecksumError(f'{error} It is deleted.') from None
        self.passing.finish()
        return swift.GetObject(pb.GetObjectRequest(name_or_id=about.name, **where)).object

    def _headers(self) -> dict[str, str]:
        about = self.about
        given = {
            'Content-Type': about.content_type or 'application/octet-stream',
            'Content-Encoding': about.content_encoding,
            'Content-Disposition': about.content_disposition,
            'X-Delete-At': str(about.delete_time.seconds) if about.HasField('delete_time') else '',
        }
        return {name: value for name, value in given.items() if value}

    def send(self) -> pb.Object:
        def parts() -> Iterator[pb.UploadObjectRequest]:
            yield pb.UploadObjectRequest(description=self.about)
            for chunk in self.source.chunks():
                yield pb.UploadObjectRequest(chunk=chunk)

        answer = self._send(self.client.object_store.UploadObject, parts(), self._left)
        self.passing.finish()
        self.passing.match('sha256', answer.sha256, self.what)
        found: pb.Object = answer.object
        return found

    def _left(self, error: Any) -> str:
        segments = f'; segments of it may be in the container {self.about.container}_segments, and take space'
        return f'the object is as it was before: send it again{segments if _is_broken_off(error) else ""}'


class _ImageUpload(_Upload):
    kind = 'image'

    def by_url(self) -> bool:
        """Whether the bytes of an image are sent to the image service of this place."""
        request = pb.GetCapabilitiesRequest(location=self.about.location)
        try:
            can = self.client.clouds.GetCapabilities(request).capabilities
        except grpc.RpcError:
            return False
        return can.image_upload_method == pb.IMAGE_UPLOAD_METHOD_PUT

    def put(self) -> pb.Image:
        glance, later = self.client.image, ('is_protected', 'sha256', 'size_bytes')
        given = {field.name: value for field, value in self.about.ListFields() if field.name not in later}
        image = glance.CreateImage(pb.CreateImageRequest(request_id=str(uuid.uuid4()), **given)).image
        place = pb.Location(cloud=image.location.cloud, region=image.location.region)
        try:
            return self._fill(image, place)
        except BaseException as error:
            try:
                glance.DeleteImage(pb.DeleteImageRequest(location=place, name_or_id=image.id), timeout=TIDYING)
            except grpc.RpcError as failure:
                error.add_note(f'image {image.id} is left: delete it ({failure.details()})')
                if isinstance(error, _Unreached):
                    raise TransferError(f'image {image.id} is left without its data: delete it, and send it again') from failure
            raise

    def _fill(self, image: pb.Image, place: pb.Location) -> pb.Image:
        """Gives a queued image its data, and waits until the cloud has it."""
        glance = self.client.image
        where: dict[str, Any] = {'location': place, 'name_or_id': image.id}
        self.passing.sum('md5', 'sha512')
        self._put(lambda: glance.CreateImageUploadUrl(pb.CreateImageUploadUrlRequest(**where)), {}, 'no image is left')
        end = time.monotonic() + STORED
        while image.state != pb.IMAGE_STATE_ACTIVE:
            self.passing.check()
            if time.monotonic() > end:
                raise TransferError(f'{self.what} has its data and did not become active within {STORED:g} s')
            image = glance.GetImage(pb.GetImageRequest(max_age=Duration(), **where)).image
            if image.state != pb.IMAGE_STATE_ACTIVE:
                time.sleep(1)
        self._match(image)
        self.passing.finish()
        if self.about.is_protected:
            request = pb.UpdateImageRequest(is_protected=True, request_id=str(uuid.uuid4()), **where)
            image = glance.UpdateImage(request).image
        return image

    def _match(self, image: pb.Image) -> None:
        """Holds the image against what was sent, and what was said before."""
        if image.size_bytes != self.passing.done:
            raise ChecksumError(f'{self.what} has {image.size_bytes} bytes, and {self.passing.done} were sent. Try again.')
        for name, told in (('sha256', self.about.sha256), ('md5', image.checksum), (image.hash_algo, image.hash_value)):
            self.passing.match(name, told, self.what)

    def send(self) -> pb.Image:
        def parts() -> Iterator[pb.UploadImageRequest]:
            yield pb.UploadImageRequest(description=self.about)
            for chunk in self.source.chunks():
                yield pb.UploadImageRequest(chunk=chunk)
            yield pb.UploadImageRequest(sha256=self.passing.hex('sha256'))

        image: pb.Image = self._send(self.client.image.UploadImage, parts(), self._left).image
        self.passing.finish()
        return image

    def _left(self, error: Any) -> str:
        """What there is of an image whose upload failed. A server that goes away at once can't delete it."""
        if not _is_broken_off(error):
            return 'no image is left: send it again when that is mended'
        end = time.monotonic() + CLEARING
        try:
            while (found := self._unfinished()) and time.monotonic() < end:
                time.sleep(0.5)
        except grpc.RpcError:
            return (
                f'what is left is not known: delete what has the name {self.about.name!r} and is not active, and send it again'
            )
        if not found:
            return 'no image is left: send it again'
        ids = ', '.join(found)
        return f'an image is left without its data: delete {ids}, unless somebody else uploads it, and send it again'

    def _unfinished(self) -> list[str]:
        request = pb.ListImagesRequest(location=self.about.location, name_or_id=self.about.name, max_age=Duration())
        answer = self.client.image.ListImages(request, timeout=TIDYING)
        return [one.id for one in answer.images if one.state in (pb.IMAGE_STATE_QUEUED, pb.IMAGE_STATE_UPLOADING)]
