# SPDX-License-Identifier: Apache-2.0
"""A cold list of many servers: what oaktree spends on it against openstacksdk and curl, and who else has to wait for it.

    python tools/bench/cold_list.py [--servers 10000] [--runs 3] [--page-seconds 0.5] [--skip-sdk] [--json FILE]

Each run asks a simulated cloud for all its servers

* by ListServers through all pages, from a server that has just started: CPU of that server, and wall time;
* by ``list_servers(bare=True)`` of openstacksdk: CPU of the call;
* by one curl for all pages, whose addresses it knows beforehand: wall time;

all of which the cloud answers at once. Then oaktree and curl again with a cloud that takes its time for a page, as real ones
do: --page-seconds for each 1,000 servers. While oaktree lists once more, and while it reads 10 MB of networks that come in
one piece, another process asks for its health every 5 ms; what that takes at most is how long its event loop was held up.
Ratios are of the same run, since machines are noisy; the median is told.
"""

import argparse
import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree.simcloud import Simulation

SDK = """
import sys, time, warnings
warnings.simplefilter('ignore')
import openstack
cloud = openstack.connect(cloud='alpha')
cloud.compute.get_endpoint_data()
cpu, wall = time.process_time(), time.monotonic()
count = len(cloud.list_servers(bare=True))
print(count, time.process_time() - cpu, time.monotonic() - wall)
"""

PROBE = """
import sys, threading, time
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
check = health_pb2_grpc.HealthStub(grpc.insecure_channel(sys.argv[1])).Check
request, taken, stop = health_pb2.HealthCheckRequest(), [], threading.Event()
for _ in range(50):
    check(request, wait_for_ready=True)
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
print('ready', flush=True)
while not stop.is_set():
    started = time.perf_counter()
    check(request)
    taken.append(time.perf_counter() - started)
    time.sleep(max(0.0, 0.005 - taken[-1]))
taken.sort()
print(taken[int(len(taken) * 0.99)], taken[-1])
"""

NETWORK = {
    'name': 'network', 'status': 'ACTIVE', 'subnets': [str(uuid.UUID(int=n)) for n in range(4)], 'admin_state_up': True,
    'mtu': 1450, 'shared': False, 'router:external': False, 'availability_zones': ['nova'], 'availability_zone_hints': [],
    'description': 'One of many {', 'tags': ['a', 'b'], 'project_id': 'x' * 32, 'tenant_id': 'x' * 32, 'qos_policy_id': None,
    'created_at': '2026-11-22T20:31:05Z', 'updated_at': '2026-11-22T20:31:05Z', 'revision_number': 2, 'dns_domain': '',
    'port_security_enabled': True, 'l2_adjacency': True, 'ipv4_address_scope': None, 'ipv6_address_scope': None,
}  # fmt: skip


class Oaktree:
    """A server of its own, that has imported everything, and knows nothing of servers."""

    def __init__(self, config: str, folder: str) -> None:
        self.target = f'unix:{folder}/oaktree.sock'
        command = [sys.executable, '-m', 'oaktree', '--config', config, '--cloud', 'alpha', '--listen', self.target]
        self._process = subprocess.Popen([*command, '--log-level', 'error'], stdout=subprocess.DEVNULL)
        self._channel = grpc.insecure_channel(self.target)
        self._compute, self.network = pb.ComputeServiceStub(self._channel), pb.NetworkServiceStub(self._channel)
        # Imports, the token and the discovery are not what is measured: openstacksdk has done its own by then, too.
        self._compute.ListFlavors(pb.ListFlavorsRequest(), wait_for_ready=True, timeout=60)
        time.sleep(1)

    def list(self, servers: int) -> dict[str, float]:
        """Read the whole list from the cloud, through all pages of ours."""
        cpu, wall, count = self._cpu_seconds(), time.monotonic(), 0
        request = pb.ListServersRequest(max_age=Duration())
        while True:
            answer = self._compute.ListServers(request, timeout=300)
            count += len(answer.servers)
            request.page_token = answer.next_page_token
            if not request.page_token:
                break
        assert count == servers, count
        return {'cpu': self._cpu_seconds() - cpu, 'wall': time.monotonic() - wall}

    def _cpu_seconds(self) -> float:
        """User and system time so far. proc(5), /proc/pid/schedstat is in nanoseconds, per thread."""
        tasks = pathlib.Path(f'/proc/{self._process.pid}/task').glob('*/schedstat')
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    @contextlib.contextmanager
    def probed(self) -> Iterator[dict[str, float]]:
        """Ask for its health all the while; tells afterwards what that took, in milliseconds."""
        delay: dict[str, float] = {}
        probe = subprocess.Popen(
            [sys.executable, '-c', PROBE, self.target], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert probe.stdout is not None
        probe.stdout.readline()
        yield delay
        p99, most = probe.communicate('', timeout=30)[0].split()
        delay |= {'p99': float(p99) * 1000, 'max': float(most) * 1000}

    def close(self) -> None:
        self._channel.close()
        self._process.terminate()
        self._process.wait()


def openstacksdk(config: str, servers: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, '-c', SDK], env={'OS_CLIENT_CONFIG_FILE': config}, capture_output=True, text=True, check=True
    )
    count, cpu, wall = done.stdout.split()
    assert int(count) == servers, count
    return {'cpu': float(cpu), 'wall': float(wall)}


class Curl:
    """The same pages, in one process and on one connection, looking at nothing."""

    def __init__(self, simulation: Simulation) -> None:
        url = simulation.url('alpha')
        identity = {
            'methods': ['password'],
            'password': {'user': {'name': 'demo', 'domain': {'id': 'default'}, 'password': 'simulated'}},
        }
        scope = {'project': {'name': 'demo', 'domain': {'id': 'default'}}}
        body = json.dumps({'auth': {'identity': identity, 'scope': scope}}).encode()
        request = urllib.request.Request(f'{url}/identity/v3/auth/tokens', body, {'Content-Type': 'application/json'})
        with urllib.request.urlopen(request) as response:
            headers = {'X-Auth-Token': response.headers['X-Subject-Token'], 'OpenStack-API-Version': 'compute 2.96'}
        self._command = ['curl', '--silent', '--show-error', '--fail', '--noproxy', '*']
        for name, value in headers.items():
            self._command += ['--header', f'{name}: {value}']
        following = f'{url}/compute/v2.1/servers/detail?limit=1000'
        self.pages = 0
        while following:
            self._command += [following, '--output', '/dev/null']
            with urllib.request.urlopen(urllib.request.Request(following, headers=headers)) as response:
                page = json.load(response)
            self.pages += 1
            following = next((link['href'] for link in page.get('servers_links', ())), '')

    def seconds(self) -> float:
        """How long it takes to read them all."""
        started = time.monotonic()
        subprocess.run(self._command, check=True)
        return time.monotonic() - started


def run(simulation: Simulation, config: str, folder: str, curl: Curl, options: argparse.Namespace) -> dict[str, float]:
    """Measure everything once."""
    figures: dict[str, float] = {}
    oaktree = Oaktree(config, folder)
    try:
        ours = oaktree.list(options.servers)
        figures |= {'oaktree_cpu_s': ours['cpu'], 'oaktree_wall_s': ours['wall']}
        if not options.skip_sdk:
            theirs = openstacksdk(config, options.servers)
            figures |= {'openstacksdk_cpu_s': theirs['cpu'], 'openstacksdk_wall_s': theirs['wall']}
            figures['cpu_ratio'] = theirs['cpu'] / ours['cpu']
        figures['curl_wall_s'] = curl.seconds()
        figures['wall_ratio'] = ours['wall'] / figures['curl_wall_s']
        simulation.fault('alpha', path='/servers/detail', latency=options.page_seconds)
        figures |= {'slow_oaktree_wall_s': oaktree.list(options.servers)['wall'], 'slow_curl_wall_s': curl.seconds()}
        figures['slow_wall_ratio'] = figures['slow_oaktree_wall_s'] / figures['slow_curl_wall_s']
        simulation.clear_faults('alpha')
        with oaktree.probed() as idle:
            time.sleep(3)
        with oaktree.probed() as listing:
            oaktree.list(options.servers)
        networks = [{'id': str(uuid.UUID(int=n)), **NETWORK} for n in range(10_000_000 // len(json.dumps(NETWORK)))]
        # Not by its /_sim, which takes no such bodies.
        simulation.cloud('alpha').faults.add({'path': '/networks', 'body': {'networks': networks}})
        with oaktree.probed() as one_piece:
            oaktree.network.ListNetworks(pb.ListNetworksRequest(max_age=Duration(), page_size=1), timeout=60)
        simulation.clear_faults('alpha')
        for name, delay in (('idle', idle), ('listing', listing), ('10_mb', one_piece)):
            figures |= {f'{name}_health_{kind}_ms': value for kind, value in delay.items()}
        return figures
    finally:
        oaktree.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--servers', type=int, default=10_000)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--page-seconds', type=float, default=0.5, help='what a cloud takes for 1,000 servers; default: 0.5')
    parser.add_argument('--skip-sdk', action='store_true', help='openstacksdk takes a minute for 10,000')
    parser.add_argument('--json', type=pathlib.Path, metavar='FILE')
    options = parser.parse_args()
    runs: list[dict[str, Any]] = []
    with Simulation({'alpha': 'floating'}) as simulation, tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, 'clouds.yaml')
        config.write_text(simulation.clouds_yaml)
        simulation.seed('alpha', servers=options.servers)
        curl = Curl(simulation)
        for _ in range(options.runs):
            runs.append(run(simulation, str(config), folder, curl, options))
    print(f'{options.servers} servers, {options.runs} runs, a cloud that takes {options.page_seconds} s for a page')
    print(f'{"":24}{"median":>10}{"min":>10}{"max":>10}')
    for name in runs[0]:
        values = [figures[name] for figures in runs]
        print(f'{name:24}{statistics.median(values):10.3f}{min(values):10.3f}{max(values):10.3f}')
    if options.json:
        given = {'servers': options.servers, 'page_seconds': options.page_seconds}
        options.json.write_text(json.dumps({**given, 'runs': runs}, indent=2) + '\n')


if __name__ == '__main__':
    main()
