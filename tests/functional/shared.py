# SPDX-License-Identifier: Apache-2.0
"""A server that others call than its owner, and the tokens that they show."""

import pathlib
from typing import Any

import grpc
import yaml
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from tests.functional.base import ServerThread
from tests.tls import Authority

Metadata = tuple[tuple[str, str], ...]


class SharedServer(ServerThread):
    """One with TLS, where every call shows a token."""

    def __init__(self, config: str, *only: str, **options: Any) -> None:
        pair = Authority.shared().server()
        super().__init__(config, *only, **{'tls_cert': pair.cert, 'tls_key': pair.key} | options)

    def connect(self) -> grpc.Channel:
        if self.target.startswith('unix:'):
            return super().connect()
        return grpc.secure_channel(self.target, grpc.ssl_channel_credentials(Authority.shared().pem))


def bearer(token: str = '', **others: str) -> Metadata:
    """Metadata that show a token, and others for the clouds that they are named for."""
    each = tuple((f'oaktree-token-{cloud}', f'Bearer {one}') for cloud, one in others.items())
    return ((('authorization', f'Bearer {token}'),) if token else ()) + each


def sign_in(config: str, entry: str) -> str:
    """A new token for an entry of a clouds.yaml, by its password."""
    auth = yaml.safe_load(pathlib.Path(config).read_text())['clouds'][entry]['auth']
    names = {key: auth.get(key) for key in ('username', 'password', 'project_name', 'user_domain_name', 'project_domain_name')}
    domains = {key: auth.get(key, 'default') for key in ('user_domain_id', 'project_domain_id')}
    plugin = Password(auth['auth_url'], **names, **{k: v for k, v in domains.items() if not names[k.replace('_id', '_name')]})
    token: str = Session(auth=plugin).get_token()
    return token
