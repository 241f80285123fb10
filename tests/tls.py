# SPDX-License-Identifier: Apache-2.0
"""Certificates for a test, by a CA of its own."""

import datetime
import functools
import ipaddress
import pathlib
import tempfile
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
CURVE = ec.SECP256R1()


class Pair(NamedTuple):
    """The files of a certificate and its key."""

    cert: pathlib.Path
    key: pathlib.Path


class Authority:
    """A CA."""

    def __init__(self, name: str = 'test CA') -> None:
        self._folder = tempfile.TemporaryDirectory(prefix='oaktree-tls-')
        self.folder = pathlib.Path(self._folder.name)
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(CURVE)
        self._count = 0
        self.file = self.folder / 'ca.pem'
        self.pem = _pem(self._signed(self._name, self._key, [], ca=True))
        self.file.write_bytes(self.pem)

    @classmethod
    @functools.cache
    def shared(cls) -> 'Authority':
        """One for all tests that care about no other."""
        return cls()

    def issue(self, name: str = 'localhost', *alternatives: str) -> Pair:
        """A certificate for a common name; with alternative names, where URIs have a colon and addresses are none."""
        self._count += 1
        pair = Pair(self.folder / f'{self._count}.pem', self.folder / f'{self._count}.key')
        self.renew(pair, name, *alternatives)
        return pair

    def renew(
        self,
        pair: Pair,
        name: str = 'localhost',
        *alternatives: str,
        end: datetime.timedelta = DAY,
        curve: ec.EllipticCurve = CURVE,
    ) -> None:
        """Another certificate, with another key, in the same files.

        :param end: from now on.
        """
        key = ec.generate_private_key(curve)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = self._signed(subject, key, [_alternative(one) for one in alternatives], end=end)
        private = serialization.PrivateFormat.PKCS8
        pair.key.touch(0o600)
        pair.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
        pair.cert.write_bytes(_pem(signed))

    def server(self) -> Pair:
        """For a server on this machine."""
        return self.issue('localhost', 'localhost', '127.0.0.1', '::1')

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        names: list[x509.GeneralName],
        ca: bool = False,
        end: datetime.timedelta = DAY,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * DAY)
            .not_valid_after(now + end)
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.UniformResourceIdentifier(name) if ':' in name else x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
