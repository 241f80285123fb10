#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run real OpenStack services on 127.0.0.1, without containers: the clouds that oaktree is tested against.

    cloud.py install              Debian's packages and a virtual environment with the pinned services
    cloud.py up NAME --base-port N --profile floating|direct [--services keystone,glance,...]
                                  start a cloud and wait until it serves; prints the path of the clouds.yaml
    cloud.py down NAME [--purge]  stop it; with --purge forget its data too
    cloud.py stop                 stop the database and the broker, which all clouds share
    cloud.py status               what runs, and how much memory it takes

All can be repeated: what is there already is not made again. See README.rst.
"""

import argparse
import contextlib
import fcntl
import json
import re
import shutil

import database
import infra
import processes
import ready
from processes import die, log, run
from services import DEFAULT, SERVICES
from services.base import Process
from settings import ADMIN, HERE, INFRA, PASSWORD, PROFILES, PYTHON, ROOT, USERS

# In the order of their distance from the base port.
PORTS = (
    'keystone',
    'keystone-tls',
    'glance',
    'placement',
    'nova',
    'neutron',
    'cinder',
    'swift',
    'account',
    'container',
    'object',
    'heat',
    'designate',
    'octavia',
    'memcached',
    'mdns',
    'octavia-health',
)
DEMO = ROOT / 'clouds-demo.yaml'


class Cloud:
    """One cloud. Its state, in state.json, says what an earlier run has already done."""

    def __init__(self, name, base_port=None, profile=None, services=None):
        self.name, self.home = name, ROOT / name
        self.etc, self.data = self.home / 'etc', self.home / 'data'
        self.state = {
            'base_port': base_port,
            'profile': profile,
            'services': list(DEFAULT),
            'up': False,
            'databases': {},
            'registered': None,
            'seeded': [],
        }
        with contextlib.suppress(FileNotFoundError):
            self.state |= json.loads((self.home / 'state.json').read_text())
        for option, value in (('base_port', base_port), ('profile', profile)):
            if not self.state[option]:
                die(f'{name} is new: it takes a --base-port and a --profile')
            if value and value != self.state[option]:
                die(f'{name} has {option} {self.state[option]}; "down {name} --purge" before it gets another')
        self.profile = PROFILES[self.state['profile']]
        self.ports = {port: self.state['base_port'] + i for i, port in enumerate(PORTS)}
        self.auth_url = f'{self.url("keystone")}/v3'
        self.choose(services or self.state['services'])

    def url(self, service):
        return f'http://127.0.0.1:{self.ports[service]}'

    def choose(self, names):
        """The services asked for, what those need, and what is running anyway."""
        wanted = {'keystone', *names}
        unknown = wanted - SERVICES.keys()
        if unknown:
            die(f'no such service: {", ".join(sorted(unknown))}; there are {", ".join(SERVICES)}')
        wanted |= {need for name in wanted for need in SERVICES[name].needs}
        wanted -= set(self.profile.absent)
        made = [SERVICES[name](self) for name in SERVICES if name not in self.profile.absent]
        self.services = [s for s in made if s.name in wanted or processes.alive(self.home, s.api().name)]

    def service(self, name):
        return next((s for s in self.services if s.name == name), None)

    @property
    def names(self):
        return [s.name for s in self.services]

    @property
    def registration(self):
        """What Keystone is to know of."""
        return [*self.names, *USERS]

    def save(self, **changes):
        self.state |= {'services': self.names, **changes}
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / 'state.json').write_text(json.dumps(self.state, indent=1))

    # -- processes ---------------------------------------------------------------------------------------------------

    def start(self, *which):
        for process in which:
            processes.spawn(self.home, process.name, process.argv, process.env)

    def wait(self, *which):
        for process in which:
            processes.wait(
                f'{self.name}: {process.name}', lambda p=process: processes.serves(p.port, p.path), 180, self.home, process.name
            )

    def memcached(self):
        """Where the services remember tokens that Keystone has found good."""
        return Process(
            'memcached',
            ['memcached', '-u', 'root', '-l', '127.0.0.1', '-U', '0', '-m', '32', '-t', '1', '-p', self.ports['memcached']],
        )

    def serving(self):
        """Whether there is nothing left to do: it came up entirely once, and all of it is still there."""
        apis = [s.api() for s in self.services]
        every = [self.memcached(), *apis, *(d for s in self.services for d in s.daemons())]
        return (
            self.state['up']
            and self.registration == self.state['registered']
            and all(processes.alive(INFRA, name) for name in ('mariadbd', 'rabbitmq'))
            and all(processes.alive(self.home, p.name) for p in every)
            and all(processes.serves(p.port, p.path) for p in apis)
        )

    # -- up ----------------------------------------------------------------------------------------------------------

    def up(self):
        if self.serving():
            log(f'{self.name} is up')
            return
        infra.start()
        infra.certificate(self.data / 'tls')
        (self.home / 'log').mkdir(parents=True, exist_ok=True)
        for service in self.services:
            service.configure()
        self.save(up=False)
        self.save(databases=database.prepare(self))
        log('databases ready')
        infra.wait_rabbitmq()
        infra.rabbit_vhost(self.name, 'add')
        self.start_services()
        self.seed()
        ready.wait(self)
        self.save(up=True)
        write_clouds()
        log(f'{self.name} is up: {self.auth_url}')

    def start_services(self):
        """Keystone first, then all APIs, then the daemons: those ask the APIs when they start, and some end if there is
        no answer."""
        fresh = self.state['registered'] is None
        if fresh:
            complete = database.start_identity(self)
            self.save(registered=self.registration if complete else [])
        keystone, *apis = [s.api() for s in self.services]
        self.start(self.memcached(), keystone)
        self.wait(keystone)
        self.start(*apis)
        if self.registration != self.state['registered']:
            self.seed_program('identity')
            self.save(registered=self.registration)
            if fresh:
                database.save_identity(self)
        if self.service('placement'):
            self.wait(self.service('placement').api())
        daemons = [d for s in self.services for d in s.daemons()]
        self.start(*daemons)
        self.wait(*apis)
        log('all APIs answer')
        self.start(*daemons)  # those that have given up meanwhile

    def seed(self):
        new = [s for s in self.services if s.name not in self.state['seeded']]
        for command in filter(None, (s.after_first_start() for s in new)):
            run(command, out=self.home / 'log/seed.out')
        if new:
            self.seed_program('resources')
            self.save(seeded=sorted({*self.names, *self.state['seeded']}))
            log('flavors, image and networks are there')

    def seed_program(self, step):
        endpoints = [(e.name, e.type, s.url + e.path) for s in self.services for e in s.endpoints]
        run(
            [PYTHON, HERE / 'seed.py', step],
            out=self.home / 'log/seed.out',
            stdin=json.dumps(
                {
                    'auth_url': self.auth_url,
                    'password': PASSWORD,
                    'region': self.profile.region,
                    'users': USERS,
                    'services': self.names,
                    'endpoints': endpoints,
                    'flavors': self.profile.flavors,
                    'routed': self.profile.routed,
                    'image_format': self.profile.image_format,
                }
            ),
        )

    # -- clouds.yaml -------------------------------------------------------------------------------------------------

    def entries(self, users):
        """Of clouds.yaml: the cloud's own name is user demo, NAME-USER any other."""
        for user, (project, _) in users.items():
            yield '\n'.join(
                (
                    f'  {self.name if user == "demo" else f"{self.name}-{user}"}:',
                    '    auth:',
                    f'      auth_url: {self.auth_url}',
                    f'      username: {user}',
                    f'      password: {PASSWORD}',
                    f'      project_name: {project}',
                    '      user_domain_id: default',
                    '      project_domain_id: default',
                    f'    region_name: {self.profile.region}',
                    "    identity_api_version: '3'",
                    '    interface: public\n',
                )
            )


def clouds():
    return [Cloud(f.parent.name) for f in sorted(ROOT.glob('*/state.json'))]


def write_clouds():
    """clouds.yaml has every user of every cloud, clouds-demo.yaml the one that oaktree is to be."""
    for path, users in ((ROOT / 'clouds.yaml', USERS | ADMIN), (DEMO, {'demo': USERS['demo']})):
        entries = [entry for cloud in clouds() for entry in cloud.entries(users)]
        path.with_suffix('.new').write_text('clouds:\n' + ''.join(entries) if entries else 'clouds: {}\n')
        path.with_suffix('.new').replace(path)


# -- commands --------------------------------------------------------------------------------------------------------


def up(args):
    infra.install()
    Cloud(args.name, args.base_port, args.profile, args.services and args.services.split(',')).up()
    print(DEMO)


def down(args):
    home = ROOT / args.name
    log(f'{args.name}: stopped {processes.stop(home)} processes')
    state = home / 'state.json'
    if state.exists():
        Cloud(args.name).save(up=False)
    if args.purge:
        infra.start()
        infra.wait_rabbitmq()
        database.drop(args.name)
        infra.rabbit_vhost(args.name, 'delete')
        shutil.rmtree(home, ignore_errors=True)
        write_clouds()
        log(f'{args.name}: purged')


def stop():
    running = [
        f.parent.parent.name
        for f in ROOT.glob('*/run/*.pid')
        if f.parent.parent != INFRA and processes.alive(f.parent.parent, f.stem)
    ]
    if running:
        die(f'still up: {", ".join(sorted(set(running)))}')
    infra.stop()


def status():
    for home in (INFRA, *(ROOT / cloud.name for cloud in clouds())):
        rows = []
        for name in processes.names(home):
            pid = processes.alive(home, name)
            sizes = [processes.memory(member) for member in processes.members(pid)] if pid else []
            rows.append((name, pid or 'dead', sum(s[0] for s in sizes), sum(s[1] for s in sizes)))
        print(
            f'{home.name}: {len(rows)} processes, {sum(r[2] for r in rows):.0f} MiB resident, '
            f'{sum(r[3] for r in rows):.0f} MiB its share'
        )
        for name, pid, resident, share in rows:
            print(f'  {name:20} {pid:>8} {resident:6.0f} {share:6.0f}')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest='verb', required=True)
    verbs.add_parser('install').set_defaults(function=lambda _: infra.install())
    verb = verbs.add_parser('up')
    verb.add_argument('name', type=cloud_name)
    verb.add_argument('--base-port', type=int)
    verb.add_argument('--profile', choices=PROFILES)
    verb.add_argument('--services', help=f'separated by commas; {",".join(DEFAULT)} unless told')
    verb.set_defaults(function=up)
    verb = verbs.add_parser('down')
    verb.add_argument('name', type=cloud_name)
    verb.add_argument('--purge', action='store_true')
    verb.set_defaults(function=down)
    verbs.add_parser('stop').set_defaults(function=lambda _: stop())
    verbs.add_parser('status').set_defaults(function=lambda _: status())
    return parser.parse_args()


def cloud_name(text):
    """It becomes part of the names of databases and directories."""
    if not re.fullmatch('[a-z][a-z0-9]{0,20}', text) or text in ('infra', 'venv'):
        raise argparse.ArgumentTypeError('letters and digits, and neither "infra" nor "venv"')
    return text


def main():
    args = arguments()
    ROOT.mkdir(parents=True, exist_ok=True)
    if args.verb == 'status':  # waits for nobody
        status()
        return
    with open(ROOT / 'lock', 'w') as lock:  # one at a time: they share the database, the broker and clouds.yaml
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            args.function(args)
        except KeyboardInterrupt:
            die('interrupted; the same command takes it up again')


if __name__ == '__main__':
    main()
