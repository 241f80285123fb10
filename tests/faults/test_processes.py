# SPDX-License-Identifier: Apache-2.0
"""The server as a program: how it ends, and what it writes down."""

import base64
import json
import signal
import threading
import time
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from grpc_health.v1 import health_pb2, health_pb2_grpc
from oaktreemodel import v1 as pb

from tests.faults.base import NOW, Case, Code, Oaktree, Process

WAIT = Duration(seconds=30)
PASSWORD = 'open-sesame-1001'
Health = health_pb2.HealthCheckResponse


class ProcessCase(Case):
    """A test with a server in a process of its own."""

    def setUp(self) -> None:
        for name in self.profiles:
            self.simulation.reset(name)

    def start(self, *options: str, entries: dict[str, Any] | None = None) -> None:
        self.process = Process(self.write(entries or self.entries()), *options)
        self.addCleanup(self.process.close)
        self.channel = self.connect()
        self.compute = pb.ComputeServiceStub(self.channel)

    def connect(self) -> grpc.Channel:
        channel = grpc.insecure_channel(
            self.process.target, (('grpc.use_local_subchannel_pool', 1), ('grpc.enable_retries', 0))
        )
        self.addCleanup(channel.close)
        return channel

    def begin(self, **fields: Any) -> Any:
        fields = {'name': 'patient', 'auto_ip': True, 'wait': WAIT} | fields
        request = pb.CreateServerRequest(location={'cloud': 'alpha'}, flavor='m1.tiny', image='cirros', **fields)
        return self.compute.CreateServer.future(request, timeout=40)

    def made(self) -> None:
        self.eventually('the server was made', lambda: self.asked('alpha', 'POST', '/servers', 202))


class EndTest(ProcessCase):
    """SIGTERM: nothing that was begun is lost without a word."""

    def test_a_call_in_flight_is_answered(self) -> None:
        self.simulation.settings('alpha', build_seconds=2)
        self.start()
        health = health_pb2_grpc.HealthStub(self.channel)
        self.assertEqual(health.Check(health_pb2.HealthCheckRequest(), timeout=5).status, Health.SERVING)
        watch = health.Watch(health_pb2.HealthCheckRequest(service='oaktree.v1.ComputeService'), timeout=30)
        self.assertEqual(next(watch).status, Health.SERVING)
        call = self.begin()
        self.made()
        started = time.monotonic()
        self.process.process.send_signal(signal.SIGTERM)
        self.assertEqual(next(watch).status, Health.NOT_SERVING)
        self.assertFalse(call.done())
        self.eventually('new calls are refused', self.is_refused, 2)
        server = call.result().server
        self.assertEqual(server.state, pb.SERVER_STATE_ACTIVE)
        self.assertTrue(server.public_v4)
        watch.cancel()
        self.assertEqual(self.process.end(), 0)
        self.assertLess(time.monotonic() - started, 20)
        self.assertNotIn('Traceback', self.process.text())

    def is_refused(self) -> bool:
        with self.connect() as channel:
            try:
                pb.CloudServiceStub(channel).ListClouds(pb.ListCloudsRequest(), timeout=1)
            except grpc.RpcError as error:
                self.assertIs(error.code(), Code.UNAVAILABLE)
                return True
        return False

    def test_under_load_calls_are_answered_or_refused(self) -> None:
        self.simulation.seed('alpha', servers=50)
        self.simulation.fault('alpha', path='/servers/detail', latency=0.3)
        self.start()
        answered, refused, other = [0], [0], []
        refusing = threading.Event()

        def ask(number: int) -> None:
            fresh = {'max_age': NOW} if number % 2 else {}
            while not refusing.is_set():
                try:
                    self.compute.ListServers(pb.ListServersRequest(**fresh), timeout=20)
                    answered[0] += 1
                except grpc.RpcError as error:
                    refused[0] += 1
                    refusing.set()
                    if error.code() is not Code.UNAVAILABLE:
                        other.append((error.code(), error.details()))

        callers = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
        for caller in callers:
            caller.start()
        self.eventually('there is load', lambda: answered[0] > 100)
        self.process.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.end(), 0)
        for caller in callers:
            caller.join(20)
        self.assertEqual((other, [c for c in callers if c.is_alive()]), ([], []))
        self.assertTrue(refused[0])
        self.assertNotIn('Traceback', self.process.text())

    def test_an_idle_server_ends_at_once(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                self.start()
                self.compute.ListServers(pb.ListServersRequest(), timeout=10)
                started = time.monotonic()
                self.process.process.send_signal(number)
                self.assertEqual(self.process.end(), 0)
                self.assertLess(time.monotonic() - started, 8)
                self.assertNotIn('Traceback', self.process.text())

    def test_a_health_watch_does_not_hold_the_server_up(self) -> None:
        self.start()
        watch = health_pb2_grpc.HealthStub(self.channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
        self.assertEqual(next(watch).status, Health.SERVING)
        started = time.monotonic()
        self.process.process.send_signal(signal.SIGTERM)
        self.assertEqual(next(watch).status, Health.NOT_SERVING)
        self.assertEqual(self.process.end(), 0)
        self.assertLess(time.monotonic() - started, 15)

    def test_an_address_in_the_background_is_finished(self) -> None:
        self.simulation.settings('alpha', build_seconds=2)
        self.start()
        server = self.begin(wait=None).result().server
        self.assertFalse(server.public_v4)
        self.process.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.end(), 0)
        self.oaktree = self.serve()
        self.assertTrue(self.servers('alpha')[0].public_v4)
        self.assertNotIn('given up', self.process.text())

    def test_a_change_whose_client_has_gone_is_finished(self) -> None:
        self.simulation.fault('alpha', method='POST', path='/servers', latency=1)
        self.start()
        call = self.begin()
        self.eventually('images were asked for', lambda: self.asked('alpha', 'GET', '/images'))
        time.sleep(0.3)
        call.cancel()
        time.sleep(0.1)
        self.process.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.end(), 0)
        self.oaktree = self.serve()
        self.assertEqual([bool(server.public_v4) for server in self.servers('alpha')], [True])

    def test_an_address_that_comes_too_late_is_told_of(self) -> None:
        self.simulation.settings('alpha', build_seconds=60)
        self.oaktree = Oaktree(self.write(self.entries()))  # whose grace is one second
        server = self.create('alpha', auto_ip=True).result().server
        with self.assertLogs('oaktree', 'WARNING') as logs:
            self.oaktree.close()
        told = [line for line in logs.output if 'given up' in line]
        self.assertEqual(len(told), 1, logs.output)
        self.assertIn(server.id, told[0], 'whoever reads it must know which server')

    def test_a_hanging_cloud_does_not_keep_the_server_alive(self) -> None:
        self.start()
        self.compute.ListServers(pb.ListServersRequest(), timeout=10)
        self.simulation.fault('alpha', latency=60)
        call = self.compute.ListServers.future(pb.ListServersRequest(max_age=NOW), timeout=1)
        self.assertIs(call.code(), Code.DEADLINE_EXCEEDED)
        started = time.monotonic()
        self.process.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.end(), 0)
        self.assertLess(time.monotonic() - started, 30)


class LogTest(ProcessCase):
    """The log tells what happened, a line for each thing, and never a secret."""

    def exercise(self) -> list[str]:
        """Many calls, good and bad; returns what must not be written down."""
        self.simulation.settings('alpha', build_seconds=0, delete_seconds=0, action_seconds=0)
        secrets = [PASSWORD]
        user_data = b'for-my-server-only' + b'!' * 30
        secrets += ['for-my-server-only', base64.b64encode(user_data).decode()[:20]]
        server = self.begin(user_data=user_data, metadata={'a': 'one\ntwo'}).result().server
        pair = self.compute.CreateKeypair(pb.CreateKeypairRequest(location={'cloud': 'alpha'}, name='mine'), timeout=10).keypair
        secrets += [line for line in pair.private_key.splitlines() if len(line) > 30]
        self.assertGreater(len(secrets), 5)
        network = pb.NetworkServiceStub(self.channel)
        stop = pb.StopServerRequest(location={'cloud': 'alpha'}, name_or_id=server.id, wait=WAIT)
        for call, request in (
            (self.compute.ListServers, pb.ListServersRequest()),
            (self.compute.ListServers, pb.ListServersRequest(location={'cloud': 'no\nsuch\r\ncloud\u2028'})),
            (self.compute.ListServers, pb.ListServersRequest(filter={'no\nsuch': 'x'}, jmespath='[?\n')),
            (self.compute.ListServers, pb.ListServersRequest(jmespath='[?\n"\x1b[31m')),
            (self.compute.GetServer, pb.GetServerRequest(name_or_id='no\nsuch \x1b[31mserver')),
            (self.compute.CreateServer, pb.CreateServerRequest(location={'cloud': 'alpha'}, name=' \n ', flavor='m1.tiny',
                                                               image='cirros', user_data=user_data)),
            (self.compute.CreateServer, pb.CreateServerRequest(location={'cloud': 'alpha', 'zone': 'no\nsuch'}, name='x',
                                                               flavor='m1.tiny', image='cirros', user_data=user_data)),
            (self.compute.CreateKeypair, pb.CreateKeypairRequest(location={'cloud': 'alpha'}, name='mine')),
            (self.compute.CreateKeypair, pb.CreateKeypairRequest(location={'cloud': 'alpha'}, name='x', public_key='no\nkey')),
            (self.compute.StopServer, stop),
            (self.compute.StopServer, stop),
            (self.compute.ListServers, pb.ListServersRequest(location={'cloud': 'wrong'})),
            (self.compute.ListServers, pb.ListServersRequest(location={'cloud': 'dead'})),
            (network.ListFloatingIps, pb.ListFloatingIpsRequest(return_partial_success=True)),
        ):  # fmt: skip
            call.future(request, timeout=10, metadata=(('authorization', 'Bearer a-token-from-afar'),)).exception()
        secrets += ['a-token-from-afar', *self.tokens()]
        self.faults()
        delete = pb.DeleteServerRequest(location={'cloud': 'alpha'}, name_or_id=server.id, wait=WAIT)
        self.compute.DeleteServer(delete, timeout=20)
        return [*secrets, 'another-password', *self.tokens()]

    def tokens(self) -> list[str]:
        """Every token that a cloud has issued and that it still knows."""
        tokens = [token for name in self.profiles for token in self.simulation.cloud(name).identity.tokens._tokens]
        self.assertTrue(tokens)
        return tokens

    def faults(self) -> None:
        """Clouds that answer nonsense."""
        for fault in (
            {'status': 503}, {'malformed': True}, {'reset': True}, {'truncate': True}, {'body': {'servers': 7}},
            {'status': 400, 'body': {'badRequest': {'message': 'line one\nline two\r\nline three', 'code': 400}}},
            {'status': 401},
        ):  # fmt: skip
            self.simulation.fault('alpha', path='/servers/detail', **fault)
            self.compute.ListServers.future(pb.ListServersRequest(max_age=NOW), timeout=10).exception()
            self.simulation.clear_faults('alpha')
            # Or the next one might meet an open circuit.
            self.eventually('alpha is well again', self.is_well)
        self.simulation.cloud('beta').identity.tokens.clear()
        self.compute.ListServers(
            pb.ListServersRequest(max_age=NOW, return_partial_success=True, location={'cloud': 'beta'}), timeout=10
        )

    def is_well(self) -> bool:
        request = pb.ListServersRequest(location={'cloud': 'alpha'}, max_age=NOW)
        return not self.compute.ListServers.future(request, timeout=10).exception()

    def clouds(self) -> dict[str, Any]:
        entries = self.entries()
        for name in self.profiles:
            entries[name]['auth']['password'] = self.simulation.cloud(name).identity.users['demo'].password = PASSWORD
        for name in ('wrong', 'dead'):
            entries[name] = json.loads(json.dumps(entries['beta']))
        entries['wrong']['auth']['password'] = 'another-password'
        entries['dead']['auth']['auth_url'] = 'http://127.0.0.1:1/identity/v3'
        return entries

    def check(self, secrets: list[str]) -> list[str]:
        self.process.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.end(), 0)
        for name in ('stdout', 'stderr'):
            for secret in secrets:
                self.assertNotIn(secret, self.process.text(name))
        self.assertEqual(self.process.text('stdout').count('\n'), 1)
        return self.process.text().split('\n')[:-1]

    def test_json_is_an_object_on_each_line(self) -> None:
        self.start('--log-level', 'debug', '--log-format', 'json', entries=self.clouds())
        lines = self.check(self.exercise())
        self.assertGreater(len(lines), 20)
        for line in lines:
            with self.subTest(line[:300]):
                entry = json.loads(line)
                self.assertIsInstance(entry, dict)
                self.assertLessEqual({'time', 'level', 'logger', 'message'}, entry.keys())
        calls = [json.loads(line) for line in lines if line.startswith('{') and '"rpc"' in line]
        self.assertTrue(any(call['code'] == 'OK' and call['rpc'] == 'CreateServer' for call in calls))
        for call in calls:
            if call['code'] == 'INTERNAL':
                self.assertIn('exception', call)

    def test_a_refusal_that_quotes_the_request_is_not_written_down(self) -> None:
        """Nova tells which value it does not like: a client may know, who has sent it, and the log may not."""
        self.start('--log-level', 'debug')
        secret = b'for-my-server-only' + b'!' * 30
        quoted = base64.b64encode(secret).decode()
        words = f"Invalid input for field/attribute server. Value: {{'user_data': '{quoted}'}}. It is not allowed."
        body = {'badRequest': {'message': words, 'code': 400}}
        self.simulation.fault('alpha', method='POST', path='/servers', status=400, body=body)
        with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', quoted):
            self.begin(user_data=secret).result()
        self.check([quoted])

    def test_text_is_a_line_for_each_record(self) -> None:
        self.start('--log-level', 'debug', entries=self.clouds())
        lines = self.check(self.exercise())
        self.assertGreater(len(lines), 20)
        inside = False
        for line in lines:
            with self.subTest(line[:300]):
                # A traceback of our own mistake may follow its record; nothing else may.
                inside = line.startswith('Traceback') or (inside and not line[:2].isdigit())
                if not inside:
                    self.assertRegex(line, r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR) [\w.]+: ')
                self.assertNotIn('\x1b', line, "nobody colours, or clears, the reader's terminal")
