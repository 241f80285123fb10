# SPDX-License-Identifier: Apache-2.0
"""What a service is to the gate: its configuration, its databases, its entries in the catalog, its processes."""

import shutil
import typing

from settings import AMQP_PORT, BIN, DB_SOCKET, ETC, PASSWORD, PYTHON, SUPPORT


class Process(typing.NamedTuple):
    name: str
    argv: list
    env: dict = {}
    port: int | None = None  # where it answers HTTP, if it does
    path: str = '/'


class Endpoint(typing.NamedTuple):
    name: str
    type: str
    path: str = ''


def merge(*configurations):
    """Sections of options, the later ones on top of the earlier."""
    result = {}
    for sections in configurations:
        for section, options in sections.items():
            result.setdefault(section, {}).update(options)
    return result


def write_ini(path, sections):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w') as f:
        for section, options in sections.items():
            f.write(f'[{section}]\n')
            f.writelines(f'{key} = {value}\n' for key, value in options.items())


class Service:
    """Base of all services; a subclass says what is its own."""

    name = ''
    databases = ()
    endpoints = ()
    needs = ()  # services it does not work without
    copies = ()  # files of its package's etc/ to have beside its configuration
    directories = ()  # under its data directory
    wsgi = ''  # module of the API's application
    tools = ()  # further processes: the commands' names
    rpc = True  # whether it speaks to RabbitMQ

    def __init__(self, cloud):
        self.cloud = cloud
        self.profile = cloud.profile
        self.etc = cloud.etc / self.name
        self.data = cloud.data / self.name
        self.conf = self.etc / f'{self.name}.conf'
        self.port = cloud.ports[self.name]
        self.url = cloud.url(self.name)

    # -- configuration -----------------------------------------------------------------------------------------------

    def configure(self):
        self.etc.mkdir(parents=True, exist_ok=True)
        for d in ('', *self.directories):
            (self.data / d).mkdir(parents=True, exist_ok=True)
        for name in self.copies:
            source = ETC / self.name / name
            if source.is_dir():
                shutil.copytree(source, self.etc / name, dirs_exist_ok=True)
            else:
                shutil.copy(source, self.etc)
        self.write()

    def write(self):
        write_ini(self.conf, merge(self.common(), self.database(), self.authtoken(), self.options()))

    def options(self):
        """The sections of this service alone."""
        return {}

    def common(self):
        rpc = {'transport_url': self.transport, 'host': f'{self.cloud.name}-{self.name}'} if self.rpc else {}
        return {
            'DEFAULT': {'use_stderr': 'true', **rpc},
            'oslo_concurrency': {'lock_path': self.data / 'lock'},
            'oslo_messaging_notifications': {'driver': 'noop'},
            'oslo_messaging_rabbit': {'heartbeat_timeout_threshold': 60, 'rpc_conn_pool_size': 8},
            'oslo_policy': {'enforce_new_defaults': 'true', 'enforce_scope': 'true'},
        }

    @property
    def transport(self):
        return f'rabbit://guest:guest@127.0.0.1:{AMQP_PORT}/{self.cloud.name}'

    def connection(self, database):
        name = f'{self.cloud.name}_{database}'
        return f'mysql+pymysql://root@localhost/{name}?unix_socket={DB_SOCKET}&charset=utf8'

    def database(self, section='database', name=None):
        return {section: {'connection': self.connection(name or self.name), 'max_pool_size': 5, 'max_overflow': 20}}

    def credentials(self, auth_url='auth_url'):
        """The service's own user, as most of its sections about other services want it."""
        return {
            'auth_type': 'password',
            auth_url: self.cloud.auth_url,
            'username': self.name,
            'password': PASSWORD,
            'project_name': 'service',
            'user_domain_id': 'default',
            'project_domain_id': 'default',
            'region_name': self.cloud.profile.region,
        }

    def authtoken(self):
        """For keystonemiddleware, which enforces access rules of application credentials only where it is told its own
        service type."""
        return {
            'keystone_authtoken': {
                **self.credentials(),
                'www_authenticate_uri': self.cloud.auth_url,
                'memcached_servers': f'127.0.0.1:{self.cloud.ports["memcached"]}',
                'service_token_roles': 'service',
                'service_token_roles_required': 'true',
                'service_type': self.endpoints[0].type,
            }
        }

    def user(self):
        """Sends its own token along with the user's, so that a long task survives the user's token."""
        return {'service_user': {**self.credentials(), 'send_service_user_token': 'true'}}

    # -- database and processes --------------------------------------------------------------------------------------

    def after_first_start(self):
        """A command to run once, when the service runs for the first time."""
        return ()

    def migrations(self):
        """(database, command that brings its schema up to date) of each database."""
        return ()

    def command(self, name, *argv, conf=None):
        return [BIN / name, '--config-file', conf or self.conf, *argv]

    def serve(self, *argv, options=(), env=None):
        """The API, in one process under waitress."""
        name = self.name if self.name == 'keystone' else f'{self.name}-api'
        return Process(
            name, [PYTHON, SUPPORT / 'serve.py', self.wsgi, self.port, *options, '--', *argv], env or {}, port=self.port
        )

    def api(self):
        return self.serve('--config-file', self.conf)

    def daemons(self):
        return [Process(name, self.command(name)) for name in self.tools]
