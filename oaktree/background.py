# SPDX-License-Identifier: Apache-2.0
"""Work that outlives the call that began it."""

import asyncio
import contextvars
import logging
import math
from collections.abc import Coroutine
from typing import Any

from oaktree import context, errors

LOG = logging.getLogger(__name__)


class Background:
    """Keeps hold of tasks until they end, and tells the log of those that fail."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str, own: contextvars.Context | None = None) -> 'asyncio.Task[Any]':
        """Begin a task in a context of its own: no caller's deadline ends it. The name is for the log."""
        if own is None:
            own = contextvars.Context()
            own.run(context.begin, context.Call(rpc=name, deadline=math.inf))
        task = asyncio.create_task(work, name=name, context=own)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    @property
    def running(self) -> int:
        """Tasks that have not ended."""
        return len(self._tasks)

    async def drain(self, grace: float) -> None:
        """Let what is under way come to its end, for so many seconds."""
        if self._tasks:
            LOG.info('%d tasks are under way; waiting up to %.0f s', len(self._tasks), grace)
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()

    def _ended(self, task: 'asyncio.Task[Any]') -> None:
        self._tasks.discard(task)
        if task.cancelled():
            LOG.warning('work was given up at the end: %s', task.get_name())
        elif isinstance(error := task.exception(), errors.Failure):
            LOG.log(error.level, '%s: %s %s', task.get_name(), errors.unquoted(error.message), error.metadata)
        elif error:
            LOG.error('%s: work in the background has failed', task.get_name(), exc_info=error)
