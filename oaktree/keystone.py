# SPDX-License-Identifier: Apache-2.0
"""What Keystone is asked of a caller's own token, and of what a caller gets one for.

All functions are for threads. No secret leaves them but in the request that is for Keystone, so they keep none of its words,
which may quote what it was sent, and follow nobody to another address.
https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management
"""

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from oaktree import errors

TOKENS = '/v3/auth/tokens'
OAUTH2 = '/v3/OS-OAUTH2/token'

LACKING = frozenset({400, 401, 403, 404, 405, 406, 415, 501})
"""HTTP statuses of what has no OAuth 2. Keystone before 2022 answers 400, as it takes JSON alone."""

DISABLED = 'Client authentication failed.'
"""What Keystone says of a good OAuth 2 request if it takes no secrets that way (``oauth2_authn_methods``)."""


def validate(session: Any, auth_url: str, token: str) -> dict[str, Any]:
    """What Keystone knows of a token, asked by that token itself.

    :param token: printable ASCII and no more than a header may have.
    :raises errors.Failure: also for a token that is good, but not for us.
    """
    response = _send(session, 'GET', _base(auth_url) + TOKENS, headers=_shown(token))
    if _refuses(response, 401, 404):
        raise errors.Failure(
            errors.Code.UNAUTHENTICATED,
            'TOKEN_REFUSED',
            "Keystone does not know the token: it has ended, was revoked, or is another cloud's. Get a new one.",
        )
    if response.status_code != 200:
        raise _failure(response)
    document = _dict(_dict(_document(response)).get('token'))
    if 'oauth2_credential' in document:
        raise errors.Failure(
            errors.Code.UNAUTHENTICATED,
            'TOKEN_BOUND',
            "The token is bound to its client's certificate (RFC 8705), which oaktree can't show to the cloud: "
            'get one by an application credential.',
        )
    if not document.get('project'):
        raise errors.Failure(
            errors.Code.UNAUTHENTICATED, 'TOKEN_UNSCOPED', 'The token is for no project: get one for the project that you mean.'
        )
    return document


def create_token(session: Any, auth_url: str, client_id: str, client_secret: str) -> tuple[str, float]:
    """A token by an application credential, and when that ends, in seconds since the epoch.

    Where the credential ends sooner than tokens do, its token does too, and Keystone does not say so here: no matter, as
    there can't be another.

    :raises errors.Failure:
    """
    if ':' in client_id:
        # Which would begin the secret.
        raise errors.invalid('client_id', "must be an application credential's id, which has no colon")
    base, started = _base(auth_url), time.time()
    # Bytes, as requests would have str in Latin-1. RFC 6749 (2.3.1) would have both quoted; Keystone takes them as they are.
    basic = (client_id.encode(), client_secret.encode())
    headers = {'Content-Type': 'application/x-www-form-urlencoded', 'Accept': 'application/json'}
    form = 'grant_type=client_credentials'
    response = _send(session, 'POST', base + OAUTH2, headers=headers, data=form, requests_auth=basic)
    if _lacks_oauth2(response):
        return _sign_in(session, base, client_id, client_secret)
    if response.status_code != 200:
        raise _not_created(response)
    try:
        document = _dict(_document(response))
        return _text(document['access_token']), started + float(document['expires_in'])
    except (KeyError, TypeError, ValueError):
        raise errors.broken('identity') from None


def revoke(session: Any, auth_url: str, token: str) -> None:
    """End a token; it is a success if that has ended before.

    :raises errors.Failure: also where the token may not be used to end itself.
    """
    response = _send(session, 'DELETE', _base(auth_url) + TOKENS, headers=_shown(token))
    if response.status_code == 204:
        return
    if not _refuses(response, 401, 404):
        raise _failure(response)
    try:
        validate(session, auth_url, token)
    except errors.Failure as failure:
        if failure.reason == 'TOKEN_REFUSED':
            return
        raise
    raise errors.Failure(
        errors.Code.PERMISSION_DENIED,
        'TOKEN_NOT_ACCEPTED',
        "The access rules of the token's application credential don't allow to revoke it: delete the credential instead.",
    )


def _sign_in(session: Any, base: str, client_id: str, client_secret: str) -> tuple[str, float]:
    credential = {'id': client_id, 'secret': client_secret}
    identity = {'methods': ['application_credential'], 'application_credential': credential}
    url = base + TOKENS + '?nocatalog'
    response = _send(session, 'POST', url, headers={'Accept': 'application/json'}, json={'auth': {'identity': identity}})
    if response.status_code != 201:
        raise _not_created(response)
    try:
        document = _dict(_dict(_document(response))['token'])
        return _text(response.headers['X-Subject-Token']), datetime.fromisoformat(document['expires_at']).timestamp()
    except (KeyError, TypeError, ValueError):
        raise errors.broken('identity') from None


def _lacks_oauth2(response: Any) -> bool:
    """Whether this was not Keystone's OAuth 2 that answered, whose ``error`` is a word, or one that takes no secrets."""
    if response.status_code not in LACKING:
        return False
    document = _document(response, {})
    return not isinstance(document.get('error'), str) or bool(document.get('error_description') == DISABLED)


def _not_created(response: Any) -> errors.Failure:
    if _refuses(response, 400, 401, 403, 404):
        return errors.Failure(
            errors.Code.UNAUTHENTICATED,
            'CREDENTIALS_REFUSED',
            "Keystone does not know this application credential, or not with this secret; or it has ended, or its user's "
            'role in the project has. Make a new one.',
        )
    return _failure(response)


def _send(session: Any, method: str, url: str, **options: Any) -> Any:
    # log: keystoneauth would log the body of a request.
    return session.request(
        url, method, authenticated=False, raise_exc=False, redirect=False, log=False, connect_retries=0,
        status_code_retries=0, **options,
    )  # fmt: skip


def _base(auth_url: str) -> str:
    return auth_url.rstrip('/').removesuffix('/v3')


def _shown(token: str) -> Mapping[str, str]:
    # Without the last, one whose application credential has access rules would not be found.
    return {
        'X-Auth-Token': token,
        'X-Subject-Token': token,
        'OpenStack-Identity-Access-Rules': '1.0',
        'Accept': 'application/json',
    }


def _failure(response: Any) -> errors.Failure:
    status = response.status_code
    if 200 <= status < 300:
        return errors.broken('identity')
    if 300 <= status < 400 or status in (401, 404, 405):
        return errors.Failure(
            errors.Code.FAILED_PRECONDITION,
            'CLOUD_MISCONFIGURED',
            f'There is no Keystone v3 at the auth_url in clouds.yaml, which answers HTTP status {status}.',
            metadata={'service': 'identity', 'http_status': str(status)},
            level=logging.ERROR,
        )
    return errors.refused(status, b'', response.headers, 'identity')


def _refuses(response: Any, *statuses: int) -> bool:
    """Whether it is Keystone that refuses with one of these, not a web server that knows no such path."""
    return response.status_code in statuses and 'error' in _document(response, {})


def _document(response: Any, default: Any = None) -> Any:
    try:
        document = orjson.loads(response.content)
    except ValueError:
        document = None
    return document if isinstance(document, dict) else default


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise errors.broken('identity')
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError('no token')
    return value
