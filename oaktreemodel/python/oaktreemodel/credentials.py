# SPDX-License-Identifier: Apache-2.0
"""The credential file: which oaktree to call, and the application credentials to sign in with.

endpoint: oaktree.example.org:50051
ca: /etc/ssl/oaktree-ca.pem            # or else the usual ones
clouds:
  alpha:
    client_id: 0123456789abcdef
    client_secret: …
  beta: {}                             # as clouds.yaml says, whose entry has auth_type v3applicationcredential
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import stat
from collections.abc import Mapping
from typing import Any

CLOUDS_YAML = ('.', '~/.config/openstack', '/etc/openstack')
"""Where openstacksdk looks for it."""


class CredentialsError(Exception):
    """Something that is to be mended in the file. The text is for a person, and has no secret."""


@dataclasses.dataclass(frozen=True)
class Application:
    """An application credential of one cloud: the id and secret of OAuth 2.0."""

    client_id: str
    client_secret: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What is in the file."""

    endpoint: str
    """HOST:PORT, or unix:PATH."""
    clouds: Mapping[str, Application]
    """By the names that oaktree has for them."""
    ca: bytes | None = None
    """The certificates to trust, in PEM; None for the usual ones."""


def default_path() -> pathlib.Path:
    """Returns $OAKTREE_CREDENTIALS, or the place in the user's own configuration."""
    if named := os.environ.get('OAKTREE_CREDENTIALS'):
        return pathlib.Path(named)
    folder = os.environ.get('XDG_CONFIG_HOME')
    return (pathlib.Path(folder) if folder else pathlib.Path.home() / '.config') / 'oaktree' / 'credentials.yaml'


def load(path: pathlib.Path | None = None) -> Credentials:
    """Reads the file.

    Raises CredentialsError where it is not there or not as it should be, also where others may read it.
    """
    path = path or default_path()
    try:
        with path.open('rb') as file:
            state = os.fstat(file.fileno())
            if state.st_uid != os.geteuid():
                raise CredentialsError(f'{path} is not yours: its owner could change what you sign in with')
            if state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise CredentialsError(f'{path} can be read or changed by others: chmod 600 {path}')
            document = _parsed(path, file.read())
    except OSError as error:
        raise CredentialsError(f'{path} cannot be read: {error.strerror}') from None
    endpoint, ca, clouds = (document.get(key) for key in ('endpoint', 'ca', 'clouds'))
    if not isinstance(endpoint, str) or not endpoint:
        raise CredentialsError(f'{path} has no endpoint: HOST:PORT, or unix:PATH')
    if not isinstance(clouds, dict) or not clouds:
        raise CredentialsError(f'{path} has no clouds: each needs a client_id and a client_secret')
    applications = {str(name): _application(path, str(name), entry) for name, entry in clouds.items()}
    return Credentials(endpoint, applications, _read_ca(path, ca))


def _parsed(path: pathlib.Path, content: bytes) -> dict[str, Any]:
    import yaml  # A tenth of the start of a command that reads no file.

    try:
        document = yaml.safe_load(content)
    except yaml.YAMLError as error:
        # Not in its words, which quote the line, and that may be a secret.
        mark = getattr(error, 'problem_mark', None)
        where = f' at line {mark.line + 1}' if mark else ''
        raise CredentialsError(f'{path} is not valid YAML{where}') from None
    if not isinstance(document, dict):
        raise CredentialsError(f'{path} is not a mapping')
    return document


def _application(path: pathlib.Path, cloud: str, entry: Any) -> Application:
    if not entry:
        return _of_clouds_yaml(path, cloud)
    pair = [entry.get(key) if isinstance(entry, dict) else None for key in ('client_id', 'client_secret')]
    if not all(isinstance(one, str) and one for one in pair):
        raise CredentialsError(f'{path}: cloud {cloud!r} needs a client_id and a client_secret, both text')
    return Application(str(pair[0]), str(pair[1]))


def _of_clouds_yaml(path: pathlib.Path, cloud: str) -> Application:
    """As openstacksdk would sign in, with the secret in a secure.yaml beside it, if there."""
    for folder in CLOUDS_YAML:
        file = pathlib.Path(os.environ.get('OS_CLIENT_CONFIG_FILE') or f'{folder}/clouds.yaml').expanduser()
        if file.exists():
            auth: dict[str, Any] = {}
            for one in (file, file.with_name('secure.yaml')):
                if one.exists():
                    entry = (_parsed(one, one.read_bytes()).get('clouds') or {}).get(cloud) or {}
                    auth |= entry.get('auth') or {}
            pair = [auth.get(f'application_credential_{key}') for key in ('id', 'secret')]
            if all(isinstance(one, str) and one for one in pair):
                return Application(str(pair[0]), str(pair[1]))
            raise CredentialsError(f'{file} has no application credential for {cloud!r}, and {path} has none either')
    raise CredentialsError(f'{path}: cloud {cloud!r} has no client_id and client_secret, and there is no clouds.yaml')


def _read_ca(path: pathlib.Path, ca: Any) -> bytes | None:
    if ca is None:
        return None
    try:
        return pathlib.Path(str(ca)).expanduser().read_bytes()
    except OSError as error:
        raise CredentialsError(f'{path}: ca {ca} cannot be read: {error.strerror}') from None
