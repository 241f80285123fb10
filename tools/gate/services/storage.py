# SPDX-License-Identifier: Apache-2.0
"""Volumes, on sparse files, and objects, in one replica."""

from processes import run
from settings import BIN, SUPPORT

from services.base import Endpoint, Process, Service, write_ini


class Cinder(Service):
    name = 'cinder'
    databases = ('cinder',)
    endpoints = (Endpoint('cinder', 'block-storage', '/v3'), Endpoint('cinderv3', 'volumev3', '/v3'))
    needs = ('glance',)
    copies = ('api-paste.ini', 'resource_filters.json')
    directories = ('volumes', 'coordination', 'conversion')
    wsgi = 'cinder.wsgi.api'
    tools = ('cinder-scheduler', 'cinder-volume')

    def options(self):
        helper = {'helper_command': BIN / 'privsep-helper'}
        return {
            'DEFAULT': {
                'state_path': self.data,
                'auth_strategy': 'keystone',
                'api_paste_config': self.etc / 'api-paste.ini',
                'resource_query_filters_file': self.etc / 'resource_filters.json',
                'enabled_backends': 'files',
                'default_volume_type': '__DEFAULT__',
                'glance_api_servers': self.cloud.url('glance'),
                'image_conversion_dir': self.data / 'conversion',
                'osapi_volume_workers': 1,
                'osapi_max_limit': self.profile.page,
                'quota_volumes': 10000,
                'quota_snapshots': 10000,
                'quota_gigabytes': 1000000,
                'quota_backups': 10000,
            },
            'files': {
                'volume_driver': 'oaktree_gate.cinder_files.FilesDriver',
                'volume_backend_name': 'files',
                'files_directory': self.data / 'volumes',
            },
            'coordination': {'backend_url': f'file://{self.data}/coordination'},
            'cinder_sys_admin': helper,
            'privsep_osbrick': helper,
            'nova': self.credentials(),
            **self.user(),
        }

    def migrations(self):
        return [('cinder', self.command('cinder-manage', 'db', 'sync'))]

    def daemons(self):
        return [p._replace(env={'PYTHONPATH': str(SUPPORT)}) for p in super().daemons()]


class Swift(Service):
    name = 'swift'
    endpoints = (Endpoint('swift', 'object-store', '/v1/AUTH_%(project_id)s'),)
    directories = ('srv/d1',)

    BACKENDS = ('account', 'container', 'object')

    FILTERS = (
        'catch_errors',
        'gatekeeper',
        'healthcheck',
        'proxy-logging',
        'cache',
        'listing_formats',
        'bulk',
        'tempurl',
        'formpost',
        'authtoken',
        'keystoneauth',
        'staticweb',
        'copy',
        'container-quotas',
        'account-quotas',
        'slo',
        'dlo',
        'versioned_writes',
        'symlink',
    )

    def write(self):
        write_ini(
            self.etc / 'swift.conf',
            {
                'swift-hash': {
                    'swift_hash_path_suffix': f'{self.cloud.name}-suffix',
                    'swift_hash_path_prefix': f'{self.cloud.name}-prefix',
                },
                'storage-policy:0': {'name': 'Policy-0', 'default': 'yes'},
            },
        )
        for kind in self.BACKENDS:
            write_ini(self.etc / f'{kind}-server.conf', self.backend(kind))
            if not (self.etc / f'{kind}.ring.gz').exists():
                device = f'r1z1-127.0.0.1:{self.cloud.ports[kind]}/d1'
                for step in (['create', '4', '1', '0'], ['add', device, '1'], ['rebalance']):
                    run([BIN / 'swift-ring-builder', self.etc / f'{kind}.builder', *step])
        write_ini(self.etc / 'proxy-server.conf', self.proxy())

    def server(self, port):
        return {'bind_ip': '127.0.0.1', 'bind_port': port, 'user': 'root', 'swift_dir': self.etc, 'workers': 0}

    def backend(self, kind):
        return {
            'DEFAULT': {
                **self.server(self.cloud.ports[kind]),
                'devices': self.data / 'srv',
                'mount_check': 'false',
                'disable_fallocate': 'true',
                'fallocate_reserve': 0,
                'log_address': '/dev/null',
                'log_level': 'WARNING',
            },
            'pipeline:main': {'pipeline': f'{kind}-server'},
            f'app:{kind}-server': {'use': f'egg:swift#{kind}'},
        }

    def proxy(self):
        # proxy-logging stands twice by rights: requests the middle makes of its own are logged by the second.
        sections = {
            'DEFAULT': {**self.server(self.port), 'expose_info': 'true', 'log_level': 'INFO'},
            'pipeline:main': {'pipeline': ' '.join([*self.FILTERS, 'proxy-logging', 'proxy-server'])},
            'app:proxy-server': {'use': 'egg:swift#proxy', 'account_autocreate': 'true', 'allow_account_management': 'true'},
        }
        for name in self.FILTERS:
            sections[f'filter:{name}'] = {'use': f'egg:swift#{name.replace("-", "_")}'}
        sections['filter:authtoken'] = {
            **self.authtoken()['keystone_authtoken'],
            'delay_auth_decision': 'true',
            'cache': 'swift.cache',
            'paste.filter_factory': 'keystonemiddleware.auth_token:filter_factory',
        }
        sections['filter:keystoneauth'].update(operator_roles='admin, member', reseller_admin_role='ResellerAdmin')
        sections['filter:cache'] = {
            'use': 'egg:swift#memcache',
            'memcache_servers': f'127.0.0.1:{self.cloud.ports["memcached"]}',
        }
        sections['filter:versioned_writes'].update(allow_versioned_writes='true', allow_object_versioning='true')
        return sections

    def api(self):
        return Process(
            'swift-proxy', [BIN / 'swift-proxy-server', self.etc / 'proxy-server.conf'], port=self.port, path='/healthcheck'
        )

    def daemons(self):
        return [
            Process(f'swift-{kind}', [BIN / f'swift-{kind}-server', self.etc / f'{kind}-server.conf']) for kind in self.BACKENDS
        ]
