# SPDX-License-Identifier: Apache-2.0
"""The page "Who may call", done as it says."""

import pathlib
import re
import subprocess
import tempfile
from typing import Any

import grpc
from oaktreemodel import v1 as pb

from oaktree.cli import _parser
from tests.functional.base import CLOUDS, Case
from tests.functional.shared import SharedServer, bearer, sign_in

PAGE = pathlib.Path(__file__).parents[2] / 'doc' / 'source' / 'who-may-call.rst'
BLOCK = re.compile(r'^\.\. code-block:: sh\n\n((?:   .*\n|\n)+)', re.MULTILINE)

COMMAND = re.compile(r'^oaktree-server (?:.*\\\n)*.*$', re.MULTILINE)


class PageTest(Case):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-page-')))
        self.blocks = [re.sub(r'^   ', '', block, flags=re.MULTILINE) for block in BLOCK.findall(PAGE.read_text())]

    def run_blocks(self) -> None:
        """All that makes certificates, without what starts servers."""
        for block in self.blocks:
            if 'openssl' in block:
                script = COMMAND.sub('', block)
                subprocess.run(['bash', '-euc', script], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def options(self, words: str) -> dict[str, Any]:
        """What the server's command line with these words says, where it can be anywhere."""
        commands = [one for block in self.blocks for one in COMMAND.findall(block)]
        [command] = [one for one in commands if words in one]
        given = _parser().parse_args(command.replace('\\\n', ' ').split()[1:])
        files = {name: self.folder / getattr(given, name) for name in ('tls_cert', 'tls_key', 'client_ca')}
        return files | {'client_names': frozenset(given.client_name), 'service_listen': ('127.0.0.1:0',)}

    def test_its_certificates_serve_a_caller_and_a_service(self) -> None:
        self.run_blocks()
        cloud = CLOUDS[0].name
        server = SharedServer(self.stack.config, cloud, **self.options('--service-listen'))
        self.addCleanup(server.close)
        ca, cert, key = ((self.folder / name).read_bytes() for name in ('ca.pem', 'ci.pem', 'ci.key'))
        token = bearer(sign_in(self.stack.config, cloud))
        for target, credentials in (
            (server.targets[0], grpc.ssl_channel_credentials(ca)),
            (server.targets[1], grpc.ssl_channel_credentials(ca, key, cert)),
        ):
            with grpc.secure_channel(target, credentials) as channel:
                listed = pb.CloudServiceStub(channel).ListClouds(pb.ListCloudsRequest(), metadata=token, timeout=20)
                self.assertEqual([one.name for one in listed.clouds], [cloud])
