# SPDX-License-Identifier: Apache-2.0
"""The server's certificate, read again when its file changes; and the names in a client's.

gRPC asks at each handshake. A pair that is half written, or does not fit together, leaves the one before in use.
"""

import logging
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from oaktree import private_files

LOG = logging.getLogger(__name__)

ALTERNATIVE, COMMON = 'x509_subject_alternative_name', 'x509_common_name'
"""What gRPC calls the names in a client's certificate."""

CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
"""Those that gRPC takes in a certificate."""

Seen = tuple[tuple[int, int, int], ...]


class Pair:
    """A certificate with its key, and the CA of clients where these must show one; for one port.

    gRPC asks for each port by itself what is new, and is told once.
    """

    def __init__(self, cert: Path, key: Path, client_ca: Path | None = None) -> None:
        """:raises OSError: where one can't be read.
        :raises ValueError: where they are no such things, or can't be used; it quotes none of them."""
        self._files = (cert, key, *([client_ca] if client_ca else []))
        self.ends = 0.0
        """When the certificate does, in seconds since the epoch."""
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
        except Exception as error:
            # Whatever it is: gRPC would let nobody in.
            LOG.error('the new certificate is not used: %s', error)
            return None
        LOG.info('the certificate was renewed')
        return self._configuration

    def _look(self) -> Seen:
        return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in (path.stat() for path in self._files))

    def _read(self) -> Any:
        cert, key, *_ = self._files
        contents = [private_files.read(path) if path == key else path.read_bytes() for path in self._files]
        leaf, *_ = [_certificate(path, content) for path, content in zip(self._files, contents, strict=True) if path != key]
        if _public(leaf) != _public(_key(key, contents[1])):
            raise ValueError(f'{key} is not the key of the first certificate in {cert}')
        if (ends := leaf.not_valid_after_utc.timestamp()) < time.time():
            raise ValueError(f'the certificate in {cert} has ended, at {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC')
        self.ends = ends
        return grpc.ssl_server_certificate_configuration([(contents[1], contents[0])], contents[2] if contents[2:] else None)


def _certificate(path: Path, content: bytes) -> x509.Certificate:
    """The first one; those after it are looked at too."""
    try:
        return x509.load_pem_x509_certificates(content)[0]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(f'{path} has no certificate in PEM') from None


def _key(path: Path, content: bytes) -> Any:
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Not in its words, which may quote it.
        raise ValueError(f'{path} has no private key in PEM without a password') from None
    if isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, CURVES):
        return key
    raise ValueError(f'{path} must be a key of RSA, P-256, P-384, P-521 or Ed25519')


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
