# SPDX-License-Identifier: Apache-2.0
"""``serves`` refuses at start what would fail at a call; ``find`` finds the one, or says why not."""

import inspect
import unittest
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message_factory import GetMessageClass
from oaktreemodel import v1 as pb

from oaktree import context, errors, finding, verbs, writes
from oaktree.background import Background
from oaktree.caller import OWNER, Owner
from oaktree.paging import Pages
from oaktree.repeats import Repeats
from oaktree.resource import Place, Resource
from oaktree.rows.compute import FLAVOR, KEYPAIR, SERVER
from oaktree.rows.load_balancer import LOAD_BALANCER
from oaktree.rows.network import NETWORK
from tests.unit.fake import ALPHA, BETA, FakeBackend, uuid

AWAY = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'The cloud cannot be reached.')
ABSENT = errors.Failure(errors.Code.FAILED_PRECONDITION, 'SERVICE_ABSENT', 'The cloud has no such service.')
PACKAGE = 'oaktree.unit.v1'


def described() -> Any:
    """A service that no release has: List, Get, Delete of a Thing, and Shake, which is like nothing else."""
    file = descriptor_pb2.FileDescriptorProto(name='oaktree/unit/v1/things.proto', package=PACKAGE, syntax='proto3')

    def message(message_name: str, /, **fields: str) -> None:
        made = file.message_type.add(name=message_name)
        for number, (field, kind) in enumerate(fields.items(), 1):
            repeated = kind.startswith('*')
            added = made.field.add(name=field, number=number, label=3 if repeated else 1, type=9)
            if kind.strip('*'):
                added.type, added.type_name = 11, f'.{PACKAGE}.{kind.strip("*")}'

    for noun in ('Thing', 'Other'):
        message(noun, id='', name='')
    message('ListThingsRequest', name_or_id='')
    message('ListThingsResponse', things='*Thing')
    message('GetThingRequest', name_or_id='')
    message('GetThingResponse', thing='Thing')
    message('DeleteThingRequest', name_or_id='', request_id='')
    message('DeleteThingResponse')
    message('ShakeThingRequest', name_or_id='', request_id='')
    message('ShakeThingResponse', thing='Thing')
    service = file.service.add(name='ThingService')
    for rpc in ('ListThings', 'GetThing', 'DeleteThing', 'ShakeThing'):
        service.method.add(name=rpc, input_type=f'.{PACKAGE}.{rpc}Request', output_type=f'.{PACKAGE}.{rpc}Response')
    service = file.service.add(name='BinService')
    service.method.add(
        name='DeleteAllThings', input_type=f'.{PACKAGE}.DeleteThingRequest', output_type=f'.{PACKAGE}.DeleteThingResponse'
    )
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindFileByName(file.name)


FILE = described()
THINGS = FILE.services_by_name['ThingService']
THING = Resource(GetMessageClass(FILE.message_types_by_name['Thing']), 'things', '/things', 'things', ttl=5)
OTHER = Resource(GetMessageClass(FILE.message_types_by_name['Other']), 'things', '/others', 'others', ttl=5)


async def shake(_self: Any, _request: Any, _context: Any) -> Any:
    return None


COMPLETE = {
    'ListThings': verbs.list_(THING),
    'GetThing': verbs.get(THING),
    'DeleteThing': writes.delete(THING),
    'ShakeThing': shake,
}


class ServesTest(unittest.TestCase):
    def bind(self, service: Any = THINGS, **body: Any) -> type:
        return verbs.serves(service)(type('Things', (verbs.Service,), body | {'__module__': 'oaktree.services.things'}))

    def refuses(self, *words: str, service: Any = THINGS, **body: Any) -> None:
        with self.assertRaises(TypeError) as caught:
            self.bind(service, **body)
        for word in ('oaktree.services.things', *words):
            self.assertIn(word, str(caught.exception))

    def test_a_complete_servicer_is_bound(self) -> None:
        bound = self.bind(**COMPLETE)
        for rpc in THINGS.methods:
            # grpc.aio would run anything else in a thread.
            self.assertTrue(inspect.iscoroutinefunction(getattr(bound, rpc.name)), rpc.name)

    def test_a_missing_rpc_is_named(self) -> None:
        for name in COMPLETE:
            with self.subTest(name):
                self.refuses('ThingService', name, **{k: v for k, v in COMPLETE.items() if k != name})

    def test_a_misspelt_rpc_is_named(self) -> None:
        body = {k: v for k, v in COMPLETE.items() if k != 'ShakeThing'}
        self.refuses('ShakeThing', **body, ShakeThings=shake)

    def test_what_the_generated_base_has_does_not_count(self) -> None:
        class Base:
            def ListThings(self) -> None: ...

        body = {k: v for k, v in COMPLETE.items() if k != 'ListThings'} | {'__module__': 'oaktree.services.things'}
        with self.assertRaisesRegex(TypeError, 'ListThings'):
            verbs.serves(THINGS)(type('Things', (verbs.Service, Base), body))

    def test_a_verb_of_another_noun_is_named(self) -> None:
        for name, verb in (('ListThings', verbs.list_), ('GetThing', verbs.get), ('DeleteThing', writes.delete)):
            with self.subTest(name):
                self.refuses(f'{PACKAGE}.ThingService.{name}', 'Other', **COMPLETE | {name: verb(OTHER)})

    def test_a_verb_for_another_rpc_is_named(self) -> None:
        factories = {'ListThings': verbs.list_, 'GetThing': verbs.get, 'DeleteThing': writes.delete}
        for name in (*factories, 'ShakeThing'):
            for other, verb in factories.items():
                if name != other:
                    with self.subTest(name, bound_to=other):
                        self.refuses(f'{PACKAGE}.ThingService.{name}', **COMPLETE | {name: verb(THING)})

    def test_a_delete_that_is_named_for_no_noun_is_named(self) -> None:
        self.refuses('DeleteAllThings', service=FILE.services_by_name['BinService'], DeleteAllThings=writes.delete(THING))

    def test_a_handler_that_is_no_coroutine_function_is_named(self) -> None:
        def plain(_self: Any, _request: Any, _context: Any) -> Any:
            return shake(_self, _request, _context)

        for handler in (plain, lambda *_: shake(*_), None, 'ShakeThing', property(shake)):
            with self.subTest(type(handler).__name__):
                self.refuses('ThingService', 'ShakeThing', **COMPLETE | {'ShakeThing': handler})


class FindTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        context.begin(context.Call(caller=OWNER))
        self.cloud = FakeBackend(ALPHA, BETA)
        self.cloud.put(ALPHA, SERVER, pb.Server(id=uuid(1), name='web'), pb.Server(id=uuid(2), name='twin'))
        self.cloud.put(BETA, SERVER, pb.Server(id=uuid(3), name='db'), pb.Server(id=uuid(4), name='twin'))

    async def find(self, name: str, resource: Any = SERVER, **location: Any) -> tuple[str, str]:
        found = await finding.find(self.cloud, resource, pb.Location(**location), name)
        return found.place.cloud, found.item.id

    async def fails(
        self, code: errors.Code, reason: str, name: str, *words: str, resource: Any = SERVER, **location: Any
    ) -> Any:
        with self.assertRaises(errors.Failure) as caught:
            await self.find(name, resource, **location)
        self.assertEqual((caught.exception.code, caught.exception.reason), (code, reason))
        for word in words:
            self.assertIn(word, caught.exception.message)
        return caught.exception

    async def test_the_place_that_has_it_is_found(self) -> None:
        self.assertEqual(await self.find('web'), ('alpha', uuid(1)))
        self.assertEqual(await self.find('db'), ('beta', uuid(3)))
        self.assertEqual(await self.find(uuid(3)), ('beta', uuid(3)))

    async def test_it_is_looked_for_where_the_location_says(self) -> None:
        self.assertEqual(await self.find('twin', cloud='beta'), ('beta', uuid(4)))
        self.assertEqual(await self.find('twin', region='one'), ('alpha', uuid(2)))
        await self.fails(errors.Code.NOT_FOUND, 'NOT_FOUND', 'web', "'web'", 'beta/two', cloud='beta')

    async def test_what_is_nowhere_is_not_found(self) -> None:
        failure = await self.fails(errors.Code.NOT_FOUND, 'NOT_FOUND', 'nothing', "Server 'nothing'", 'alpha/one', 'beta/two')
        self.assertEqual(failure.details[0].resource_type, 'oaktree.v1.Server')
        await self.fails(errors.Code.NOT_FOUND, 'NOT_FOUND', uuid(9), uuid(9))

    async def test_two_of_a_name_are_told_with_their_ids(self) -> None:
        words = (f'alpha/one: {uuid(2)}', f'beta/two: {uuid(4)}')
        failure = await self.fails(errors.Code.FAILED_PRECONDITION, 'MULTIPLE_MATCHES', 'twin', *words)
        for word in words:
            self.assertIn(word, failure.metadata['candidates'])

    async def test_two_of_a_name_in_one_place_are_told_too(self) -> None:
        self.cloud.put(ALPHA, SERVER, *(pb.Server(id=uuid(n), name='same') for n in range(30)))
        failure = await self.fails(errors.Code.FAILED_PRECONDITION, 'MULTIPLE_MATCHES', 'same', '30 match', '…')
        self.assertLess(len(failure.status().SerializeToString()), 4096)

    async def test_an_id_wins_over_a_name_in_the_same_place(self) -> None:
        self.cloud.put(ALPHA, SERVER, pb.Server(id=uuid(1), name='web'), pb.Server(id=uuid(2), name=uuid(1)))
        self.assertEqual(await self.find(uuid(1)), ('alpha', uuid(1)))

    async def test_an_id_wins_over_a_name_in_another_place(self) -> None:
        self.cloud.put(BETA, SERVER, pb.Server(id=uuid(3), name=uuid(1)))
        self.assertEqual(await self.find(uuid(1)), ('alpha', uuid(1)))

    async def test_a_name_that_looks_like_an_id_is_found(self) -> None:
        self.cloud.put(BETA, SERVER, pb.Server(id=uuid(3), name=uuid(77)))
        self.assertEqual(await self.find(uuid(77)), ('beta', uuid(3)))

    async def test_an_id_is_found_though_another_place_is_away(self) -> None:
        self.cloud.failures[BETA] = AWAY
        self.assertEqual(await self.find(uuid(1)), ('alpha', uuid(1)))

    async def test_a_name_is_not_believed_while_another_place_is_away(self) -> None:
        # There may be another of that name.
        self.cloud.failures[BETA] = AWAY
        failure = await self.fails(errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'web', 'beta/two')
        self.assertEqual(failure.metadata['unreachable'], 'beta/two')
        await self.fails(errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'nothing', 'beta/two')
        self.assertEqual(await self.find('web', cloud='alpha'), ('alpha', uuid(1)))

    async def test_nor_is_an_id_that_is_only_a_name(self) -> None:
        # The id of a key pair is its name, and the other cloud may well have one of that name.
        self.cloud.put(ALPHA, KEYPAIR, pb.Keypair(id='mine', name='mine'))
        self.cloud.failures[BETA] = AWAY
        await self.fails(errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'mine', 'beta/two', resource=KEYPAIR)

    async def test_the_same_id_in_two_places_is_two_matches(self) -> None:
        for place in (ALPHA, BETA):
            self.cloud.put(place, FLAVOR, pb.Flavor(id='1', name='m1.tiny'))
        await self.fails(errors.Code.FAILED_PRECONDITION, 'MULTIPLE_MATCHES', '1', resource=FLAVOR)

    async def test_the_reason_of_the_only_place_is_told_as_it_is(self) -> None:
        self.cloud.failures[ALPHA] = AWAY
        with self.assertRaises(errors.Failure) as caught:
            await self.find('web', cloud='alpha')
        self.assertIs(caught.exception, AWAY)

    async def test_a_place_that_does_not_answer_is_named(self) -> None:
        self.cloud.silent.add(ALPHA)
        context.begin(context.Call(caller=OWNER, deadline=context.time.monotonic() + 0.02))
        failure = await self.fails(errors.Code.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED', 'web', 'alpha/one', cloud='alpha')
        self.assertEqual((failure.metadata['cloud'], failure.metadata['region']), ('alpha', 'one'))

    async def test_an_empty_name_is_refused(self) -> None:
        with self.assertRaises(errors.Failure) as caught:
            await finding.find(self.cloud, SERVER, pb.Location(), '', field='image')
        self.assertEqual((caught.exception.reason, caught.exception.metadata['field']), ('MISSING_FIELD', 'image'))

    async def test_zone_and_project_choose(self) -> None:
        self.cloud.put(
            ALPHA, SERVER,
            pb.Server(id='a', name='twin', location={'zone': 'z1', 'project': {'id': 'p', 'name': 'mine', 'domain_id': 'd'}}),
            pb.Server(id='b', name='twin', location={'zone': 'z2', 'project': {'id': 'q'}}),
        )  # fmt: skip
        for wanted, found in (
            ({'zone': 'z1'}, 'a'), ({'zone': 'z2'}, 'b'), ({'project': {'id': 'p'}}, 'a'), ({'project': {'id': 'q'}}, 'b'),
            ({'project': {'name': 'mine'}}, 'a'), ({'project': {'domain_id': 'd'}}, 'a'),
        ):  # fmt: skip
            with self.subTest(str(wanted)):
                self.assertEqual(await self.find('twin', cloud='alpha', **wanted), ('alpha', found))
        await self.fails(errors.Code.NOT_FOUND, 'NOT_FOUND', 'twin', cloud='alpha', zone='z3')
        await self.fails(errors.Code.NOT_FOUND, 'NOT_FOUND', 'a', cloud='alpha', zone='z2')

    async def test_what_has_no_zone_is_in_all_of_them(self) -> None:
        self.cloud.put(ALPHA, NETWORK, pb.Network(id='n', name='net'))
        self.assertEqual(await self.find('net', NETWORK, zone='z1', project={'id': 'p'}), ('alpha', 'n'))


class WhereTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        context.begin(context.Call(caller=OWNER))

    async def where(self, *places: Place, **location: str) -> Place:
        return await finding.where(FakeBackend(*places), pb.Location(**location))

    async def test_the_only_place_need_not_be_named(self) -> None:
        self.assertEqual(await self.where(ALPHA), ALPHA)
        self.assertEqual(await self.where(ALPHA, BETA, cloud='beta'), BETA)

    async def test_a_choice_is_the_callers(self) -> None:
        for places, location, field in (
            ((ALPHA, BETA), {}, 'location.cloud'),
            ((ALPHA, Place('alpha', 'other', OWNER)), {'cloud': 'alpha'}, 'location.region'),
        ):
            with self.assertRaises(errors.Failure) as caught:
                await self.where(*places, **location)
            self.assertEqual((caught.exception.reason, caught.exception.metadata['field']), ('MISSING_FIELD', field))
            self.assertIn('name one of', caught.exception.message)

    async def test_the_caller_is_part_of_the_place(self) -> None:
        context.begin(context.Call(caller=Owner('another')))
        self.assertEqual((await self.where(ALPHA)).caller.name, 'another')


class ListTest(unittest.IsolatedAsyncioTestCase):
    """A List over several places, by way of a bound servicer."""

    def setUp(self) -> None:
        context.begin(context.Call(caller=OWNER))
        from oaktree.services.compute import Compute

        self.cloud = FakeBackend(ALPHA, BETA)
        for place in (ALPHA, BETA):
            self.cloud.put(place, SERVER, pb.Server(id=uuid(1), name=place.cloud))
        self.compute: Any = Compute(self.cloud, Pages(bytes(32)), Repeats(Background()), Background())

    async def list(self, **fields: Any) -> Any:
        return await self.compute.ListServers(pb.ListServersRequest(**fields), None)

    async def test_a_place_that_is_away_fails_the_list(self) -> None:
        self.cloud.failures[BETA] = AWAY
        with self.assertRaises(errors.Failure) as caught:
            await self.list()
        self.assertEqual((caught.exception.code, caught.exception.reason), (errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE'))
        self.assertIn('return_partial_success', caught.exception.message)

    async def test_unless_the_caller_takes_what_there_is(self) -> None:
        self.cloud.failures[BETA] = AWAY
        answer = await self.list(return_partial_success=True)
        self.assertEqual([server.name for server in answer.servers], ['alpha'])
        (missing,) = answer.unreachable
        self.assertEqual(
            (missing.location.cloud, missing.location.region, missing.reason), ('beta', 'two', 'CLOUD_UNREACHABLE')
        )

    async def test_a_place_without_a_service_has_none_of_it(self) -> None:
        from oaktree.services.load_balancer import LoadBalancer

        self.cloud.put(ALPHA, LOAD_BALANCER, pb.LoadBalancer(id=uuid(1), name='web'))
        self.cloud.failures[BETA] = ABSENT
        service: Any = LoadBalancer(self.cloud, Pages(bytes(32)), Repeats(Background()), Background())
        answer = await service.ListLoadBalancers(pb.ListLoadBalancersRequest(), None)
        self.assertEqual([balancer.name for balancer in answer.load_balancers], ['web'])
        self.assertFalse(answer.unreachable)
        self.assertEqual((await finding.find(self.cloud, LOAD_BALANCER, pb.Location(), 'web')).item.id, uuid(1))
        self.cloud.failures[ALPHA] = ABSENT
        with self.assertRaises(errors.Failure) as caught:
            await service.ListLoadBalancers(pb.ListLoadBalancersRequest(return_partial_success=True), None)
        self.assertIs(caught.exception, ABSENT)

    async def test_but_one_without_what_every_cloud_has_is_a_mistake(self) -> None:
        self.cloud.failures[BETA] = ABSENT
        with self.assertRaises(errors.Failure) as caught:
            await self.list()
        self.assertEqual(caught.exception.reason, 'SERVICE_ABSENT')
        (missing,) = (await self.list(return_partial_success=True)).unreachable
        self.assertEqual(missing.reason, 'SERVICE_ABSENT')

    async def test_nothing_at_all_is_no_partial_success(self) -> None:
        self.cloud.failures |= {ALPHA: AWAY, BETA: AWAY}
        with self.assertRaises(errors.Failure) as caught:
            await self.list(return_partial_success=True)
        self.assertEqual(caught.exception.metadata['unreachable'], 'alpha/one, beta/two')

    async def test_a_place_that_does_not_answer_is_no_loss_to_the_others(self) -> None:
        self.cloud.silent.add(BETA)
        context.begin(context.Call(caller=OWNER, deadline=context.time.monotonic() + 0.02))
        answer = await self.list(return_partial_success=True)
        self.assertEqual([server.name for server in answer.servers], ['alpha'])
        self.assertEqual([missing.reason for missing in answer.unreachable], ['CLOUD_TIMEOUT'])

    async def test_the_caller_is_left_time_to_hear_of_it(self) -> None:
        self.cloud.silent.add(BETA)
        begun = context.time.monotonic()
        context.begin(context.Call(caller=OWNER, deadline=begun + 0.2))
        with self.assertRaises(errors.Failure) as caught:
            await self.list()
        self.assertEqual(caught.exception.code, errors.Code.DEADLINE_EXCEEDED)
        self.assertGreater(context.time.monotonic() - begun, 0.15)
        self.assertLess(finding.PATIENCE, 0.95)

    async def test_a_negative_age_is_refused(self) -> None:
        with self.assertRaises(errors.Failure) as caught:
            await self.list(max_age={'seconds': -1})
        self.assertEqual(caught.exception.metadata['field'], 'max_age')


if __name__ == '__main__':
    unittest.main()
