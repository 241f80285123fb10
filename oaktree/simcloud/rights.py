# SPDX-License-Identifier: Apache-2.0
"""What a user with only the reader role may do, by the services' own policies: look."""

from __future__ import annotations

from oaktree.simcloud.http import Call, Refusal, Service, split

LOOKS = ('GET', 'HEAD')
OWN = {'identity': '/', 'compute': '/os-keypairs'}
"""Service -> where things are the user's rather than the project's."""
VERBS = {'POST': 'create', 'PUT': 'update', 'PATCH': 'modify', 'DELETE': 'delete'}


def check(service: Service, call: Call, template: str) -> None:
    """:raises Refusal: in the service's own words, where its policy wants a member of the project."""
    if not call.token.reads_only or (service.type in OWN and template.startswith(OWN[service.type])):
        return
    if call.method in LOOKS and (service.type, template) != ('image', '/images/{id}/file'):
        return
    _look(service, call)
    action, kind = f'{VERBS.get(call.method, "get")}_{template.split("/")[1].rstrip("s")}', ''
    words = "Policy doesn't allow {} to be performed."
    if service.type == 'network':
        words, kind = 'rule:{} is disallowed by policy', 'PolicyNotAuthorized'
    elif service.type == 'image':
        words = 'You are not authorized to complete {} action.'
    elif service.type == 'load-balancer':
        words = 'Policy does not allow this request to be performed.'
    raise Refusal(403, words.format(action), kind)


def _look(service: Service, call: Call) -> None:
    """:raises Refusal: where what the call is about isn't there: that is told first."""
    parts = split(call.path)
    for size in range(1, len(parts) + 1):
        try:
            route, values = service.find('GET', '/' + '/'.join(parts[:size]))
        except Refusal:
            continue  # It can't be looked at.
        try:
            route.handler(call, *values)
        except Refusal as refusal:
            if refusal.status == 404:
                raise
