# SPDX-License-Identifier: Apache-2.0
"""The API of oaktree: the messages and stubs in `oaktreemodel.v1`, and a thin client."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oaktreemodel import aio as aio
    from oaktreemodel.client import Client as Client
    from oaktreemodel.client import connect as connect
    from oaktreemodel.client import default_target as default_target
    from oaktreemodel.client import follow as follow
    from oaktreemodel.credentials import Application as Application
    from oaktreemodel.credentials import Credentials as Credentials
    from oaktreemodel.credentials import CredentialsError as CredentialsError
    from oaktreemodel.download import Download as Download
    from oaktreemodel.errors import ChecksumError as ChecksumError
    from oaktreemodel.errors import ErrorDetails as ErrorDetails
    from oaktreemodel.errors import TransferError as TransferError
    from oaktreemodel.errors import error_info as error_info
    from oaktreemodel.paging import pages as pages

# Loaded when they are first used: the command line has words to complete, and settings to make, before it needs gRPC.
MODULES = {
    'Application': 'credentials',
    'ChecksumError': 'errors',
    'Client': 'client',
    'Credentials': 'credentials',
    'CredentialsError': 'credentials',
    'Download': 'download',
    'ErrorDetails': 'errors',
    'TransferError': 'errors',
    'connect': 'client',
    'default_target': 'client',
    'error_info': 'errors',
    'follow': 'client',
    'pages': 'paging',
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == 'aio':
            return importlib.import_module(f'{__name__}.aio')
        if name not in MODULES:
            raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
        globals()[name] = value = getattr(importlib.import_module(f'{__name__}.{MODULES[name]}'), name)
        return value


def __dir__() -> list[str]:
    return sorted([*MODULES, 'aio'])
