# SPDX-License-Identifier: Apache-2.0
"""Waiters: how often a cloud is asked while many wait, each for a server of its own.

    python tools/bench/waiters.py [--waiters 1 100 1000] [--seconds 10] [--quick] [--json FILE]

Each waiter stops a server and waits for it; in this cloud that takes longer than the measurement. When all have asked, the
cloud's own count of requests is looked at over some seconds. The baseline is one waiter, as a poll for one is the least there
can be. A page of a list is a request, and 1,000 servers are a page, behind which clouds say that there is another, empty one.
"""

import subprocess
import time
from collections.abc import Sequence

import common
from common import Bench, Row
from oaktreemodel import v1 as pb

SHOWN = ('/servers/detail', '/servers/{id}')
PAGE = 1000
STOP = '/servers/{id}/action'
COLUMNS = {
    'waiters': ',d', 'pages': 'd', 'polls_per_s': '.2f', 'upstream_requests_per_s': '.2f', 'requests_per_poll': '.2f',
    'requests_per_poll_and_page': '.2f', 'reads_while_asking': ',d', 'asking_s': '.1f', 'server_cpu': '.2f', 'rss_mib': '.0f',
}  # fmt: skip


def asked(bench: Bench, *paths: str, method: str = 'GET') -> int:
    return sum(r['count'] for r in bench.simulation.requests('alpha') if r['method'] == method and r['path'] in paths)


def wait_for(number: int, seconds: float) -> Row:
    """So many waiters before a server of their own, over so many seconds."""
    with Bench({'alpha': 'floating'}, {'alpha': number}) as bench, bench.oaktree() as oaktree:
        bench.simulation.settings('alpha', action_seconds=3600)
        wait = {'location': {'cloud': 'alpha'}, 'wait': {'seconds': 1800}}
        requests = [pb.StopServerRequest(name_or_id=one, **wait) for one in bench.ids('alpha')]
        oaktree.compute.ListServers(pb.ListServersRequest(), timeout=common.SECONDS)
        bench.simulation.forget_requests('alpha')
        command = common.load_command(
            oaktree.address, f'{common.COMPUTE}/StopServer', burst=number, connections=-(-number // 500), timeout='1800s'
        )
        started = time.monotonic()
        load = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            assert load.stdin is not None
            load.stdin.write(''.join(f'{common.encoded(request)}\n' for request in requests))
            load.stdin.close()
            common.until('all have asked', lambda: asked(bench, STOP, method='POST') == number, 1200)
            asking = time.monotonic() - started
            # What asking has brought about is over by then: changes are asked for twice, ten seconds long.
            time.sleep(15)
            before, cpu, at = asked(bench, *SHOWN), oaktree.cpu(), time.monotonic()
            time.sleep(seconds)
            requests_seen, took = asked(bench, *SHOWN) - before, time.monotonic() - at
            return {
                'waiters': number, 'pages': number // PAGE + 1, 'upstream_requests_per_s': requests_seen / took,
                'reads_while_asking': before, 'asking_s': asking, 'server_cpu': (oaktree.cpu() - cpu) / took,
                'rss_mib': oaktree.rss() / 2**20,
            }  # fmt: skip
        finally:
            load.kill()
            load.wait()


def run(waiters: Sequence[int] = (1, 100, 1000), seconds: float = 10) -> list[Row]:
    rows = [wait_for(number, seconds) for number in (1, *(n for n in waiters if n > 1))]
    for row in rows:
        row['polls_per_s'] = rows[0]['upstream_requests_per_s']
        row['requests_per_poll'] = row['upstream_requests_per_s'] / row['polls_per_s']
        row['requests_per_poll_and_page'] = row['requests_per_poll'] / row['pages']
    return rows


def judge(rows: list[Row]) -> list[Row]:
    """The rows of DESIGN section 10."""
    return [
        common.verdict(
            f'{row["waiters"]:,} waiters: upstream requests a poll', f'one waiter: {row["polls_per_s"]:.2f}/s',
            round(row['requests_per_poll'], 1), max(1, row['waiters'] // PAGE),
        )
        for row in rows[1:]
    ]  # fmt: skip


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--waiters', type=int, nargs='+', default=[1, 100, 1000])
    parser.add_argument('--seconds', type=float, default=10)
    options = parser.parse_args()
    rows = run(options.waiters, 5 if options.quick else options.seconds)
    common.table(rows, COLUMNS)
    print('target: 1 request a poll for 1,000 waiters')
    common.write(options.json, rows)


if __name__ == '__main__':
    main()
