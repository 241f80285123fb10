# SPDX-License-Identifier: Apache-2.0
"""The server's certificate, read again when its file changes; and the names in a client's.

gRPC asks at each handshake. A pair that is half written, or does not fit together, leaves the one before in use.
"""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

LOG = logging.getLogger(__name__)

ALTERNATIVE, COMMON = 'x509_subject_alternative_name', 'x509_common_name'
"""What gRPC calls the names in a client's certificate."""

Seen = tuple[tuple[int, int, int], ...]


class Pair:
    """A certificate with its key, and the CA of clients where these must show one."""

    def __init__(self, cert: Path, key: Path, client_ca: Path | None = None) -> None:
        """:raises OSError: where one can't be read.
        :raises ValueError: where they are no such things, or don't fit; it quotes none of them."""
        self._files = (cert, key, *([client_ca] if client_ca else []))
        self._seen = self._look()
        self._configuration = self._read()

    def credentials(self) -> grpc.ServerCredentials:
        """For a port of gRPC."""
        return grpc.dynamic_ssl_server_credentials(self._configuration, self._renewed, len(self._files) > 2)

    def _renewed(self) -> Any:
        """Called at each handshake, in a thread of gRPC's. None means that nothing has changed."""
        try:
            if (seen := self._look()) == self._seen:
                return None
            # Once for each change, however often somebody connects.
            self._seen = seen
            self._configuration = self._read()
        except (OSError, ValueError) as error:
            LOG.error('the new certificate is not used: %s', error)
            return None
        LOG.info('the certificate was renewed')
        return self._configuration

    def _look(self) -> Seen:
        return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in (path.stat() for path in self._files))

    def _read(self) -> Any:
        contents = [path.read_bytes() for path in self._files]
        for path, content in zip(self._files, contents, strict=True):
            _check(path, content, path is self._files[1])
        chain, key, *ca = contents
        if _public(x509.load_pem_x509_certificate(chain)) != _public(load_pem_private_key(key, None)):
            raise ValueError(f'{self._files[1]} is not the key of the first certificate in {self._files[0]}')
        return grpc.ssl_server_certificate_configuration([(key, chain)], ca[0] if ca else None)


def _check(path: Path, content: bytes, is_key: bool) -> None:
    try:
        if is_key:
            load_pem_private_key(content, None)
        else:
            x509.load_pem_x509_certificates(content)
    except (ValueError, TypeError):
        # Not in its words, which may quote it.
        what = 'private key in PEM without a password' if is_key else 'certificate in PEM'
        raise ValueError(f'{path} has no {what}') from None


def _public(owner: Any) -> bytes:
    key: bytes = owner.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key


class Certified:
    """Whether a client may be where it is: one that shows a certificate, as it must on the port for services, by its names."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)

    def __call__(self, grpc_context: Any) -> bool:
        names = client_names(grpc_context.auth_context())
        return names is None or not names.isdisjoint(self._names)


def client_names(shown: Any) -> frozenset[str] | None:
    """The names in a client's certificate: DNS and URI, or else the common name (RFC 6125). None where it has shown none.

    :param shown: the ``auth_context`` of gRPC.
    """
    if not any(key.startswith('x509_') for key in shown):
        return None
    return frozenset(name.decode(errors='replace') for name in shown.get(ALTERNATIVE) or shown.get(COMMON) or ())
