# SPDX-License-Identifier: Apache-2.0
"""What a cloud holds when it is handed over. Run in the virtual environment: seed.py identity|resources < JSON.

Both can be repeated: what is there is left alone, what an interrupted run left out is added.
"""

import json
import subprocess
import sys
import tempfile

import openstack

PUBLIC = '203.0.113.0/24'
PRIVATE = '10.0.0.0/24'


def connect(args, user):
    """In the project of the user's own name."""
    return openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        region_name=args['region'],
        auth={
            'auth_url': args['auth_url'],
            'username': user,
            'password': args['password'],
            'project_name': user,
            'user_domain_id': 'default',
            'project_domain_id': 'default',
        },
    )


# -- identity --------------------------------------------------------------------------------------------------------


def identity(args):
    i = connect(args, 'admin').identity
    roles = {r.name: r for r in i.roles()}
    for name in ('service', 'ResellerAdmin', 'heat_stack_owner', 'heat_stack_user', 'load-balancer_member', 'creator'):
        roles.setdefault(name, None)
        roles[name] = roles[name] or i.create_role(name=name)
    projects = {p.name: p for p in i.projects()}
    users = {u.name: u for u in i.users()}

    def user(name, project, *rights):
        if project not in projects:
            projects[project] = i.create_project(name=project, domain_id='default')
        if name not in users:
            users[name] = i.create_user(name=name, password=args['password'], domain_id='default')
        for right in rights:
            i.assign_project_role_to_user(projects[project], users[name], roles[right])

    for service in args['services']:
        if service != 'keystone':
            user(service, 'service', 'admin', 'service')
    extra = ['heat_stack_owner'] if 'heat' in args['services'] else []
    extra += ['load-balancer_member'] if 'octavia' in args['services'] else []
    for name, (project, role) in args['users'].items():
        user(name, project, role, *(extra if role == 'member' else ()))
    if 'swift' in args['services']:
        user('admin', 'admin', 'ResellerAdmin')
    if 'heat' in args['services']:
        stack_domain(i, args['password'], roles['admin'])
    catalog(i, args['endpoints'], args['region'])


def stack_domain(i, password, admin):
    """Heat keeps the users that its stacks make in a domain of their own."""
    domain = i.find_domain('heat') or i.create_domain(name='heat')
    owner = next(iter(i.users(domain_id=domain.id, name='heat_domain_admin')), None)
    owner = owner or i.create_user(name='heat_domain_admin', password=password, domain_id=domain.id)
    i.assign_domain_role_to_user(domain, owner, admin)


def catalog(i, endpoints, region):
    """A service that an earlier run had and this one has not is hidden: it would be found, and not answer."""
    known = {s.type: s for s in i.services()}
    offered = {'identity', *(type_ for _, type_, _ in endpoints)}
    for type_, service in known.items():
        if service.is_enabled != (type_ in offered):
            i.update_service(service, is_enabled=type_ in offered)
    for name, type_, url in endpoints:
        if type_ not in known:
            service = i.create_service(name=name, type=type_)
            for interface in ('public', 'internal', 'admin'):
                i.create_endpoint(service_id=service.id, interface=interface, region_id=region, url=url)


# -- resources -------------------------------------------------------------------------------------------------------


def resources(args):
    admin = connect(args, 'admin')
    if 'nova' in args['services']:
        known = {f.name for f in admin.compute.flavors()}
        for name, ram, vcpus, disk in args['flavors']:
            if name not in known:
                admin.compute.create_flavor(name=name, ram=ram, vcpus=vcpus, disk=disk)
    if 'cinder' in args['services'] and not admin.block_storage.find_type('other'):
        # Besides the default one, so that a volume can change its type.
        admin.block_storage.create_type(name='other')
    if 'neutron' in args['services']:
        public_network(admin.network, args['routed'])
        if args['routed']:
            private_network(connect(args, 'demo').network)
    if 'glance' in args['services'] and not admin.image.find_image('cirros'):
        public_image(admin.image, args['image_format'])


def public_network(n, routed):
    """With routers, floating IPs come from it; without, servers sit on it."""
    if n.find_network('public'):
        return
    kind = {'is_router_external': True} if routed else {'is_shared': True}
    network = n.create_network(name='public', provider_network_type='flat', provider_physical_network='public', **kind)
    n.create_subnet(
        network_id=network.id, name='public', cidr=PUBLIC, ip_version=4, gateway_ip='203.0.113.1', is_dhcp_enabled=not routed
    )


def private_network(n):
    """As clouds with floating IPs give every project: a network, and a router to the public one."""
    network = n.find_network('private') or n.create_network(name='private')
    subnet = n.find_subnet('private') or n.create_subnet(network_id=network.id, name='private', cidr=PRIVATE, ip_version=4)
    if not n.find_router('router'):
        public = n.find_network('public', ignore_missing=False)
        router = n.create_router(name='router', external_gateway_info={'network_id': public.id})
        n.add_interface_to_router(router, subnet_id=subnet.id)


def public_image(images, disk_format):
    """Empty, but of the format it says it is: Glance looks."""
    with tempfile.NamedTemporaryFile() as f:
        subprocess.run(['qemu-img', 'create', '-q', '-f', disk_format, f.name, '1M'], check=True)
        with open(f.name, 'rb') as data:
            images.create_image(
                'cirros', disk_format=disk_format, container_format='bare', visibility='public', data=data.read(), wait=True
            )


if __name__ == '__main__':
    {'identity': identity, 'resources': resources}[sys.argv[1]](json.load(sys.stdin))
