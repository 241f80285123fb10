# SPDX-License-Identifier: Apache-2.0
"""What is counted, under the names that Prometheus reads. Labels are bounded: RPCs, codes, clouds, services; never ids."""

from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from oaktree.settings import SettingsError

REGISTRY = CollectorRegistry()

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

CALLS = Counter('oaktree_calls', 'Calls that have ended.', ['rpc', 'code'], registry=REGISTRY)
CALL_SECONDS = Histogram('oaktree_call_seconds', 'How long calls took.', ['rpc'], registry=REGISTRY, buckets=SECONDS)
REMEMBERED = Counter('oaktree_remembered_answers', 'Calls answered with bytes made for an equal one.', registry=REGISTRY)

CACHE = Counter(
    'oaktree_cache_answers',
    'Reads by how they were answered: hit, stale (while it is read again), outage (the cloud is away), miss.',
    ['how'], registry=REGISTRY,
)  # fmt: skip
CACHE_AGE = Histogram(
    'oaktree_cache_age_seconds', 'How old the answers were that were not read anew.', registry=REGISTRY,
    buckets=(0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 20000),
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


async def serve(address: str) -> Callable[[], Awaitable[None]]:
    """Answer Prometheus at HOST:PORT; returns what ends that.

    :raises SettingsError: where the address can't be listened on.
    """
    # Takes a while to import, for nothing where nobody asks.
    from aiohttp import web
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    async def tell(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(REGISTRY), headers={'Content-Type': CONTENT_TYPE_LATEST})

    application = web.Application()
    application.router.add_get('/metrics', tell)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    host, _, port = address.rpartition(':')
    try:
        await web.TCPSite(runner, host.strip('[]'), int(port)).start()
    except OSError as error:
        raise SettingsError(f'--metrics {address} cannot be listened on: {error.strerror}') from None
    return runner.cleanup
