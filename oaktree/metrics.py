# SPDX-License-Identifier: Apache-2.0
"""What is counted, under the names that Prometheus reads. Labels are bounded: RPCs, codes, clouds, services; never ids."""

from prometheus_client import CollectorRegistry, Counter, Histogram

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
