# SPDX-License-Identifier: Apache-2.0
"""The filters of Nova's lists of servers."""

from __future__ import annotations

import re
from collections.abc import Callable

from oaktree.simcloud.compute_servers import STATUSES, Server
from oaktree.simcloud.http import Call, Refusal, parse_time
from oaktree.simcloud.network_rules import Rules

Predicate = Callable[[Server], bool]
KNOWN = {status for default, tasks in STATUSES.values() for status in (default, *tasks.values())}
TAGS = (('tags', True, False), ('tags-any', False, False), ('not-tags', True, True), ('not-tags-any', False, True))


def filters(call: Call, rules: Rules) -> list[Predicate] | None:
    """What a server must pass to be listed; None where nothing can. Nova ignores what a caller may not filter by."""
    query = call.query
    passes: list[Predicate] = []
    if 'name' in query:
        passes.append(_named(query['name']))
    if 'status' in query:
        statuses = {status.upper() for status in query.getall('status')} & KNOWN
        if not statuses and call.microversion >= (2, 38):
            raise Refusal(400, 'Invalid status value')
        if not statuses:
            return None
        if statuses == {'DELETED'} and not call.token.admin:
            raise Refusal(403, 'Only administrators may list deleted instances')
        passes.append(lambda server: server.status in statuses)
    for key in ('image', 'key_name', 'vm_state', 'task_state', 'user_id'):
        if key in query and (key == 'image' or call.token.admin or call.microversion >= (2, 83)):
            passes.append(_equals('user' if key == 'user_id' else key, query[key]))
    if 'flavor' in query:
        passes.append(lambda server: bool(server.flavor['id'] == query['flavor']))
    if 'ip' in query or 'ip6' in query:
        passes.append(_addressed(query.get('ip') or query['ip6'], rules))
    for key, every, negative in TAGS:
        if key in query and call.microversion >= (2, 26):
            passes.append(_tagged(set(query[key].split(',')), every, negative))
    if 'changes-before' in query and call.microversion >= (2, 66):
        end = parse_time(query['changes-before'])
        passes.append(lambda server: server.updated <= end)
    return passes


def _named(expression: str) -> Predicate:
    try:
        pattern = re.compile(expression, re.IGNORECASE)
    except re.error:
        raise Refusal(400, 'Invalid input for query parameters name.') from None
    return lambda server: pattern.search(server.name) is not None


def _equals(attribute: str, value: str) -> Predicate:
    return lambda server: bool(getattr(server, attribute) == value)


def _addressed(expression: str, rules: Rules) -> Predicate:
    pattern = re.compile(expression)
    ports = rules.ports
    return lambda server: any(
        pattern.search(ip['ip_address']) for nic in server.nics for ip in (ports.get(nic) or {}).get('fixed_ips', ())
    )


def _tagged(tags: set[str], every: bool, negative: bool) -> Predicate:
    return lambda server: (tags <= set(server.tags) if every else bool(tags & set(server.tags))) != negative
