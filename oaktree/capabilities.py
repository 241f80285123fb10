# SPDX-License-Identifier: Apache-2.0
"""What a place can do: what ``clouds.yaml`` says, what its services answer, and how each of it was learned.

A service that does not answer, or not to this caller, costs only what it would have told.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree import context, errors
from oaktree.backends.base import Backend
from oaktree.resource import Document, Place
from oaktree.rows.every import ROWS
from oaktree.rows.network import SUBNET

KNOWN = 300.0
"""Seconds that answers are believed."""

IN_DOUBT = 5.0
"""Seconds where one is missing because a service was away."""

PATIENCE = 0.7
"""The part of a caller's deadline that one service may take."""

MOST = 1000
"""Places, each of one caller, that are remembered."""

AWAY = (errors.Code.UNAVAILABLE, errors.Code.DEADLINE_EXCEEDED, errors.Code.RESOURCE_EXHAUSTED, errors.Code.INTERNAL)
"""How a question fails that may be answered next time."""


@dataclass(frozen=True)
class Question:
    """One request, and the fields that its answer fills."""

    service: str
    path: str
    """``ID`` stands for the id of the caller's project."""
    fields: tuple[str, ...]
    take: Callable[[pb.Capabilities, Any], None]


def _nova_zones(found: Document) -> list[str]:
    return sorted({zone['zoneName'] for zone in found['availabilityZoneInfo'] if zone['zoneState']['available']})


def _compute_zones(to: pb.Capabilities, found: Document) -> None:
    to.compute_zones.extend(_nova_zones(found))


def _volume_zones(to: pb.Capabilities, found: Document) -> None:
    to.volume_zones.extend(_nova_zones(found))


def _network_zones(to: pb.Capabilities, found: Document) -> None:
    to.network_zones.extend(sorted({zone['name'] for zone in found['availability_zones'] if zone['state'] == 'available'}))


def _share_zones(to: pb.Capabilities, found: Document) -> None:
    to.share_zones.extend(sorted({zone['name'] for zone in found['availability_zones']}))


def _schema(to: pb.Capabilities, found: Document) -> None:
    known = found['properties']
    to.image_disk_formats.extend(sorted(name for name in known['disk_format']['enum'] if name))
    to.image_container_formats.extend(sorted(name for name in known['container_format']['enum'] if name))


def _imports(to: pb.Capabilities, found: Document) -> None:
    to.image_import_methods.extend(sorted(found['import-methods']['value']))


def _stores(to: pb.Capabilities, found: Document) -> None:
    stores = sorted(found['stores'], key=lambda store: (str(store.get('default')).lower() != 'true', store['id']))
    to.image_stores.extend(store['id'] for store in stores)


def _extensions(to: pb.Capabilities, found: Document) -> None:
    to.network_extensions.extend(sorted(extension['alias'] for extension in found['extensions']))
    to.stateless_security_groups = 'stateful-security-group' in to.network_extensions


def _info(to: pb.Capabilities, found: Document) -> None:
    swift, slo = found.get('swift', {}), found.get('slo', {})
    to.object_store.CopyFrom(
        pb.ObjectStoreCapability(
            max_object_size_bytes=swift.get('max_file_size', 0),
            segments='slo' in found,
            min_segment_size_bytes=slo.get('min_segment_size', 0),
            max_segments=slo.get('max_manifest_segments', 0),
            temporary_urls='tempurl' in found,
            max_list_size=swift.get('container_listing_limit', 0),
            features=sorted(found),
        )
    )


def _quotas(service: str, key: str) -> Callable[[pb.Capabilities, Any], None]:
    def take(to: pb.Capabilities, found: Document) -> None:
        to.quotas.update({f'{service}.{name}': limit for name, limit in found[key].items() if isinstance(limit, int)})

    return take


QUESTIONS = (
    Question('compute', '/os-availability-zone', ('compute_zones',), _compute_zones),
    Question('compute', '/os-quota-sets/ID', ('quotas',), _quotas('compute', 'quota_set')),
    Question('block-storage', '/os-availability-zone', ('volume_zones',), _volume_zones),
    Question('block-storage', '/os-quota-sets/ID', ('quotas',), _quotas('block-storage', 'quota_set')),
    Question('image', '/schemas/image', ('image_disk_formats', 'image_container_formats'), _schema),
    Question('image', '/info/import', ('image_import_methods',), _imports),
    Question('image', '/info/stores', ('image_stores',), _stores),
    Question('network', '/availability_zones', ('network_zones',), _network_zones),
    Question('network', '/extensions', ('network_extensions', 'stateless_security_groups'), _extensions),
    Question('network', '/quotas/ID', ('quotas',), _quotas('network', 'quota')),
    Question('shared-file-system', '/availability-zones', ('share_zones',), _share_zones),
    Question('object-store', '/info', ('object_store',), _info),
)

VERSIONS = 'catalog; clouds.yaml: has_SERVICE; block-storage, compute, identity, image, network: GET /'
"""Where services and their versions are learned. Others have none to choose from, or tell them in words of their own."""

NETWORKS = (
    'floating_ips', 'requires_floating_ip', 'public_networks', 'private_networks', 'floating_networks', 'networks',
)  # fmt: skip
"""Fields that are learned from the networks."""


@dataclass(frozen=True)
class Known:
    """What has been learned of a place but for its networks."""

    message: pb.Capabilities
    types: frozenset[str]
    as_of: float
    until: float


class Learner:
    """Learns what places can do, and remembers it for a while."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._known: dict[Place, Known] = {}
        self._asking: defaultdict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def learn(self, place: Place, fresh_since: float | None) -> tuple[pb.Capabilities, float]:
        """The capabilities of a place, and how old they are.

        :param fresh_since: the oldest acceptable moment, in seconds since the epoch; None leaves it to us.
        """
        async with self._asking[place]:
            known = self._known.get(place)
            if not known or (time.time() > known.until if fresh_since is None else known.as_of < fresh_since):
                known = await self._ask(place)
                self._remember(place, known)
        found, as_of = pb.Capabilities(), known.as_of
        found.CopyFrom(known.message)
        if 'network' in known.types:
            as_of = min(as_of, await self._networks(place, found, fresh_since))
        return found, as_of

    def _remember(self, place: Place, known: Known) -> None:
        if len(self._known) >= MOST:
            now = time.time()
            for old in [old for old, one in self._known.items() if one.until < now] or list(self._known):
                del self._known[old]
                if not self._asking[old].locked():
                    del self._asking[old]
        self._known[place] = known

    async def _ask(self, place: Place) -> Known:
        as_of = time.time()
        services, found = await asyncio.gather(self._backend.services(place), self._backend.configuration(place))
        found.location.CopyFrom(pb.Location(cloud=place.cloud, region=place.region))
        found.services.extend(services)
        found.learned_from['services'] = VERSIONS
        for row in ROWS.values():
            age = Duration()
            age.FromNanoseconds(int(row.ttl * 1e9))
            found.default_max_ages[row.noun].CopyFrom(age)
        found.learned_from['default_max_ages'] = 'oaktree'
        types = frozenset(service.type for service in services if not service.disabled_reason)
        project = (await self._backend.project(place)).id
        questions = [question for question in QUESTIONS if question.service in types]
        answers = await asyncio.gather(*(self._answer(place, project, question) for question in questions))
        away = [_taken(question, answer, found) in AWAY for question, answer in zip(questions, answers, strict=True)]
        return Known(found, types, as_of, as_of + (IN_DOUBT if any(away) else KNOWN))

    async def _answer(self, place: Place, project: str, question: Question) -> Document | errors.Failure:
        try:
            async with asyncio.timeout(context.current().patience() * PATIENCE):
                path = question.path.replace('ID', project)
                if question.service == 'object-store':
                    path = await self._beside(place, question)
                return (await self._backend.fetch(place, question.service, path)).document
        except errors.Failure as failure:
            return failure
        except TimeoutError:
            return errors.deadline(f'GET {question.path}')

    async def _beside(self, place: Place, question: Question) -> str:
        """Swift tells what it can do beside its accounts: https://HOST/v1/AUTH_x -> https://HOST/info."""
        endpoint, _, _ = await self._backend.door(place, question.service)
        account = endpoint.rstrip('/').rpartition('/v1')
        return (account[0] or endpoint.rstrip('/')) + question.path

    async def _networks(self, place: Place, found: pb.Capabilities, fresh_since: float | None) -> float:
        addressing, subnets = await asyncio.gather(
            self._backend.addressing(place, fresh_since), self._backend.list(SUBNET, place, fresh_since)
        )
        found.floating_ips = bool(addressing.floating)
        found.requires_floating_ip = addressing.requires_floating_ip
        found.public_networks.extend(_names(addressing.public))
        found.private_networks.extend(_names(addressing.private))
        found.floating_networks.extend(one.name for one in addressing.floating)
        on: defaultdict[str, list[pb.Subnet]] = defaultdict(list)
        for subnet in subnets.items:
            on[subnet.network_id].append(subnet)
        every = {one.id: one for one in (*addressing.public, *addressing.private, *addressing.floating)}
        public, attachable = (
            {one.id for one in some} for some in (addressing.public, [*addressing.public, *addressing.private])
        )
        floating = [one.id for one in addressing.floating]
        for one in sorted(every.values(), key=lambda one: (one.name, one.id)):
            gateway = bool(floating) and one.id not in public and any(subnet.gateway_ip for subnet in on[one.id])
            chosen = addressing.nat_destination in (one.id, one.name) if addressing.nat_destination else gateway
            found.networks.add(
                id=one.id, name=one.name, public=one.id in public, attachable=one.id in attachable, floating=one.id in floating,
                ipv4=any(subnet.ip_version == 4 for subnet in on[one.id]), nat_source=one.id in floating[:1],
                ipv6=any(subnet.ip_version == 6 for subnet in on[one.id]), nat_destination=chosen and one.id in attachable,
                default_interface=addressing.default_interface in (one.id, one.name),
            )  # fmt: skip
        for field in NETWORKS:
            found.learned_from[field] = 'clouds.yaml: networks; network: GET /networks, /subnets, /extensions'
        return min(addressing.as_of, subnets.whole)


def _taken(question: Question, answer: Document | errors.Failure, found: pb.Capabilities) -> errors.Code | None:
    """Fill the fields of a question, and say where from; returns how it failed, if it did."""
    failure = answer if isinstance(answer, errors.Failure) else None
    try:
        if not isinstance(answer, errors.Failure):
            question.take(found, answer)
    except (AttributeError, KeyError, TypeError, ValueError):
        failure = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN', 'It is not what this service answers.')
    for field in question.fields:
        if failure:
            _add(found.unlearned, field, f'{question.service}: {failure.code.name}: {failure.message}')
        else:
            _add(found.learned_from, field, f'{question.service}: GET {question.path}')
    return failure.code if failure else None


def _names(networks: Iterable[pb.Network]) -> Sequence[str]:
    return sorted(one.name for one in networks)


def _add(to: Any, field: str, text: str) -> None:
    """Say one more thing of a field; several services may tell of it."""
    known: Mapping[str, str] = to
    to[field] = f'{known[field]}; {text}' if field in known else text
