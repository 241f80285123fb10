# SPDX-License-Identifier: Apache-2.0
"""Health, as gRPC's own protocol has it, that does not hold up the end of the server."""

import asyncio
from typing import Any

from grpc_health.v1 import health


class Health(health.aio.HealthServicer):  # type: ignore[misc]
    """Health whose watches can be ended."""

    def __init__(self) -> None:
        super().__init__()
        self._watches: set[asyncio.Task[None]] = set()

    async def Watch(self, request: Any, context: Any) -> None:
        watch = asyncio.ensure_future(super().Watch(request, context))
        self._watches.add(watch)
        try:
            await asyncio.wait({watch})
        finally:
            watch.cancel()
            self._watches.discard(watch)

    def end_watches(self) -> None:
        """End them all."""
        for watch in self._watches:
            watch.cancel()
