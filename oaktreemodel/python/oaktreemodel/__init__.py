# SPDX-License-Identifier: Apache-2.0
"""The API of oaktree: the messages and stubs in `oaktreemodel.v1`, and a thin client."""

from oaktreemodel.client import Client as Client
from oaktreemodel.client import connect as connect
from oaktreemodel.client import default_target as default_target
from oaktreemodel.client import follow as follow
from oaktreemodel.credentials import Application as Application
from oaktreemodel.credentials import Credentials as Credentials
from oaktreemodel.credentials import CredentialsError as CredentialsError
from oaktreemodel.errors import ErrorDetails as ErrorDetails
from oaktreemodel.errors import error_info as error_info
from oaktreemodel.paging import pages as pages
