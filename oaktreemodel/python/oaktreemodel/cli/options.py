# SPDX-License-Identifier: Apache-2.0
"""The options of each field of a request, by the field's name and by that of the openstack command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from oaktreemodel.cli import values
from oaktreemodel.cli.names import Command, owner, positionals, singular, takes_several

WAIT = 600
"""Seconds of a bare --wait."""

FIELD = 'field '
"""What the destinations of fields begin with, so that none is taken for something else."""

HIDDEN = frozenset({'location', 'page_token', 'return_partial_success', 'update_mask'})
"""Fields that the command line fills in by itself."""

ALIASES = {
    'admin_state_up': ('--enable',),
    'boot_volume': ('--volume',),
    'cidr': ('--subnet-range',),
    'delay_seconds': ('--delay',),
    'dhcp_enabled': ('--dhcp',),
    'expire_time': ('--expiration',),
    'gateway_ip': ('--gateway',),
    'is_protected': ('--protected',),
    'key_name': ('--key',),
    'load_balancer': ('--loadbalancer',),
    'metadata': ('--property',),
    'min_disk_gib': ('--min-disk',),
    'min_ram_mib': ('--min-ram',),
    'mtu_bytes': ('--mtu',),
    'name_or_id': ('--name',),
    'no_gateway': (),
    'object_type': ('--type',),
    'prefixes': ('--pool-prefix',),
    'properties': ('--property',),
    'remote_ip_prefix': ('--remote-ip',),
    'shared': ('--share',),
    'size_gib': ('--size',),
    'source_volume': ('--source',),
    'target_project_id': ('--target-project',),
    'timeout_seconds': ('--timeout',),
    'volume_type': ('--type',),
    'CreateLoadBalancer.address': ('--vip-address',),
    'CreateLoadBalancer.network': ('--vip-network-id',),
    'CreateLoadBalancer.port': ('--vip-port-id',),
    'CreateLoadBalancer.subnet': ('--vip-subnet-id',),
    'CreatePoolMember.subnet': ('--subnet-id',),
}
"""What the openstack command calls a field, of any request or of one."""

CONSTANTS: Mapping[str, Mapping[str, Any]] = {
    'admin_state_up': {'--disable': False},
    'direction': {'--ingress': 'ingress', '--egress': 'egress'},
    'external': {'--internal': False},
    'is_protected': {'--unprotected': False},
    'stateful': {'--stateless': False},
    'visibility': {f'--{word}': word for word in ('public', 'private', 'shared', 'community')},
}
"""Options without a value, that give a field one."""

KINDS = {
    'auto_ip': '', 'boot_volume': 'volume', 'cloud': 'cloud', 'default_pool': 'pool', 'external_gateway': 'network',
    'key_name': 'keypair', 'remote_group': 'security_group', 'source_volume': 'volume',
}  # fmt: skip
"""Of fields whose name is not that of the kind of thing that they name."""


class Parser(argparse.ArgumentParser):
    """One that tells what is wrong on one line."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{'allow_abbrev': False, **options})

    def error(self, message: str) -> NoReturn:
        self.exit(2, f'error: {message}; see {self.prog} --help (USAGE)\n')


def common() -> argparse.ArgumentParser:
    """What every command takes, before it or behind it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    where = parser.add_argument_group('where')
    where.add_argument('--target', metavar='ADDRESS', help='the oaktree to call; default $OAKTREE_TARGET, the endpoint of the'
                       ' credential file, your own server')  # fmt: skip
    where.add_argument(
        '--cloud', '--os-cloud', dest='location.cloud', metavar='CLOUD', help='default $OAKTREE_CLOUD; a list asks all clouds'
    )
    where.add_argument('--region', dest='location.region', metavar='REGION')
    where.add_argument('--zone', '--availability-zone', dest='location.zone', metavar='ZONE')
    where.add_argument(
        '--deadline', type=float, metavar='SECONDS', help='when to give up, besides what --wait takes; default 60'
    )
    what = parser.add_argument_group('output')
    what.add_argument('-f', '--format', choices=('table', 'json', 'yaml', 'csv', 'value'), help='default table')
    what.add_argument(
        '-c', '--column', action='append', default=[], metavar='COLUMN', help='a column, or any field; repeatable'
    )
    what.add_argument('--long', action='store_true', help='every field')
    return parser


def comments(arguments: Sequence[str]) -> Mapping[str, str]:
    """What the protos say of calls and fields, where it is asked for: to load it takes time."""
    if not {'-h', '--help'} & set(arguments):
        return {}
    from oaktreemodel.v1.comments import COMMENTS

    return COMMENTS


def parser(command: Command, request: Any, comments: Mapping[str, str]) -> Parser:
    """The parser of one command, for a request that has these fields."""
    summary = comments.get(f'{command.service}.{command.rpc}')
    made = Parser(prog=f'oaktree {command.words}', description=summary, parents=[common()])
    fields = request.fields_by_name
    given = positionals(command, fields)
    made.set_defaults(positionals=given)
    group = made.add_argument_group('request')
    taken = {option for action in made._actions for option in action.option_strings}
    named = [(name, field) for name, field in fields.items() if name not in HIDDEN]
    taken |= {dashed(name) for name, _ in named}
    for name in given:
        if name == 'location.cloud':
            made.add_argument('named_cloud', nargs='?', metavar='CLOUD')
        else:
            several = takes_several(command, given) and name == given[-1]
            _positional(made, command, fields[name], several, comments)
    for name, field in named:
        if name not in given or name == 'name':
            _option(group, command, field, taken, comments)
    if 'port_min' in fields and 'port_max' in fields:
        group.add_argument('--dst-port', type=values.port_range, metavar='PORT[:PORT]', help='the first and the last port')
    if 'update_mask' in fields:
        group.add_argument(
            '--unset', action='append', default=[], metavar='FIELD', help='a field to set to nothing; repeatable'
        )
    return made


def dashed(name: str) -> str:
    return f'--{name.replace("_", "-")}'


def kind_of(command: Command, name: str, fields: Mapping[str, Any]) -> str:
    """What a field names one of, as the API calls it: `server`, say."""
    if name == 'name_or_id':
        return owner(command, fields)
    return KINDS.get(name) or singular(name).removesuffix('_id')


def _positional(made: Any, command: Command, field: Any, several: bool, comments: Mapping[str, str]) -> None:
    name = field.name
    nargs = '+' if several else '*' if field.is_repeated else '?' if name in ('name', 'network') else None
    metavar = 'NAME' if name == 'name' else kind_of(command, name, field.containing_type.fields_by_name).upper()
    made.add_argument(
        FIELD + name, nargs=nargs, default=argparse.SUPPRESS, type=values.converter(field), metavar=metavar,
        help=_help(field, comments),
    )  # fmt: skip


def _option(group: Any, command: Command, field: Any, taken: set[str], comments: Mapping[str, str]) -> None:
    """Adds the options for a field, under all of its names that are free."""
    name = field.name
    wanted = [*ALIASES.get(f'{command.rpc}.{name}', ALIASES.get(name, ()))]
    if field.is_repeated and not values.is_map(field):
        wanted.append(dashed(singular(name)))
    names = [dashed(name)] + [option for option in wanted if option not in taken]
    taken.update(names)
    group.add_argument(*names, dest=FIELD + name, **_takes(field), **_help_of_option(field, comments))
    for option, value in CONSTANTS.get(name, {}).items():
        if option not in taken:
            constant = values.converter(field)(value) if isinstance(value, str) else value
            group.add_argument(option, dest=FIELD + name, action='store_const', const=constant, help=argparse.SUPPRESS)
    if values.is_nested(field) and not field.is_repeated:
        for part in field.message_type.fields:
            if not part.is_repeated and part.message_type is None:
                names = [f'{dashed(name)}.{part.name.replace("_", "-")}']
                group.add_argument(*names, dest=f'{FIELD}{name}.{part.name}', **_takes(part), help=argparse.SUPPRESS)


def _takes(field: Any) -> dict[str, Any]:
    """How argparse reads the value."""
    if field.type == field.TYPE_BOOL:
        # `--no-gateway` is a field itself, and would be taken for the opposite of one.
        negative = field.name.startswith('no_')
        return {'action': 'store_const', 'const': True} if negative else {'action': argparse.BooleanOptionalAction}
    takes = {'type': values.converter(field), 'metavar': values.metavar(field)}
    return takes | ({'action': 'append'} if field.is_repeated else {})


def _help_of_option(field: Any, comments: Mapping[str, str]) -> dict[str, str]:
    if field.name == 'request_id':
        return {'help': 'a UUID of yours; for an hour, a second request with the same one does nothing, and is answered'}
    if field.name == 'wait':
        return {'help': f'wait until it is done; {WAIT} seconds where no number follows'}
    return {'help': _help(field, comments)}


def _help(field: Any, comments: Mapping[str, str]) -> str:
    text = comments.get(f'{field.containing_type.name}.{field.name}')
    return (text or str(field.name).replace('_', ' ')).replace('%', '%%')


def fill(request: Any, chosen: Mapping[str, Any]) -> None:
    """Sets the fields of a request that are given."""
    for name, value in _given(chosen):
        *path, last = name.split('.')
        message = request
        for part in path:
            message = getattr(message, part)
        values.put(message, last, value)
    if (ports := chosen.get('dst_port')) is not None:
        request.port_min, request.port_max = ports
    if unset := chosen.get('unset'):
        given = {name.partition('.')[0] for name, _ in _given(chosen)} - {*chosen['positionals'], 'request_id', 'wait'}
        request.update_mask.paths.extend(sorted({name.replace('-', '_') for name in unset} | given))


def _given(chosen: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields and their values."""
    for name, value in chosen.items():
        if name.startswith(FIELD) and value is not None and value != []:
            yield name.removeprefix(FIELD), value
