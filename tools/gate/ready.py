# SPDX-License-Identifier: Apache-2.0
"""Wait until the first server would find a host.

After a restart Nova goes by the last reports of its services, old or of the run before, and answers "No valid host" or
nothing at all. So every nova process must have reported since it was started, and Placement must know the host.
"""

import datetime
import json
import urllib.request

import processes
from settings import PASSWORD


def token(cloud):
    name = {'name': 'admin', 'domain': {'id': 'default'}}
    body = {
        'auth': {
            'identity': {'methods': ['password'], 'password': {'user': {**name, 'password': PASSWORD}}},
            'scope': {'project': name},
        }
    }
    request = urllib.request.Request(
        f'{cloud.auth_url}/auth/tokens', json.dumps(body).encode(), {'Content-Type': 'application/json'}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers['X-Subject-Token']


def get(url, headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return json.load(answer)


def reported(service, started):
    """Times are UTC without saying so."""
    if service['state'] != 'up' or not service['updated_at']:
        return False
    updated = datetime.datetime.fromisoformat(service['updated_at']).replace(tzinfo=datetime.UTC)
    return updated.timestamp() > started


def nova_ready(cloud, headers):
    nova = cloud.service('nova')
    known = {s['binary']: s for s in get(f'{nova.url}/v2.1/os-services', headers)['services']}
    for name in nova.tools:
        started = (cloud.home / f'run/{name}.pid').stat().st_mtime
        if name not in known or not reported(known[name], started):
            return False
    hosts = get(f'{cloud.url("placement")}/resource_providers?resources=VCPU:1', headers)
    return bool(hosts['resource_providers'])


def wait(cloud):
    if not cloud.service('nova'):
        return
    headers = {'X-Auth-Token': token(cloud), 'OpenStack-API-Version': 'placement 1.20'}

    def ready():
        try:
            return nova_ready(cloud, headers)
        except OSError:
            return False

    processes.wait(f'{cloud.name}: nova-compute', ready, 120, cloud.home, 'nova-compute')
