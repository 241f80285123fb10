# SPDX-License-Identifier: Apache-2.0
"""The connection of one command, and where it looks."""

from __future__ import annotations

import argparse
import functools
import os
from typing import Any

import oaktreemodel
from oaktreemodel import v1 as pb
from oaktreemodel.cli.names import Command, snake

DEADLINE = 60.0
"""Seconds that a call may take."""

TRANSFER_DEADLINE = 86_400.0
"""Seconds that an upload or a download may take."""


class Session:
    """What the options that every command has ask for."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.target: str = chosen.target or oaktreemodel.default_target()
        self.deadline: float | None = chosen.deadline
        options = vars(chosen)
        asked = options.get('named_cloud') or options['location.cloud']
        # --cloud '' asks for all of them, whatever the environment says.
        self.cloud: str = os.environ.get('OAKTREE_CLOUD', '') if asked is None else asked
        self.place = {'cloud': self.cloud, 'region': options['location.region'], 'zone': options['location.zone']}

    @functools.cached_property
    def client(self) -> oaktreemodel.Client:
        return oaktreemodel.connect(self.target)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        if 'client' in self.__dict__:
            self.client.close()

    def locate(self, request: Any) -> Any:
        """Says in the request where to look."""
        for level, name in self.place.items():
            if name:
                setattr(request.location, level, name)
        return request

    def method(self, command: Command) -> Any:
        """The call of a command."""
        service = 'clouds' if command.service == 'CloudService' else snake(command.service.removesuffix('Service'))
        return getattr(getattr(self.client, service), command.rpc)

    def timeout(self, request: Any = None) -> float:
        """Seconds until a call is given up."""
        wait = request.wait.ToNanoseconds() / 1e9 if hasattr(request, 'wait') else 0
        return (self.deadline or DEADLINE) + wait


def request_of(command: Command) -> Any:
    """The class of its request."""
    return getattr(pb, f'{command.rpc}Request')
