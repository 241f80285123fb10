# SPDX-License-Identifier: Apache-2.0
"""Stacks, DNS zones and load balancers."""

import textwrap

from settings import PASSWORD

from services.base import Endpoint, Service


class Heat(Service):
    name = 'heat'
    databases = ('heat',)
    endpoints = (Endpoint('heat', 'orchestration', '/v1/%(project_id)s'),)
    copies = ('api-paste.ini', 'environment.d', 'templates')
    wsgi = 'heat.wsgi.api'
    tools = ('heat-engine',)

    def options(self):
        return {
            'DEFAULT': {
                'num_engine_workers': 1,
                'environment_dir': self.etc / 'environment.d',
                'template_dir': self.etc / 'templates',
                'stack_user_domain_name': 'heat',
                'stack_domain_admin': 'heat_domain_admin',
                'stack_domain_admin_password': PASSWORD,
                'auth_encryption_key': '0123456789abcdef0123456789abcdef',
                'deferred_auth_method': 'trusts',
                'region_name_for_services': self.profile.region,
                'heat_metadata_server_url': self.url,
            },
            'paste_deploy': {'api_paste_config': self.etc / 'api-paste.ini'},
            'clients_keystone': {'auth_uri': self.cloud.url('keystone')},
            'trustee': self.credentials(),
        }

    def migrations(self):
        return [('heat', self.command('heat-manage', 'db_sync'))]


class Designate(Service):
    name = 'designate'
    databases = ('designate',)
    endpoints = (Endpoint('designate', 'dns'),)
    copies = ('api-paste.ini',)
    wsgi = 'designate.wsgi.api'
    tools = ('designate-central', 'designate-worker', 'designate-producer', 'designate-mdns')

    def database(self):
        return super().database('storage:sqlalchemy')

    def options(self):
        return {
            'DEFAULT': {'state_path': self.data},
            'service:api': {
                'api_paste_config': self.etc / 'api-paste.ini',
                'auth_strategy': 'keystone',
                'enable_api_v2': 'true',
                'enable_host_header': 'true',
                'enabled_extensions_v2': 'quotas, reports',
                'max_limit_v2': self.profile.page,
                'default_limit_v2': min(20, self.profile.page),
            },
            'service:central': {'workers': 1},
            'service:worker': {
                'workers': 1,
                'threads': 8,
                'poll_delay': 1,
                'threshold_percentage': 0,
                'poll_retry_interval': 2,
                'poll_max_retries': 5,
                'poll_timeout': 5,
            },
            'service:producer': {'workers': 1},
            'service:mdns': {'workers': 1, 'threads': 8, 'listen': f'127.0.0.1:{self.cloud.ports["mdns"]}'},
            'keystone': self.credentials(),
        }

    def write(self):
        super().write()
        # Its only name server is designate-mdns itself: that answers the poll from the database, so zones get ACTIVE.
        here = f'{{host: 127.0.0.1, port: {self.cloud.ports["mdns"]}}}'
        (self.etc / 'pools.yaml').write_text(
            textwrap.dedent(f"""\
            - name: default
              description: no name server, polled at designate-mdns
              attributes: {{}}
              ns_records:
                - {{hostname: ns1.{self.cloud.name}.example., priority: 1}}
              nameservers:
                - {here}
              targets:
                - type: fake
                  description: fake
                  masters:
                    - {here}
                  options: {here}
            """)
        )

    def migrations(self):
        return [('designate', self.command('designate-manage', 'database', 'sync'))]

    def after_first_start(self):
        return self.command('designate-manage', 'pool', 'update', '--file', self.etc / 'pools.yaml')

    def api(self):
        return self.serve(env={'OS_DESIGNATE_CONFIG_DIR': str(self.etc)})


class Octavia(Service):
    name = 'octavia'
    databases = ('octavia',)
    endpoints = (Endpoint('octavia', 'load-balancer'),)
    needs = ('neutron',)
    wsgi = 'octavia.wsgi.api'
    tools = ('octavia-worker',)

    def options(self):
        health = self.cloud.ports['octavia-health']
        return {
            'api_settings': {
                'bind_host': '127.0.0.1',
                'bind_port': self.port,
                'auth_strategy': 'keystone',
                'enabled_provider_drivers': 'amphora:no amphorae behind the real flows,octavia:alias of amphora,'
                'noop_driver:the API alone',
                'default_provider_driver': 'amphora',
                'healthcheck_enabled': 'true',
                'pagination_max_limit': self.profile.page,
            },
            'controller_worker': {
                'workers': 1,
                'amphora_driver': 'amphora_noop_driver',
                'compute_driver': 'compute_noop_driver',
                'network_driver': 'network_noop_driver',
                'volume_driver': 'volume_noop_driver',
                'image_driver': 'image_noop_driver',
                'amp_image_tag': 'amphora',
                'amp_flavor_id': 1,
                'amp_boot_network_list': '00000000-0000-0000-0000-000000000001',
                'amp_active_retries': 3,
                'amp_active_wait_sec': 1,
                'loadbalancer_topology': 'SINGLE',
                'client_ca': self.cloud.data / 'tls/cert.pem',
            },
            'certificates': self.certificates(),
            'health_manager': {
                'bind_ip': '127.0.0.1',
                'bind_port': health,
                'heartbeat_key': 'insecure',
                'controller_ip_port_list': f'127.0.0.1:{health}',
            },
            'driver_agent': {f'{kind}_socket_path': self.data / f'{kind}.sock' for kind in ('status', 'stats', 'get')},
            'oslo_messaging': {'topic': 'octavia_prov'},
            'task_flow': {'persistence_connection': '', 'jobboard_enabled': 'false'},
            'service_auth': self.credentials(),
        }

    def certificates(self):
        """Octavia's own certificate generator insists on an encrypted key of its authority."""
        tls = self.cloud.data / 'tls'
        return {
            'cert_manager': 'noop_cert_manager',
            'cert_generator': 'local_cert_generator',
            'server_certs_key_passphrase': 'insecure-key-do-not-use-this-key',
            'ca_certificate': tls / 'cert.pem',
            'ca_private_key': tls / 'key-encrypted.pem',
            'ca_private_key_passphrase': PASSWORD,
        }

    def migrations(self):
        return [('octavia', self.command('octavia-db-manage', 'upgrade', 'head'))]
