# SPDX-License-Identifier: Apache-2.0
"""The services every cloud has: identity, images, placement, servers and networks."""

import base64
import os

from settings import BIN, PASSWORD, PYTHON, SUPPORT

from services.base import Endpoint, Process, Service, merge, write_ini

ENTRY_POINTS = '[neutron.ml2.mechanism_drivers]\noaktree_gate = oaktree_gate.ml2:GateMechanismDriver\n'


class Keystone(Service):
    name = 'keystone'
    rpc = False
    databases = ('keystone',)
    directories = ('fernet', 'credential')
    wsgi = 'keystone.wsgi.api'

    def authtoken(self):
        return {}

    def options(self):
        return {
            'token': {'provider': 'fernet', 'expiration': self.profile.token_seconds},
            'fernet_tokens': {'key_repository': self.data / 'fernet'},
            'credential': {'key_repository': self.data / 'credential'},
            'cache': {'enabled': 'true', 'backend': 'dogpile.cache.memory'},
            'api': {'response_validation': 'ignore'},
            'identity': {'password_hash_rounds': 4},
            'oauth2': {'oauth2_authn_methods': 'client_secret_basic'},
        }

    def configure(self):
        super().configure()
        for repository in self.directories:
            for key in ('0', '1'):
                path = self.data / repository / key
                if not path.exists():
                    path.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
                    path.chmod(0o600)
            (self.data / repository).chmod(0o700)

    def migrations(self):
        return [('keystone', self.command('keystone-manage', 'db_sync'))]

    def bootstrap(self):
        urls = [x for kind in ('admin', 'public', 'internal') for x in (f'--bootstrap-{kind}-url', self.cloud.auth_url)]
        return self.command(
            'keystone-manage',
            'bootstrap',
            '--bootstrap-password',
            PASSWORD,
            '--bootstrap-region-id',
            self.profile.region,
            *urls,
        )

    def api(self):
        tls = self.cloud.data / 'tls'
        return self.serve(
            env={'OS_KEYSTONE_CONFIG_FILES': str(self.conf)},
            options=(
                '--threads',
                '8',
                '--tls-port',
                self.cloud.ports['keystone-tls'],
                '--cert',
                tls / 'cert.pem',
                '--key',
                tls / 'key.pem',
            ),
        )


class Glance(Service):
    name = 'glance'
    databases = ('glance',)
    endpoints = (Endpoint('glance', 'image'),)
    copies = ('glance-api-paste.ini',)
    directories = ('images', 'staging', 'tasks')
    wsgi = 'glance.wsgi.api'

    def __init__(self, cloud):
        super().__init__(cloud)
        self.conf = self.etc / 'glance-api.conf'

    def options(self):
        formats = self.profile.disk_formats
        return {
            'DEFAULT': {
                'enabled_backends': 'file:file',
                'enabled_import_methods': '[glance-direct,web-download,copy-image]',
                'worker_self_reference_url': self.url,
                'public_endpoint': self.url,
                'show_image_direct_url': 'false',
                'api_limit_max': self.profile.page,
                'limit_param_default': min(25, self.profile.page),
            },
            'glance_store': {'default_backend': 'file'},
            'file': {'filesystem_store_datadir': self.data / 'images'},
            'os_glance_staging_store': {'filesystem_store_datadir': self.data / 'staging'},
            'os_glance_tasks_store': {'filesystem_store_datadir': self.data / 'tasks'},
            'import_filtering_opts': {'allowed_ports': '[]', 'allowed_hosts': '[127.0.0.1,localhost]'},
            'image_format': {'disk_formats': formats} if formats else {},
            'paste_deploy': {'flavor': 'keystone'},
            'wsgi': {'task_pool_threads': 4},
        }

    def migrations(self):
        return [('glance', self.command('glance-manage', 'db', 'sync'))]

    def api(self):
        return self.serve(env={'OS_GLANCE_CONFIG_DIR': str(self.etc)})


class Placement(Service):
    name = 'placement'
    rpc = False
    databases = ('placement',)
    endpoints = (Endpoint('placement', 'placement'),)
    wsgi = 'placement.wsgi.api'

    def database(self):
        return super().database('placement_database')

    def options(self):
        return {'api': {'auth_strategy': 'keystone'}}

    def migrations(self):
        return [('placement', self.command('placement-manage', 'db', 'sync'))]

    def api(self):
        return self.serve(env={'OS_PLACEMENT_CONFIG_DIR': str(self.etc)})


class Nova(Service):
    name = 'nova'
    databases = ('nova_api', 'nova', 'nova_cell0')
    endpoints = (Endpoint('nova', 'compute', '/v2.1'),)
    needs = ('placement', 'glance', 'neutron')
    copies = ('api-paste.ini',)
    directories = ('instances',)
    wsgi = 'nova.wsgi.osapi_compute'
    tools = ('nova-conductor', 'nova-scheduler', 'nova-compute')

    @property
    def host(self):
        return f'{self.cloud.name}-compute'

    def write(self):
        both = merge(self.common(), self.authtoken(), self.options())
        api = self.database('api_database', 'nova_api')
        write_ini(self.conf, merge(both, api, self.database()))
        # nova-compute refuses to start when it sees a database.
        write_ini(self.etc / 'compute.conf', both)
        # [database] is cell1's; cell0, where servers go that no host would take, has the same schema elsewhere.
        write_ini(self.etc / 'cell0.conf', merge(both, api, self.database(name='nova_cell0')))

    def options(self):
        helper = {'helper_command': BIN / 'privsep-helper'}
        plenty = {'instances': 10000, 'cores': 100000, 'ram': 100000000, 'key_pairs': 10000, 'server_groups': 1000}
        return {
            'DEFAULT': {
                'host': self.host,
                'my_ip': '127.0.0.1',
                'state_path': self.data,
                'compute_driver': 'oaktree_gate.GateDriver',
                'concurrency_backend': 'threading',
                'vif_plugging_is_fatal': 'false',
                'vif_plugging_timeout': 0,
                'sync_power_state_interval': -1,
                'default_ephemeral_format': 'ext4',
                'report_interval': 5,
                'allow_resize_to_same_host': 'true',
            },
            'api': {'auth_strategy': 'keystone', 'max_limit': self.profile.page},
            'vnc': {
                'enabled': 'true',
                'server_listen': '127.0.0.1',
                'server_proxyclient_address': '127.0.0.1',
                'novncproxy_base_url': 'http://127.0.0.1:6080/vnc_auto.html',
            },
            'conductor': {'workers': 1},
            'scheduler': {'workers': 1},
            'filter_scheduler': {'track_instance_changes': 'false'},
            'quota': plenty,
            'glance': {'api_servers': self.cloud.url('glance')},
            'neutron': self.credentials(),
            'placement': self.credentials(),
            'keystone': self.credentials(),
            'cinder': {**self.cinder_credentials(), 'catalog_info': 'block-storage::publicURL'},
            'nova_sys_admin': helper,
            'privsep_osbrick': helper,
            'vif_plug_ovs_privileged': helper,
            **self.user(),
        }

    def cinder_credentials(self):
        credentials = self.credentials()
        credentials['os_region_name'] = credentials.pop('region_name')
        return credentials

    def migrations(self):
        return [
            ('nova_api', self.command('nova-manage', 'api_db', 'sync')),
            ('nova', self.command('nova-manage', 'db', 'sync', '--local_cell')),
            ('nova_cell0', self.command('nova-manage', 'db', 'sync', '--local_cell', conf=self.etc / 'cell0.conf')),
        ]

    def api(self):
        return self.serve(env={'OS_NOVA_CONFIG_DIR': str(self.etc)})

    def daemons(self):
        conf = {'nova-compute': self.etc / 'compute.conf'}
        return [
            Process(name, [PYTHON, SUPPORT / 'nova_nofork.py', name, '--config-file', conf.get(name, self.conf)])
            for name in self.tools
        ]


class Neutron(Service):
    name = 'neutron'
    databases = ('neutron',)
    endpoints = (Endpoint('neutron', 'network'),)
    copies = ('api-paste.ini',)
    wsgi = 'neutron.wsgi.api'

    def options(self):
        drivers = ['port_security', 'qos'] + (['dns_domain_ports'] if self.profile.routed else [])
        return {
            'DEFAULT': {
                'core_plugin': 'ml2',
                'service_plugins': ','.join(self.profile.plugins),
                'state_path': self.data,
                'api_paste_config': self.etc / 'api-paste.ini',
                'enable_traditional_dhcp': 'false',
                'dns_domain': f'{self.cloud.name}.example.',
                'notify_nova_on_port_status_changes': 'true',
                'notify_nova_on_port_data_changes': 'true',
                'api_workers': 1,
                'rpc_workers': 0,
                'pagination_max_limit': self.profile.page,
            },
            'ml2': {
                'type_drivers': 'flat,vlan,vxlan,local',
                'project_network_types': 'vxlan',
                'mechanism_drivers': 'oaktree_gate',
                'extension_drivers': ','.join(drivers),
            },
            'ml2_type_flat': {'flat_networks': '*'},
            'ml2_type_vlan': {'network_vlan_ranges': 'physnet1:100:999'},
            'ml2_type_vxlan': {'vni_ranges': '1:10000'},
            'quotas': {
                f'quota_{name}': 10000
                for name in ('network', 'subnet', 'port', 'router', 'floatingip', 'security_group', 'security_group_rule')
            },
            'nova': self.credentials(),
            'placement': self.credentials(),
        }

    def configure(self):
        super().configure()
        # Neutron finds its drivers by entry points, which take a distribution: this much of one is enough.
        info = self.etc / 'plugins/oaktree_gate-1.dist-info'
        info.mkdir(parents=True, exist_ok=True)
        (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: oaktree-gate\nVersion: 1\n')
        (info / 'entry_points.txt').write_text(ENTRY_POINTS)

    def migrations(self):
        return [('neutron', self.command('neutron-db-manage', 'upgrade', 'heads'))]

    def api(self):
        return self.serve(
            '--config-file',
            self.conf,
            env={
                'OS_NEUTRON_CONFIG_DIR': str(self.etc),
                'OS_NEUTRON_CONFIG_FILES': 'neutron.conf',
                'PYTHONPATH': f'{SUPPORT}:{self.etc}/plugins',
            },
        )
