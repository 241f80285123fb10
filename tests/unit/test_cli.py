# SPDX-License-Identifier: Apache-2.0
"""``python -m oaktree``: one line and exit status 2 where something is to be mended, 0 when it is stopped."""

import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import unittest
from typing import Any

import grpc
from oaktreemodel import v1 as pb

CLOUDS = 'clouds: {alpha: {auth: {auth_url: "http://127.0.0.1:9/v3", username: u, password: hunter2, project_name: p}}}\n'
SECONDS = 60


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.config = self.write(CLOUDS)

    def write(self, text: str) -> str:
        path = self.folder / 'clouds.yaml'
        path.write_text(text)
        return str(path)

    def start(self, *arguments: str) -> 'subprocess.Popen[str]':
        kept = {name: os.environ[name] for name in ('PATH', 'PYTHONPATH') if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, '-m', 'oaktree', *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.folder, env=kept | {'HOME': str(self.folder), 'XDG_RUNTIME_DIR': str(self.folder / 'run')},
        )  # fmt: skip
        self.addCleanup(self.end, process)
        return process

    def end(self, process: Any) -> None:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=SECONDS)

    def run_to_its_end(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=SECONDS)
        return process.returncode, out, err

    def serve(self, *arguments: str) -> tuple[Any, str]:
        """A server that has said that it is ready, and what it said."""
        process = self.start('--config', self.config, *arguments)
        line = process.stdout.readline()
        self.assertTrue(line.startswith('oaktree serves '), line or process.communicate(timeout=SECONDS)[1])
        return process, line.rstrip('\n')

    def stop(self, process: Any, signum: int = signal.SIGTERM) -> tuple[int, str]:
        process.send_signal(signum)
        _, err = process.communicate(timeout=SECONDS)
        return process.returncode, err


class RefusalTest(Case):
    def refuses(self, *arguments: str, words: tuple[str, ...]) -> None:
        code, out, err = self.run_to_its_end(*arguments)
        self.assertEqual((code, out), (2, ''), err)
        self.assertEqual(err.count('\n'), 1, err)
        self.assertTrue(err.startswith('oaktree-server: '), err)
        for word in words:
            self.assertIn(word, err)
        self.assertNotIn('hunter2', err)

    def test_a_broken_file_is_named(self) -> None:
        for text in ('clouds: {alpha: {auth: {password: %hunter2', 'clouds: {alpha: {auth: {password: !!int hunter2}}}'):
            with self.subTest(text):
                self.refuses('--config', self.write(text), words=('clouds.yaml', 'YAML'))

    def test_a_missing_file_is_named(self) -> None:
        self.refuses('--config', 'missing.yaml', words=('missing.yaml', 'No such file'))

    def test_a_file_without_clouds_is_named(self) -> None:
        self.refuses('--config', self.write('{}'), words=('clouds.yaml', 'has no clouds'))

    def test_no_file_anywhere_leads_to_the_demo(self) -> None:
        if pathlib.Path('/etc/openstack').exists():
            self.skipTest('this machine has clouds of its own')
        os.unlink(self.config)
        self.refuses(words=('--config', '--demo'))

    def test_an_unknown_cloud_is_named(self) -> None:
        self.refuses('--config', self.config, '--cloud', 'gamma', words=("'gamma'", 'alpha'))

    def test_an_address_that_others_can_reach_is_refused(self) -> None:
        for address in ('0.0.0.0:0', '[::]:0', '192.0.2.1:50051', 'example.org:50051', ':50051', '*:50051'):
            with self.subTest(address):
                self.refuses('--config', self.config, '--listen', address, words=(address, 'loopback'))

    def test_what_is_no_address_is_refused(self) -> None:
        for address in ('127.0.0.1', '127.0.0.1:', '127.0.0.1:http', '127.0.0.1:65536', 'unix:', '127.0.0.1:²'):
            with self.subTest(address):
                self.refuses('--config', self.config, '--listen', address, words=(address,))

    def test_one_bad_address_of_two_is_refused(self) -> None:
        self.refuses('--config', self.config, '--listen', '127.0.0.1:0', '--listen', '0.0.0.0:0', words=('0.0.0.0:0',))

    def test_a_port_in_use_is_refused(self) -> None:
        with socket.create_server(('127.0.0.1', 0)) as other:
            address = f'127.0.0.1:{other.getsockname()[1]}'
            self.refuses('--config', self.config, '--listen', address, words=(address, 'in use'))

    def test_a_port_of_another_oaktree_is_refused(self) -> None:
        _, line = self.serve('--listen', '127.0.0.1:0')
        address = line.rpartition(' ')[2]
        self.refuses('--config', self.config, '--listen', address, words=(address, 'in use'))

    def test_a_socket_in_use_is_refused_and_stays(self) -> None:
        address = f'unix:{self.folder}/sock'
        self.serve('--listen', address)
        self.refuses('--config', self.config, '--listen', address, words=(address, 'in use'))
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f'{self.folder}/sock')

    def test_a_file_that_is_no_socket_is_not_touched(self) -> None:
        self.refuses('--config', self.config, '--listen', f'unix:{self.config}', words=('in use',))
        self.assertEqual(pathlib.Path(self.config).read_text(), CLOUDS)

    def test_a_socket_that_cannot_be_made_is_told(self) -> None:
        self.refuses('--config', self.config, '--listen', f'unix:{self.config}/sock', words=('cannot be made',))
        self.refuses('--config', self.config, '--listen', f'unix:/tmp/{"x" * 100}', words=('too long',))


class ServingTest(Case):
    def test_it_says_what_it_serves_and_where(self) -> None:
        process, line = self.serve('--listen', '127.0.0.1:0', '--listen', f'unix:{self.folder}/sock')
        self.assertRegex(line, rf'^oaktree serves alpha on 127\.0\.0\.1:[1-9]\d*, unix:{self.folder}/sock$')
        for address in line.partition(' on ')[2].split(', '):
            with grpc.insecure_channel(address) as channel:
                clouds = (
                    pb.CloudServiceStub(channel).ListClouds(pb.ListCloudsRequest(), timeout=SECONDS, wait_for_ready=True).clouds
                )
                self.assertEqual([cloud.name for cloud in clouds], ['alpha'])
        self.assertEqual(self.stop(process)[0], 0)

    def test_it_stops_when_it_is_told_to(self) -> None:
        for signum in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signum.name):
                process, _ = self.serve('--listen', '127.0.0.1:0')
                code, err = self.stop(process, signum)
                self.assertEqual(code, 0, err)
                self.assertNotIn('Traceback', err)

    def test_a_socket_that_a_dead_server_left_is_replaced(self) -> None:
        address = f'unix:{self.folder}/sock'
        process, _ = self.serve('--listen', address)
        process.kill()
        process.wait(SECONDS)
        self.assertTrue(pathlib.Path(self.folder, 'sock').is_socket())
        process, _ = self.serve('--listen', address)
        self.assertEqual(self.stop(process)[0], 0)

    def test_the_socket_is_its_owners_alone(self) -> None:
        self.serve('--listen', f'unix:{self.folder}/new/sock')
        self.assertEqual(stat.S_IMODE((self.folder / 'new').stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE((self.folder / 'new' / 'sock').stat().st_mode) & 0o077, 0)

    def test_the_log_has_no_secret_and_no_cloud_is_needed_to_start(self) -> None:
        process, line = self.serve('--listen', '127.0.0.1:0', '--log-level', 'debug')
        with grpc.insecure_channel(line.rpartition(' ')[2]) as channel:
            with self.assertRaises(grpc.RpcError) as caught:
                pb.ComputeServiceStub(channel).ListServers(pb.ListServersRequest(), timeout=SECONDS)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        code, err = self.stop(process)
        self.assertEqual(code, 0)
        self.assertIn('ListServers UNAVAILABLE', err)
        self.assertNotIn('hunter2', err)

    def test_the_version_is_told(self) -> None:
        code, out, err = self.run_to_its_end('--version')
        self.assertEqual((code, err), (0, ''))
        self.assertRegex(out, r'^oaktree \d+\.\d+\.\d+')

    def test_help_names_every_option(self) -> None:
        code, out, _ = self.run_to_its_end('--help')
        self.assertEqual(code, 0)
        for option in ('--config', '--cloud', '--listen', '--demo', '--log-level', '--log-format', '--version'):
            self.assertIn(option, out)


if __name__ == '__main__':
    unittest.main()
