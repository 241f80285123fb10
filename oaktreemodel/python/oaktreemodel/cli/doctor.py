# SPDX-License-Identifier: Apache-2.0
"""``oaktree doctor``: goes the way of a call step by step, and says of each step whether it is well."""

from __future__ import annotations

import functools
import os
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import default_target
from oaktreemodel import v1 as pb
from oaktreemodel.cli import login, options, problems
from oaktreemodel.cli.session import Session
from oaktreemodel.credentials import Credentials, CredentialsError, default_path, load

PATIENCE = 10.0
"""Seconds for each step."""

CLOUD_PATIENCE = 60.0
"""Seconds for one that asks a cloud."""


class Report:
    """What was found, as it is found."""

    def __init__(self) -> None:
        self.failed = False

    def well(self, what: str) -> None:
        print(f'ok    {what}', flush=True)

    def bad(self, what: str) -> None:
        self.failed = True
        print(f'FAIL  {" ".join(what.split())}', flush=True)


def run(arguments: Sequence[str]) -> int:
    """Checks the file, the address, the connection, the tokens and each cloud. Exit status 1 where something is wrong."""
    parser = options.Parser(prog='oaktree doctor', parents=[options.common()], description='Checks the way to the server.')
    chosen = parser.parse_args(arguments)
    report = Report()
    known = _file(report)
    try:
        target = chosen.target or default_target()
    except CredentialsError:
        # It has been told.
        return 1
    report.well(f'address: {target}, from {_origin(chosen.target, target)}')
    signs_in = known if known and known.endpoint == target else None
    if _connection(report, target, signs_in) and (signs_in is None or _tokens(report, signs_in)):
        chosen.target = target
        with Session(chosen) as session:
            _clouds(report, session)
    return int(report.failed)


def _file(report: Report) -> Credentials | None:
    path = default_path()
    if not path.exists():
        report.well(f'credential file: there is none at {path}, which a server of your own does not need')
        return None
    try:
        found = load(path)
    except CredentialsError as error:
        report.bad(f'credential file: {error}')
        return None
    report.well(f'credential file: {path}, for {found.endpoint} and {", ".join(found.clouds)}')
    return found


def _origin(asked: str | None, target: str) -> str:
    if asked:
        return '--target'
    if os.environ.get('OAKTREE_TARGET'):
        return '$OAKTREE_TARGET'
    if default_path().exists():
        return 'the credential file'
    return 'the socket of your own server' if target.startswith('unix:') else 'the default'


def _connection(report: Report, target: str, signs_in: Credentials | None) -> bool:
    """Whether somebody is there, and with TLS whether it is who it should be."""
    try:
        if target.startswith('unix:'):
            with socket.socket(socket.AF_UNIX) as made:
                made.settimeout(PATIENCE)
                made.connect(target.removeprefix('unix:'))
            report.well('connection: somebody listens on the socket')
            return True
        host, _, port = target.rpartition(':')
        with socket.create_connection((host.strip('[]'), int(port)), PATIENCE) as made:
            report.well(f'connection: {target} can be reached')
            return signs_in is None or _tls(report, made, host.strip('[]'), signs_in)
    except ValueError:
        report.bad(f'connection: {target} is no address: HOST:PORT, or unix:PATH')
    except OSError as error:
        report.bad(f'connection: {target}: {_why(error)}')
    return False


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return 'there is no host of that name: look at its spelling'
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return 'nobody listens there: start `oaktree-server`, or name another with --target'
    if isinstance(error, TimeoutError):
        return f'no answer within {PATIENCE:g} s: does a firewall drop it?'
    return error.strerror or str(error)


def _tls(report: Report, connection: socket.socket, host: str, signs_in: Credentials) -> bool:
    context = ssl.create_default_context(cadata=signs_in.ca.decode() if signs_in.ca else None)
    context.set_alpn_protocols(['h2'])
    try:
        with context.wrap_socket(connection, server_hostname=host) as secured:
            ends = (secured.getpeercert() or {}).get('notAfter')
            report.well(f'TLS: {secured.version()}, a certificate for {host} that is good until {ends}')
            return True
    except ssl.SSLCertVerificationError as error:
        report.bad(f'TLS: {error.verify_message}: {_mend(error)}')
    except ssl.SSLError as error:
        report.bad(f'TLS: {error.reason or error}: does the server speak TLS on that port?')
    return False


def _mend(error: ssl.SSLCertVerificationError) -> str:
    # The numbers are OpenSSL's X509_V_ERR_…
    if error.verify_code == 10:
        return 'whoever runs the server must renew it'
    if error.verify_code in (62, 64):
        return 'call it by a name that the certificate has'
    return f'name the CA that has signed it as `ca:` in {default_path()}, or with `oaktree login --ca FILE`'


def _tokens(report: Report, signs_in: Credentials) -> bool:
    """Whether each application credential is taken; one that is will do for the rest."""
    taken = False
    with login.channel(signs_in.endpoint, signs_in.ca) as connection:
        create = pb.TokenServiceStub(connection).CreateToken
        for cloud, application in signs_in.clouds.items():
            request = pb.CreateTokenRequest(
                location=pb.Location(cloud=cloud), client_id=application.client_id, client_secret=application.client_secret
            )
            call = functools.partial(create, request, timeout=PATIENCE)
            made = _tried(report, f'token of {cloud}', signs_in.endpoint, call)
            if made is not None:
                taken = True
                report.well(f'token of {cloud}: good until {made.expire_time.ToJsonString()}')
    return taken


def _clouds(report: Report, session: Session) -> None:
    """Whether each cloud answers to the caller."""
    listed = _tried(
        report, 'server', session.target, lambda: session.client.clouds.ListClouds(pb.ListCloudsRequest(), timeout=PATIENCE)
    )
    if listed is None:
        return
    report.well(f'server: serves {", ".join(cloud.name for cloud in listed.clouds)}')
    who = session.client.token.GetCaller
    found = _tried(report, 'caller', session.target, lambda: who(pb.GetCallerRequest(), timeout=CLOUD_PATIENCE))
    callers = {caller.location.cloud: caller for caller in found.callers} if found is not None else {}
    absent = {place.location.cloud: place for place in found.unreachable} if found is not None else {}
    for cloud in listed.clouds:
        if session.cloud not in ('', cloud.name):
            continue
        if (place := absent.get(cloud.name)) is not None and place.reason == 'CREDENTIALS_MISSING':
            report.well(f'{cloud.name}: left out, as you have no credential for it: `oaktree login --cloud {cloud.name}`')
            continue
        caller = callers.get(cloud.name)
        name = 'its owner' if caller is None or caller.owner else caller.user_name
        for region in cloud.regions:
            _cloud(report, session, pb.Location(cloud=cloud.name, region=region), name)


def _cloud(report: Report, session: Session, place: pb.Location, name: str) -> None:
    where = '/'.join(filter(None, (place.cloud, place.region)))
    began = time.monotonic()
    request = pb.GetCapabilitiesRequest(location=place, max_age=Duration())
    get = session.client.clouds.GetCapabilities
    found = _tried(report, where, session.target, lambda: get(request, timeout=CLOUD_PATIENCE))
    if found is None:
        return
    took = time.monotonic() - began
    services = ', '.join(service.type for service in found.capabilities.services)
    for field, why in sorted(found.capabilities.unlearned.items()):
        report.bad(f'{where}: {field} cannot be learned: {why}')
    report.well(f'{where}: answers {name} in {took:.1f} s; it has {services}')


def _tried(report: Report, what: str, target: str, call: Callable[[], Any]) -> Any:
    """What a call answers; None where it fails, which is told."""
    try:
        return call()
    except grpc.RpcError as error:
        message, reason = problems.of_call(error, target)
        report.bad(f'{what}: {message} ({reason})')
        return None
