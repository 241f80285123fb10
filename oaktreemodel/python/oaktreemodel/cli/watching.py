# SPDX-License-Identifier: Apache-2.0
"""``oaktree watch``: what there is and how it changes, as a live table on a terminal and else a line for each change."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import oaktreemodel
from oaktreemodel import v1 as pb
from oaktreemodel.cli import columns, live, options, output, values
from oaktreemodel.cli.names import Command, singular
from oaktreemodel.cli.problems import Problem
from oaktreemodel.cli.session import Session

ENDLESS = 10.0**9


def run(_: Command, arguments: Sequence[str]) -> int:
    """Watches until it is interrupted, its time is over, or the server ends it."""
    chosen = _parser().parse_args(arguments)
    with Session(chosen) as session:
        responses = _responses(session, chosen)
        if sys.stdout.isatty() and chosen.format in (None, 'table') and _live(responses, chosen, bool(session.cloud)):
            return 0
        for response in responses:
            _tell(response, chosen.format)
    return 0


def _parser() -> options.Parser:
    kinds = [name.removeprefix('RESOURCE_KIND_').lower() for name in pb.ResourceKind.keys()[1:]]
    parser = options.Parser(
        prog='oaktree watch', parents=[options.common()], description='Tells what there is, and each change.'
    )
    parser.add_argument('kinds', nargs='+', type=kind_number, metavar='KIND', help=f'of {", ".join(kinds)}; also in the plural')
    parser.add_argument('--name', '--name-or-id', dest='name', default='', help='only those with this name or id')
    parser.add_argument('--jmespath', default='', help='judges each by itself, as [?name == `web`] does')
    parser.add_argument(
        '--filter', action='append', default=[], type=_pair, metavar='KEY=VALUE', help='a field that must be equal'
    )
    parser.add_argument('--for', dest='for_seconds', type=float, default=ENDLESS, metavar='SECONDS', help='stop after so long')
    return parser


def kind_number(text: str) -> int:
    """Of `servers`, `floating-ip` or `security_groups`."""
    word = re.sub('[- ]', '_', text.lower())
    for name in (word, singular(word)):
        if f'RESOURCE_KIND_{name.upper()}' in pb.ResourceKind.keys():  # noqa: SIM118
            return pb.ResourceKind.Value(f'RESOURCE_KIND_{name.upper()}')
    raise argparse.ArgumentTypeError(f'there is no kind {text!r} to watch')


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition('=')
    return key, value


def _responses(session: Session, chosen: Any) -> Iterator[Any]:
    """What the server tells, until the time is over."""
    subscriptions = []
    for kind in dict.fromkeys(chosen.kinds):
        wanted = pb.WatchSubscription(
            kind=kind, watch_id=kind_word(kind), name_or_id=chosen.name, jmespath=chosen.jmespath, filter=dict(chosen.filter)
        )
        subscriptions.append(session.locate(wanted))
    over = threading.Event()

    def stop() -> None:
        over.set()
        session.client.close()

    timer = threading.Timer(min(chosen.for_seconds, threading.TIMEOUT_MAX), stop)
    timer.daemon = True
    timer.start()
    try:
        for response in oaktreemodel.follow(session.client.watch.Watch, *subscriptions):
            if response.WhichOneof('event') == 'ended' and response.ended.code:
                raise Problem(f'the watch of {response.watch_id} has ended: {response.ended.message}', response.ended.reason)
            yield response
    except (grpc.RpcError, ValueError):
        # A call on a channel that has been closed is a ValueError.
        if not over.is_set():
            raise
    finally:
        timer.cancel()


def kind_word(kind: int) -> str:
    return pb.ResourceKind.Name(kind).removeprefix('RESOURCE_KIND_').lower()


def _tell(response: Any, form: str | None) -> None:
    """A line for each change, or, with JSON, for everything that the server says."""
    event = response.WhichOneof('event')
    if form == 'json':
        for told in _events(response, event):
            print(json.dumps(told, ensure_ascii=False))
    elif event == 'unreachable':
        output.warn(f'{response.unreachable.location.cloud}: {response.unreachable.message} ({response.unreachable.reason})')
    elif event == 'reachable':
        print(time.strftime('%H:%M:%S'), 'REACHABLE', response.reachable.location.cloud)
    elif event == 'changes':
        for change in response.changes.changes:
            thing = live.thing(change)
            if thing is not None:
                words = (change_word(change), thing.location.cloud, response.watch_id, thing.id, thing.name, live.state(change))
                print(time.strftime('%H:%M:%S'), *(output.printable(word) for word in words if word))
    sys.stdout.flush()


def _events(response: Any, event: str | None) -> Iterator[dict[str, Any]]:
    if event == 'changes':
        for change in response.changes.changes:
            thing = live.thing(change)
            if thing is not None:
                told = columns.flat(values.plain(thing))
                yield {'event': change_word(change), 'kind': response.watch_id, 'resource': told}
    elif event:
        told = {'event': event.upper(), 'kind': response.watch_id}
        yield told | {event: values.plain(getattr(response, event))}


def change_word(change: Any) -> str:
    return values.short(pb.WatchChangeType.DESCRIPTOR, pb.WatchChangeType.Name(change.type))


class Known:
    """Everything that has been told and is not gone, as tables."""

    def __init__(self, chosen: Any, one_cloud: bool) -> None:
        self._chosen, self._one_cloud = chosen, one_cloud
        self._things: dict[str, dict[tuple[str, str], Any]] = {kind_word(kind): {} for kind in chosen.kinds}
        self._away: dict[str, str] = {}

    def learn(self, response: Any) -> None:
        """Takes in what a response says."""
        things, event = self._things[response.watch_id], response.WhichOneof('event')
        if event == 'started' and not response.started.resumed:
            things.clear()
        elif event == 'unreachable':
            self._away[response.unreachable.location.cloud] = response.unreachable.message
        elif event == 'reachable':
            self._away.pop(response.reachable.location.cloud, None)
        elif event == 'changes':
            for change in response.changes.changes:
                thing = live.thing(change)
                if thing is not None and change.type == pb.WATCH_CHANGE_TYPE_DELETED:
                    things.pop((thing.location.cloud, thing.id), None)
                elif thing is not None:
                    things[thing.location.cloud, thing.id] = thing

    def tables(self) -> Any:
        """For rich to draw."""
        from rich.console import Group
        from rich.text import Text

        shown: list[Any] = []
        for kind, things in self._things.items():
            if not things:
                shown.append(Text(f'no {kind.replace("_", " ")}'))
                continue
            ordered = [things[key] for key in sorted(things)]
            descriptor = ordered[0].DESCRIPTOR
            fields = [field.name for field in descriptor.fields if field.name != 'location']
            wanted = columns.chosen(descriptor.name, fields, self._chosen.column, not self._one_cloud, self._chosen.long)
            rows = [columns.cells(wanted, columns.flat(values.plain(thing))) for thing in ordered]
            texts = [[output.text(row[title]) for title in wanted] for row in rows]
            shown.append(output.rich_table(list(wanted), texts, output.numeric(rows, list(wanted))))
        shown += [Text(f'{cloud}: {message}', style='red') for cloud, message in sorted(self._away.items())]
        return Group(*shown)


def _live(responses: Iterator[Any], chosen: Any, one_cloud: bool) -> bool:
    try:
        from rich.live import Live
    except ImportError:
        return False
    known = Known(chosen, one_cloud)
    with Live(known.tables(), vertical_overflow='crop') as shown, contextlib.suppress(KeyboardInterrupt):
        for response in responses:
            known.learn(response)
            shown.update(known.tables())
    return True
