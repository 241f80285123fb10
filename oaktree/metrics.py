# SPDX-License-Identifier: Apache-2.0
"""What is counted, under the names that Prometheus reads. Labels are bounded: RPCs, codes, clouds, services; never ids."""

import asyncio
import bisect
import itertools
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.utils import floatToGoString

from oaktree.settings import SettingsError

REGISTRY = CollectorRegistry()

SECONDS = (0.0001, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
LOOK = 0.05
"""Seconds between two looks at how late the event loop is."""

AGES = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 20000)

CALLS = Counter('oaktree_calls', 'Calls that have ended, by how.', ['rpc', 'code'], registry=REGISTRY)


class Tally:
    """A histogram that costs next to nothing to count in, for what happens tens of thousands of times a second.

    Not for threads: prometheus-client's own would be right there, and takes a lock for each bucket.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one."""
        self.counts[bisect.bisect_left(self._bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """As Prometheus wants them: how many are at most as large."""
        names = [*map(floatToGoString, self._bounds), '+Inf']
        return list(zip(names, itertools.accumulate(self.counts), strict=True))


class _Tallies:
    """Tells Prometheus of tallies."""

    def __init__(self) -> None:
        self.calls: defaultdict[str, Tally] = defaultdict(lambda: Tally(SECONDS))
        self.remembered: defaultdict[str, Tally] = defaultdict(lambda: Tally(SECONDS))
        self.age = Tally(AGES)
        self.delay = Tally(SECONDS)

    def collect(self) -> Iterator[Metric]:
        calls = HistogramMetricFamily('oaktree_call_seconds', 'How long calls took that were not remembered.', labels=['rpc'])
        for rpc, tally in self.calls.items():
            calls.add_metric([rpc], tally.buckets(), tally.total)
        yield calls
        known = HistogramMetricFamily('oaktree_remembered_seconds', 'How long calls took that were answered with the bytes '
                                      'made for an equal one.', labels=['rpc'])  # fmt: skip
        for rpc, tally in self.remembered.items():
            known.add_metric([rpc], tally.buckets(), tally.total)
        yield known
        age = HistogramMetricFamily('oaktree_remembered_age_seconds', 'How old those answers were.')
        age.add_metric([], self.age.buckets(), self.age.total)
        yield age
        delay = HistogramMetricFamily('oaktree_loop_delay_seconds', 'How late the event loop came to a task.')
        delay.add_metric([], self.delay.buckets(), self.delay.total)
        yield delay


TALLIES = _Tallies()
REGISTRY.register(TALLIES)

CACHE = Counter(
    'oaktree_cache_answers',
    'Reads by how they were answered: hit, stale (while it is read again), outage (the cloud is away), miss.',
    ['how'], registry=REGISTRY,
)  # fmt: skip
STORE = Counter(
    'oaktree_store_reads', 'Lists found in the shared store, read by us for all, or read by us alone as it was away.',
    ['how'], registry=REGISTRY,
)  # fmt: skip
FORGOTTEN = Counter('oaktree_forgotten', 'Times that something was forgotten because another process wrote.', registry=REGISTRY)

UPSTREAM_REQUESTS = Counter(
    'oaktree_upstream_requests', 'HTTP requests to clouds, also for tokens and versions. No status: timeout, unreachable.',
    ['cloud', 'service', 'method', 'status'], registry=REGISTRY,
)  # fmt: skip
UPSTREAM_SECONDS = Histogram(
    'oaktree_upstream_seconds', 'How long clouds took to answer.', ['cloud', 'service'], registry=REGISTRY, buckets=SECONDS
)
RETRIES = Counter('oaktree_upstream_retries', 'Requests made again.', ['cloud', 'service'], registry=REGISTRY)
THROTTLED = Counter(
    'oaktree_upstream_throttled', 'Answers by which a cloud asked us to slow down.', ['cloud', 'service'], registry=REGISTRY
)
TOKENS = Counter('oaktree_upstream_tokens', 'Tokens that clouds have issued to us.', ['cloud'], registry=REGISTRY)
UPSTREAM_WAITING = Gauge(
    'oaktree_upstream_waiting', 'Calls that wait for a thread, or for their turn.', ['cloud', 'service'], registry=REGISTRY
)
CIRCUIT_OPEN = Gauge('oaktree_circuit_open', 'Regions whose service is away.', ['cloud', 'service'], registry=REGISTRY)


def gauge(name: str, text: str, read: Callable[[], float]) -> None:
    """Something that is read when Prometheus asks. A later one of the same name takes its place."""
    if name not in _gauges:
        _gauges[name] = Gauge(name, text, registry=REGISTRY)
    _gauges[name].set_function(read)


_gauges: dict[str, Gauge] = {}


def told() -> str:
    """Everything, in the words of Prometheus."""
    return generate_latest(REGISTRY).decode()


async def serve(address: str) -> Callable[[], Awaitable[None]]:
    """Answer Prometheus at HOST:PORT; returns what ends that.

    :raises SettingsError: where the address can't be listened on.
    """
    # Takes a while to import, for nothing where nobody asks.
    from aiohttp import web

    async def tell(_request: web.Request) -> web.Response:
        return web.Response(body=told(), headers={'Content-Type': CONTENT_TYPE_LATEST})

    application = web.Application()
    application.router.add_get('/metrics', tell)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    host, _, port = address.rpartition(':')
    try:
        await web.TCPSite(runner, host.strip('[]'), int(port)).start()
    except OSError as error:
        raise SettingsError(f'--metrics {address} cannot be listened on: {error.strerror}') from None
    looking = asyncio.create_task(_look_at_the_loop())

    async def stop() -> None:
        looking.cancel()
        await runner.cleanup()

    return stop


async def _look_at_the_loop() -> None:
    """Whatever holds the loop up holds every caller up."""
    while True:
        due = time.perf_counter() + LOOK
        await asyncio.sleep(LOOK)
        TALLIES.delay.observe(max(0.0, time.perf_counter() - due))
