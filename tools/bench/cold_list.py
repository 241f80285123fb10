# SPDX-License-Identifier: Apache-2.0
"""A cold list of many servers: what oaktree spends on it against openstacksdk, and against reading the bytes alone.

    python tools/bench/cold_list.py [--servers 10000] [--runs 3] [--json FILE]

Each run asks a simulated cloud for all its servers three times, in processes of their own: by ListServers through all pages
(CPU of the server, its cache cold), by ``list_servers(bare=True)`` of openstacksdk (CPU of the call), and as curl would, page
by page without looking at them (wall time). Ratios are of the same run, since machines are noisy; the median is told.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

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


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far. proc(5), /proc/pid/schedstat is in nanoseconds, per thread."""
    return sum(int(task.read_text().split()[0]) for task in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat')) / 1e9


def oaktree(config: str, folder: str, servers: int) -> dict[str, float]:
    target = f'unix:{folder}/oaktree.sock'
    command = [
        sys.executable,
        '-m',
        'oaktree',
        '--config',
        config,
        '--cloud',
        'alpha',
        '--listen',
        target,
        '--log-level',
        'error',
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        compute = pb.ComputeServiceStub(grpc.insecure_channel(target))
        # Imports, the token and the discovery are not what is measured: openstacksdk has done its own by then, too.
        compute.ListFlavors(pb.ListFlavorsRequest(), wait_for_ready=True, timeout=60)
        time.sleep(1)
        cpu, wall, count = cpu_seconds(server.pid), time.monotonic(), 0
        request = pb.ListServersRequest(max_age=Duration())
        while True:
            answer = compute.ListServers(request, timeout=300)
            count += len(answer.servers)
            request.page_token = answer.next_page_token
            if not request.page_token:
                break
        result = {'cpu': cpu_seconds(server.pid) - cpu, 'wall': time.monotonic() - wall}
        assert count == servers, count
        return result
    finally:
        server.terminate()
        server.wait()


def openstacksdk(config: str, servers: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, '-c', SDK], env={'OS_CLIENT_CONFIG_FILE': config}, capture_output=True, text=True, check=True
    )
    count, cpu, wall = done.stdout.split()
    assert int(count) == servers, count
    return {'cpu': float(cpu), 'wall': float(wall)}


def bytes_alone(simulation: Simulation) -> float:
    """Seconds to read the same pages, parsing them only for the way to the next."""
    url = simulation.url('alpha')
    identity = {
        'methods': ['password'],
        'password': {'user': {'name': 'demo', 'domain': {'id': 'default'}, 'password': 'simulated'}},
    }
    scope = {'project': {'name': 'demo', 'domain': {'id': 'default'}}}
    body = json.dumps({'auth': {'identity': identity, 'scope': scope}}).encode()
    request = urllib.request.Request(f'{url}/identity/v3/auth/tokens', body, {'Content-Type': 'application/json'})
    with urllib.request.urlopen(request) as response:
        token = response.headers['X-Subject-Token']
    following = f'{url}/compute/v2.1/servers/detail?limit=1000'
    headers = {'X-Auth-Token': token, 'OpenStack-API-Version': 'compute 2.96'}
    spent = 0.0
    while following:
        started = time.monotonic()
        with urllib.request.urlopen(urllib.request.Request(following, headers=headers)) as response:
            page = response.read()
        spent += time.monotonic() - started
        following = next((link['href'] for link in json.loads(page).get('servers_links', ())), '')
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--servers', type=int, default=10_000)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--json', type=pathlib.Path, metavar='FILE')
    options = parser.parse_args()
    runs = []
    with Simulation({'alpha': 'floating'}) as simulation, tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, 'clouds.yaml')
        config.write_text(simulation.clouds_yaml)
        simulation.seed('alpha', servers=options.servers)
        for _ in range(options.runs):
            ours, theirs = oaktree(str(config), folder, options.servers), openstacksdk(str(config), options.servers)
            alone = bytes_alone(simulation)
            runs.append(
                {
                    'oaktree_cpu_s': ours['cpu'],
                    'openstacksdk_cpu_s': theirs['cpu'],
                    'cpu_ratio': theirs['cpu'] / ours['cpu'],
                    'oaktree_wall_s': ours['wall'],
                    'openstacksdk_wall_s': theirs['wall'],
                    'bytes_alone_wall_s': alone,
                    'wall_to_bytes_ratio': ours['wall'] / alone,
                }
            )
    print(f'{options.servers} servers, {options.runs} runs')
    print(f'{"":24}{"median":>10}{"min":>10}{"max":>10}')
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f'{name:24}{statistics.median(values):10.3f}{min(values):10.3f}{max(values):10.3f}')
    if options.json:
        options.json.write_text(json.dumps({'servers': options.servers, 'runs': runs}, indent=2) + '\n')


if __name__ == '__main__':
    main()
