# SPDX-License-Identifier: Apache-2.0
"""Frozen settings, read once; and the light check of ``clouds.yaml`` that lets a broken one stop the start.

openstacksdk, which takes half a second to import, reads the same file again when the first cloud is asked for.
"""

import hashlib
import os
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from oaktree import private_files

SEARCH = ('.', '~/.config/openstack', '/etc/openstack')
"""Where ``clouds.yaml`` is looked for, as by openstacksdk."""

LEAST = 16
"""Bytes of a secret that can't be guessed."""

SUFFIXES = ('yaml', 'yml', 'json')


class SettingsError(Exception):
    """Something that the deployer must mend before the server can start; the text is for a person."""


@dataclass(frozen=True)
class Settings:
    """What the server was told at its start."""

    config: pathlib.Path
    clouds: tuple[str, ...]
    listen: tuple[str, ...] = field(default_factory=lambda: default_listeners())
    grace: float = 10.0
    """Seconds that calls in progress may take after SIGTERM."""
    cache_bytes: int = 1 << 30
    """Bytes of memory that answers may take."""
    store: str = field(default='', repr=False)
    """URL of the store that other processes share with this one; it may hold a password."""
    metrics: str = ''
    """HOST:PORT where Prometheus may ask."""
    tls_cert: pathlib.Path | None = None
    """The server's certificate, with those that lead to its CA, and its key: then callers show tokens."""
    tls_key: pathlib.Path | None = None
    service_listen: tuple[str, ...] = ()
    """Where services call that show a certificate of the client CA with one of the names."""
    client_ca: pathlib.Path | None = None
    client_names: frozenset[str] = frozenset()
    reflection: bool = True
    """Whether callers may ask what services there are."""
    revalidate: float = 300.0
    """Seconds that a token is believed to be good."""
    shares_ports: bool = False
    """Whether other workers listen on the same ports."""
    page_key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    """What seals page tokens: the same for all who have the same clouds.yaml, so that any of them may be asked next."""

    @property
    def shared(self) -> bool:
        """Whether callers show tokens, and have no rights of ``clouds.yaml``."""
        return self.tls_cert is not None


def default_listeners() -> tuple[str, ...]:
    """The owner's socket, and loopback."""
    return (f'unix:{runtime_directory() / "oaktree.sock"}', '127.0.0.1:50051')


def runtime_directory() -> pathlib.Path:
    """The owner's own folder for the socket; clients look in the same place."""
    if runtime := os.environ.get('XDG_RUNTIME_DIR'):
        return pathlib.Path(runtime) / 'oaktree'
    return pathlib.Path('~/.local/state/oaktree').expanduser()


def load(
    config: str | None, only: Sequence[str], secret: pathlib.Path | None = None, page_key: bytes = b'', **rest: Any
) -> Settings:
    """Find and check ``clouds.yaml``.

    :param config: its path; None searches the usual places, ``OS_CLIENT_CONFIG_FILE`` first.
    :param only: the clouds to serve; empty means all of the file.
    :param secret: a file with what those who share a store seal with; None takes the key of the certificate, if there is one.
    :param page_key: what is made of these, where that is known.
    :raises SettingsError: with one line that says what to mend.
    """
    path = pathlib.Path(config) if config else _find()
    clouds = _clouds(path)
    for name in only:
        if name not in clouds:
            raise SettingsError(f'{path} has no cloud {name!r}; it has {", ".join(clouds)}')
    key = page_key or _page_key(path, secret or rest.get('tls_key'))
    return Settings(config=path.resolve(), clouds=tuple(only) or tuple(clouds), page_key=key, **rest)


def _page_key(path: pathlib.Path, secret: pathlib.Path | None) -> bytes:
    """From what only the owner's servers know: the file, and the one with its passwords.

    :param secret: where callers have tokens of their own, these may have no password.
    """
    digest = hashlib.sha256(b'oaktree page tokens\0' + path.read_bytes())
    if secret:
        try:
            digest.update(content := private_files.read(secret))
        except OSError as error:
            raise SettingsError(f'{secret} cannot be read: {error.strerror}') from None
        except ValueError as error:
            raise SettingsError(str(error)) from None
        if len(content) < LEAST:
            raise SettingsError(f'{secret} is too short for a secret: {LEAST} random bytes at least')
    for suffix in SUFFIXES:
        if (secure := path.with_name(f'secure.{suffix}')).exists():
            digest.update(secure.read_bytes())
    return digest.digest()


def _find() -> pathlib.Path:
    if named := os.environ.get('OS_CLIENT_CONFIG_FILE'):
        return pathlib.Path(named)
    for folder in SEARCH:
        for suffix in SUFFIXES:
            path = pathlib.Path(folder).expanduser() / f'clouds.{suffix}'
            if path.exists():
                return path
    raise SettingsError(f'no clouds.yaml in {", ".join(SEARCH)}: name one with --config, or try --demo')


def _document(path: pathlib.Path) -> Any:
    try:
        return yaml.load(path.read_bytes(), getattr(yaml, 'CSafeLoader', yaml.SafeLoader))
    except OSError as error:
        raise SettingsError(f'{path} cannot be read: {error.strerror}') from None
    except yaml.MarkedYAMLError as error:
        # Never the error's own text: it quotes the line, and the line may be a password.
        where = f' at line {error.problem_mark.line + 1}' if error.problem_mark else ''
        raise SettingsError(f'{path} is not valid YAML{where}: {(error.problem or "").split(chr(39))[0].strip()}') from None
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError):
        raise SettingsError(f'{path} is not valid YAML') from None


def _clouds(path: pathlib.Path) -> list[str]:
    document = _document(path)
    for suffix in SUFFIXES:
        # openstacksdk would leave a broken one out, and then have no passwords.
        if (secure := path.with_name(f'secure.{suffix}')).exists():
            _document(secure)
    clouds = document.get('clouds') if isinstance(document, dict) else None
    if not isinstance(clouds, dict) or not clouds:
        raise SettingsError(f'{path} has no clouds: it needs a mapping "clouds" with an entry for each')
    for name, cloud in clouds.items():
        _check(path, name, cloud)
    return [str(name) for name in clouds]


def _check(path: pathlib.Path, name: object, cloud: object) -> None:
    if not isinstance(cloud, dict):
        raise SettingsError(f'{path}: cloud {name!r} must be a mapping')
    auth = cloud.get('auth', {})
    if not isinstance(auth, dict):
        raise SettingsError(f'{path}: auth of cloud {name!r} must be a mapping')
    if not (auth.get('auth_url') or cloud.get('profile') or cloud.get('cloud') or cloud.get('auth_type') == 'none'):
        raise SettingsError(f'{path}: cloud {name!r} has neither auth.auth_url nor a profile')
