# SPDX-License-Identifier: Apache-2.0
"""What somebody who waits at a terminal sees: how long it takes, and what becomes of the thing."""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType
from typing import Any

import grpc
import oaktreemodel
from oaktreemodel import v1 as pb
from oaktreemodel.cli import values
from oaktreemodel.cli.names import Command, owner, snake
from oaktreemodel.cli.session import Session


class Waiting:
    """Shows on standard error, which is a terminal, the state of what a call works on, until the call is over."""

    def __init__(self, session: Session, command: Command, request: Any) -> None:
        self._name = getattr(request, 'name_or_id', '') or getattr(request, 'name', '')
        self._title = f'{command.words} {self._name}'.strip()
        kind = owner(command, request.DESCRIPTOR.fields_by_name) if hasattr(request, 'name_or_id') else snake(command.noun)
        self._kind: Any = pb.ResourceKind.Value(f'RESOURCE_KIND_{kind.upper()}') if _is_watchable(kind) else 0
        self._session, self._request = session, request
        self._calls = contextlib.ExitStack()

    def __enter__(self) -> None:
        try:
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
        except ImportError:
            return
        columns = (SpinnerColumn(), TextColumn('{task.description}', markup=False), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._calls.enter_context(self._progress)
        self._task = self._progress.add_task(self._title, total=None)
        if self._kind and self._name:
            threading.Thread(target=self._follow, daemon=True).start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._calls.close()

    def _follow(self) -> None:
        """Reads the states until the process ends; that there are none to read is no reason to stop waiting."""
        wanted = pb.WatchSubscription(
            location=self._request.location, kind=self._kind, name_or_id=self._name, watch_id='waiting'
        )
        with contextlib.suppress(grpc.RpcError, ValueError):
            for response in oaktreemodel.follow(self._session.client.watch.Watch, wanted):
                for change in response.changes.changes:
                    self._progress.update(self._task, description=f'{self._title}: {state(change)}')


def _is_watchable(kind: str) -> bool:
    return f'RESOURCE_KIND_{kind.upper()}' in pb.ResourceKind.keys()  # noqa: SIM118


def thing(change: Any) -> Any:
    """What a change is about; None where it is of a kind that is newer than this command."""
    kind = change.resource.WhichOneof('kind')
    return getattr(change.resource, kind) if kind else None


def state(change: Any) -> str:
    """In one word, what it is doing."""
    if change.type == pb.WATCH_CHANGE_TYPE_DELETED:
        return 'gone'
    found = thing(change)
    told = values.plain(found) if found is not None else {}
    return ' '.join(str(told.get(key) or '') for key in ('state', 'native_task_state', 'progress')).strip()
