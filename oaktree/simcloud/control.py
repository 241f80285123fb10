# SPDX-License-Identifier: Apache-2.0
"""/_sim: what tests and benchmarks ask of a simulated cloud, beside the OpenStack services."""

from __future__ import annotations

from oaktree.simcloud import seeding
from oaktree.simcloud.http import Answer, Call, Doc, Service, route


class Control(Service):
    """Needs no token, and is neither counted nor hit by faults."""

    type = '_sim'

    def _given(self, call: Call) -> Doc:
        return call.json() if call.body else {}

    @route('GET', '/requests', public=True)
    def requests(self, call: Call) -> Answer:
        return Answer(200, self.cloud.faults.report())

    @route('DELETE', '/requests', public=True)
    def forget_requests(self, call: Call) -> Answer:
        self.cloud.faults.counts.clear()
        return Answer(204)

    @route('POST', '/faults', public=True)
    def add_fault(self, call: Call) -> Answer:
        self.cloud.faults.add(self._given(call))
        return Answer(204)

    @route('DELETE', '/faults', public=True)
    def clear_faults(self, call: Call) -> Answer:
        self.cloud.faults.faults.clear()
        return Answer(204)

    @route('POST', '/seed', public=True)
    def seed(self, call: Call) -> Answer:
        return Answer(200, seeding.seed(self.cloud, self._given(call), call.now))

    @route('POST', '/reset', public=True)
    def reset(self, call: Call) -> Answer:
        self.cloud.reset(tokens=bool(self._given(call).get('tokens')))
        return Answer(204)

    @route('POST', '/settings', public=True)
    def tune(self, call: Call) -> Answer:
        self.cloud.tune(self._given(call))
        return Answer(204)
