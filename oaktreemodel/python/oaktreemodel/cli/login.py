# SPDX-License-Identifier: Apache-2.0
"""``oaktree login``: tries an application credential, and writes it into the credential file."""

from __future__ import annotations

import getpass
import os
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

import grpc
import yaml
from oaktreemodel import v1 as pb
from oaktreemodel.cli import options, problems
from oaktreemodel.cli.problems import Problem
from oaktreemodel.credentials import default_path

PATIENCE = 20.0
"""Seconds that each call may take."""

PORT = 50051


def run(arguments: Sequence[str]) -> int:
    """Asks for what is not given, and writes the file only where the server takes it."""
    chosen = _parser().parse_args(arguments)
    path = default_path()
    known = _known(path)
    endpoint = _endpoint(chosen.endpoint or known.get('endpoint') or _asked('Endpoint (HOST:PORT): '))
    if known.get('endpoint') not in (None, endpoint):
        if not chosen.replace:
            raise Problem(
                f'{path} is for {known["endpoint"]}: --replace begins it anew, $OAKTREE_CREDENTIALS names another', 'FILE'
            )
        known = {}
    ca = chosen.ca or known.get('ca')
    cloud = chosen.cloud or _asked('Cloud: ')
    ident = chosen.client_id or _hidden('Client id: ', '--client-id')
    secret = sys.stdin.readline().strip() if chosen.client_secret_stdin else _hidden('Client secret: ', '--client-secret-stdin')
    with channel(endpoint, _certificates(ca)) as connection:
        print(_signed_in(connection, endpoint, cloud, ident, secret))
    entries = {**(known.get('clouds') or {}), cloud: {'client_id': ident, 'client_secret': secret}}
    document = {'endpoint': endpoint, **({'ca': str(pathlib.Path(ca).absolute())} if ca else {}), 'clouds': entries}
    write(path, yaml.safe_dump(document, sort_keys=False))
    print(f'{path} written')
    return 0


def _parser() -> options.Parser:
    parser = options.Parser(
        prog='oaktree login',
        description='Signs in to one cloud with an application credential (`openstack application credential create NAME`), '
        'and writes the credential file that every client reads. Once for each cloud.',
    )
    parser.add_argument('endpoint', nargs='?', metavar='HOST:PORT', help='default the one of the file')
    parser.add_argument('--cloud', metavar='CLOUD', help="the cloud's name, as the server has it")
    parser.add_argument('--client-id', metavar='ID', help="the application credential's id")
    parser.add_argument('--client-secret-stdin', action='store_true', help='read its secret from standard input')
    parser.add_argument('--ca', metavar='FILE', help='the certificates to trust, in PEM; default the usual ones')
    parser.add_argument('--replace', action='store_true', help='forget the other endpoint that the file has, with its clouds')
    return parser


def _known(path: pathlib.Path) -> dict[str, Any]:
    """What the file has so far."""
    if not path.exists():
        return {}
    try:
        found = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError:
        # Not in its words, which quote the line.
        found = None
    if not isinstance(found, dict):
        raise Problem(f'{path} is not valid YAML: mend or remove it', 'CREDENTIALS')
    return found


def _endpoint(text: str) -> str:
    if text.startswith('unix:'):
        raise Problem('your own server on a unix socket needs no login', 'USAGE')
    return text if text.rpartition(':')[2].isdigit() and ':' in text else f'{text}:{PORT}'


def _asked(question: str) -> str:
    if not sys.stdin.isatty():
        raise Problem(f'{question.partition(" (")[0].rstrip(": ")} is not given, and there is no terminal to ask at', 'USAGE')
    print(question, end='', file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _hidden(question: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise Problem(f'there is no terminal to ask at: give {option}', 'USAGE')
    return getpass.getpass(question).strip()


def _certificates(ca: str | None) -> bytes | None:
    return pathlib.Path(ca).expanduser().read_bytes() if ca else None


def channel(endpoint: str, ca: bytes | None) -> grpc.Channel:
    """A connection that shows no token of itself."""
    if endpoint.startswith('unix:'):
        return grpc.secure_channel(endpoint, grpc.local_channel_credentials(grpc.LocalConnectionType.UDS))
    return grpc.secure_channel(endpoint, grpc.ssl_channel_credentials(ca))


def _signed_in(connection: grpc.Channel, endpoint: str, cloud: str, ident: str, secret: str) -> str:
    """Who that is, in one line."""
    stub, where = pb.TokenServiceStub(connection), pb.Location(cloud=cloud)
    try:
        made = stub.CreateToken(pb.CreateTokenRequest(location=where, client_id=ident, client_secret=secret), timeout=PATIENCE)
        shown = (('authorization', f'Bearer {made.access_token}'),)
        callers = stub.GetCaller(pb.GetCallerRequest(location=where), timeout=PATIENCE, metadata=shown).callers
    except grpc.RpcError as error:
        raise Problem(*problems.of_call(error, endpoint)) from None
    if not callers:
        raise Problem(f'{endpoint} gives a token for {cloud}, and then does not take it', 'TOKEN_REFUSED')
    project = callers[0].location.project
    return f'signed in to {cloud} as {callers[0].user_name} in project {project.name or project.id}'


def write(path: pathlib.Path, text: str) -> None:
    """The whole file or nothing, and for nobody else to read at any time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as file:
            file.write(text)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
