# SPDX-License-Identifier: Apache-2.0
"""Databases of a cloud: by migration the first time, from a copy afterwards.

Migrations are most of the time a first cloud takes. So the empty schemas are kept (schema-*/), and so is Keystone with
its users, services and endpoints (identity-*.sql); a second cloud loads both in seconds.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import time
import uuid

import infra
from processes import die, log, run
from settings import HERE, ROOT, lock_id

WORKERS = 3


# -- schemas ---------------------------------------------------------------------------------------------------------


def prepare(cloud):
    """Create the databases not known to be complete; migrate the others if the pinned services have changed since.

    Returns all that are complete now, and by which services.
    """
    known = cloud.state['databases']
    new = {database for service in cloud.services for database in service.databases} - known.keys()
    for name in (f'`{cloud.name}_{database}`' for database in new):
        infra.sql(f'DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb3;')
    jobs = [
        (database, command)
        for service in reversed(cloud.services)
        for database, command in service.migrations()
        if known.get(database) != lock_id()
    ]  # reversed: the longest first
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(lambda job: fill(cloud, *job, new=job[0] in new), jobs):
            pass
    if 'nova_api' in new:
        map_cells(cloud)
    return known | {database: lock_id() for database, _ in jobs}


def fill(cloud, database, command, new):
    start = time.time()
    name = f'{cloud.name}_{database}'
    copy = ROOT / f'schema-{lock_id()}/{database}.sql'
    if new and copy.exists():
        load(name, copy)
        how = 'from the copy'
    else:
        run(command, out=cloud.home / 'log/databases.out')
        how = 'by migration'
        if new:
            dump(name, copy)
    log(f'  {database:12} {time.time() - start:5.1f} s {how}')


def load(name, path):
    with open(path) as f:
        p = infra.mariadb('mariadb', name, stdin=f)
    if p.returncode:
        die(f'{path} does not load: {p.stderr[-1000:]}')


def dump(name, path):
    """Under a name of its own until it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f'.{os.getpid()}')
    with open(partial, 'w') as f:
        p = infra.mariadb('mariadb-dump', '--skip-comments', name, stdout=f)
    if p.returncode:
        die(f'{name} cannot be dumped: {p.stderr[-1000:]}')
    partial.rename(path)


def map_cells(cloud):
    """What nova-manage cell_v2 map_cell0, create_cell and discover_hosts write, without 12 s of imports."""
    nova = next(s for s in cloud.services if s.name == 'nova')
    cells = (
        (str(uuid.UUID(int=0)), 'cell0', 'none:///', nova.connection('nova_cell0')),
        (str(uuid.uuid4()), 'cell1', nova.transport, nova.connection('nova')),
    )
    rows = ', '.join(
        f"(NOW(), '{id_}', '{name}', '{transport}', '{connection}', 0)" for id_, name, transport, connection in cells
    )
    infra.sql(
        f'INSERT INTO cell_mappings (created_at, uuid, name, transport_url, database_connection, disabled) '
        f'VALUES {rows}; INSERT INTO host_mappings (created_at, cell_id, host) '
        f"SELECT NOW(), id, '{nova.host}' FROM cell_mappings WHERE name = 'cell1';",
        f'{cloud.name}_nova_api',
    )


def drop(name):
    """All databases of a cloud."""
    for database in infra.sql('SHOW DATABASES').split():
        if database.startswith(f'{name}_'):
            infra.sql(f'DROP DATABASE `{database}`')


# -- identity --------------------------------------------------------------------------------------------------------


def identity_file(cloud):
    """One for each choice of services, and for each version of what makes its content."""
    key = ','.join(s.name for s in cloud.services) + lock_id()
    for path in (HERE / 'seed.py', pathlib.Path(__file__), *sorted((HERE / 'services').glob('*.py'))):
        key += hashlib.sha256(path.read_bytes()).hexdigest()
    return ROOT / f'identity-{hashlib.sha256(key.encode()).hexdigest()[:12]}.sql'


def save_identity(cloud):
    """With marks for what is another cloud's own: its ports and its region."""
    p = infra.mariadb('mariadb-dump', '--skip-comments', f'{cloud.name}_keystone')
    if p.returncode:
        die(f'Keystone cannot be dumped: {p.stderr[-1000:]}')
    text = p.stdout.replace(f"'{cloud.profile.region}'", "'@region@'")
    for name, port in cloud.ports.items():
        text = text.replace(f'127.0.0.1:{port}', f'127.0.0.1:@{name}@')
    identity_file(cloud).write_text(text)


def load_identity(cloud):
    """Whether there was something to load. Every cloud gets ids of its own."""
    if not identity_file(cloud).exists():
        return False
    ids = {}
    text = identity_file(cloud).read_text().replace("'@region@'", f"'{cloud.profile.region}'")
    text = re.sub(r'(?<![0-9a-zA-Z])[0-9a-f]{32}(?![0-9a-zA-Z])', lambda m: ids.setdefault(m[0], uuid.uuid4().hex), text)
    text = re.sub(r'127\.0\.0\.1:@([\w-]+)@', lambda m: f'127.0.0.1:{cloud.ports[m[1]]}', text)
    infra.sql(text, f'{cloud.name}_keystone')
    return True


def start_identity(cloud):
    """Keystone's first content, before it serves; says whether that is already all of it."""
    if load_identity(cloud):
        log('Keystone loaded from the copy')
        return True
    run(cloud.service('keystone').bootstrap(), out=cloud.home / 'log/databases.out')
    log('Keystone bootstrapped')
    return False
