# SPDX-License-Identifier: Apache-2.0
"""Commands that are one call: lists, over all clouds at once, and everything that is about one thing."""

from __future__ import annotations

import argparse
import contextlib
import functools
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import grpc
from oaktreemodel.cli import columns, options, output, problems, values
from oaktreemodel.cli.names import Command, commands, positionals, takes_several
from oaktreemodel.cli.session import Session, request_of
from oaktreemodel.paging import pages

EXPECTED = frozenset({'CREDENTIALS_MISSING', 'SERVICE_ABSENT'})
"""Why a cloud is left out of a list without a word: it has none of these, or is not among the caller's."""


def run(command: Command, arguments: Sequence[str]) -> int:
    """Makes the call that a command asks for, and shows the answer. Returns the exit status."""
    kind = request_of(command)
    chosen = parse(command, arguments)
    with Session(chosen) as session:
        if command.verb == 'List':
            return _list(session, command, _filled(session, kind, vars(chosen)), chosen)
        given = positionals(command, kind.DESCRIPTOR.fields_by_name)
        if not takes_several(command, given):
            answer = _call(session, command, _filled(session, kind, vars(chosen)))
            _show(command, answer, chosen)
            return 0
        return _each(session, command, kind, chosen)


def parse(command: Command, arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command."""
    parser = options.parser(command, request_of(command).DESCRIPTOR, options.comments(arguments))
    return parser.parse_args(bare_wait(arguments))


def bare_wait(arguments: Sequence[str]) -> list[str]:
    """--wait without a number, so that what follows is not taken for one."""
    made = list(arguments)
    for at, argument in enumerate(made):
        if argument == '--wait' and not _is_number(made[at + 1 : at + 2]):
            made[at] = f'--wait={options.WAIT}'
    return made


def _is_number(following: Sequence[str]) -> bool:
    return bool(following) and following[0].replace('.', '', 1).isdigit()


def _filled(session: Session, kind: Any, chosen: dict[str, Any]) -> Any:
    request = session.locate(kind())
    options.fill(request, chosen)
    return request


def _call(session: Session, command: Command, request: Any) -> Any:
    method = functools.partial(session.method(command), request, timeout=session.timeout(request))
    if not sys.stderr.isatty() or not _waits(request):
        return method()
    from oaktreemodel.cli import live

    with live.Waiting(session, command, request):
        return method()


def _waits(request: Any) -> bool:
    return 'wait' in request.DESCRIPTOR.fields_by_name and request.HasField('wait')


def _each(session: Session, command: Command, kind: Any, chosen: argparse.Namespace) -> int:
    """The same for each name. One that fails does not keep the others back."""
    answers, failed = [], False
    fields = vars(chosen)
    for name in fields[f'{options.FIELD}name_or_id']:
        try:
            answers.append(_call(session, command, _filled(session, kind, fields | {f'{options.FIELD}name_or_id': name})))
        except grpc.RpcError as error:
            print(problems.line(*problems.of_call(error, session.target)), file=sys.stderr)
            failed = True
    if chosen.format or chosen.column:
        shown = [thing for answer in answers if (thing := resource(answer)) is not None]
        _show_rows(shown, shown[0].DESCRIPTOR if shown else None, chosen, with_cloud=False)
    return int(failed)


def _list(session: Session, command: Command, request: Any, chosen: argparse.Namespace) -> int:
    request.return_partial_success = not session.cloud
    descriptor = answer_of(command).fields[0].message_type
    things: list[Any] = []
    missing: dict[str, Any] = {}
    call: Any = functools.partial(session.method(command), timeout=session.timeout())
    for page in pages(call, request):
        things += getattr(page, page.DESCRIPTOR.fields[0].name)
        missing |= {str(place.location): place for place in page.unreachable}
    _tell_of(missing.values(), bool(things))
    with_cloud = not session.cloud and command.rpc != 'ListClouds'
    if command.rpc == 'ListServers' and things and 'image' in map(str.lower, chosen.column or ['image']):
        _name_images(session, things)
    _show_rows(things, descriptor, chosen, with_cloud)
    return 0


def _name_images(session: Session, servers: Iterable[Any]) -> None:
    """Puts the names of images in place of their ids, as far as they can be had: people know those."""
    listing = commands()['image list']
    known: dict[tuple[str, str], str] = {}
    with contextlib.suppress(grpc.RpcError):
        for image in everything(session, listing, session.timeout()):
            known[image.location.cloud, image.id] = image.name
    for server in servers:
        server.image_id = known.get((server.location.cloud, server.image_id)) or server.image_id


def _tell_of(missing: Iterable[Any], found: bool) -> None:
    """Warns of clouds that could not be read; where nothing was found, it may be there, and that is an error."""
    away = [place for place in missing if place.reason not in EXPECTED]
    if away and not found:
        message = f'none is found, and not all clouds answer: {away[0].location.cloud}: {away[0].message}'
        raise problems.Problem(message, away[0].reason)
    for place in away:
        output.warn(f'{place.location.cloud}: {place.message} ({place.reason})')


def answer_of(command: Command) -> Any:
    """The descriptor of what a call answers."""
    from oaktreemodel import v1 as pb

    return getattr(pb, f'{command.rpc}Response').DESCRIPTOR


def _show_rows(things: Sequence[Any], descriptor: Any, chosen: argparse.Namespace, with_cloud: bool) -> None:
    if descriptor is None:
        return
    fields = [field.name for field in descriptor.fields if field.name != 'location']
    wanted = columns.chosen(descriptor.name, fields, chosen.column, with_cloud, chosen.long)
    rows = [columns.cells(wanted, columns.flat(values.plain(thing))) for thing in things]
    output.show_list(rows, list(wanted), chosen.format)


def resource(answer: Any) -> Any:
    """The thing that an answer is about; None where it is about none, or about several."""
    found = _about(answer)
    if len(found) == 1 and answer.HasField(found[0].name):
        return getattr(answer, found[0].name)
    return None


def _about(answer: Any) -> list[Any]:
    return [field for field in answer.DESCRIPTOR.fields if values.is_nested(field) and not field.is_repeated]


def _show(command: Command, answer: Any, chosen: argparse.Namespace) -> None:
    """What an answer says, if anything."""
    lists = [field for field in answer.DESCRIPTOR.fields if values.is_nested(field) and field.is_repeated]
    if lists:
        _tell_of(getattr(answer, 'unreachable', ()), bool(getattr(answer, lists[0].name)))
        _show_rows(getattr(answer, lists[0].name), lists[0].message_type, chosen, with_cloud=True)
        return
    found = resource(answer)
    thing = answer if found is None else found
    if command.part:
        part = _about(answer)[0].message_type.fields_by_name[command.part]
        _show_rows(getattr(found, command.part, ()), part.message_type, chosen, with_cloud=False)
    elif command.verb not in ('Delete', 'Remove') and (raw := _raw(command, thing, chosen)):
        print(raw, end='' if raw.endswith('\n') else '\n')
    elif command.verb not in ('Delete', 'Remove') and thing.DESCRIPTOR.fields:
        output.show_one(one_row(thing, chosen), chosen.format)


def _raw(command: Command, thing: Any, chosen: argparse.Namespace) -> str:
    """What is wanted as it is: a console's output, and a private key, which is for a file."""
    if chosen.format or chosen.column:
        return ''
    text: str = getattr(thing, {'GetServerConsole': 'output', 'CreateKeypair': 'private_key'}.get(command.rpc, ''), '')
    return text


def one_row(thing: Any, chosen: argparse.Namespace) -> dict[str, Any]:
    """The fields of one thing that are asked for."""
    row = columns.flat({name: value for name, value in values.plain(thing).items() if name != 'as_of'})
    if not chosen.column:
        bulky = () if chosen.long or chosen.format not in (None, 'table') else columns.BULKY.get(thing.DESCRIPTOR.name, ())
        return {name: value for name, value in row.items() if name not in bulky}
    wanted = columns.chosen(thing.DESCRIPTOR.name, list(row), chosen.column, with_cloud=False, all_fields=True)
    return columns.cells({_named(title, field): field for title, field in wanted.items()}, row)


def _named(title: str, field: Any) -> str:
    """A thing by itself has its fields by their own names."""
    return field if isinstance(field, str) else title.lower()


def everything(session: Session, command: Command, timeout: float) -> Iterator[Any]:
    """What a list has, on the clouds that can be read."""
    request = session.locate(request_of(command)())
    request.return_partial_success = not session.cloud
    call: Any = functools.partial(session.method(command), timeout=timeout)
    for page in pages(call, request):
        yield from getattr(page, page.DESCRIPTOR.fields[0].name)
