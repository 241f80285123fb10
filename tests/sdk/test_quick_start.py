# SPDX-License-Identifier: Apache-2.0
"""The quick start, as somebody pastes it who has nothing of ours: the commands are those of the page itself.

``OAKTREE_TEST_LANGUAGES=Python,Go,C++`` tries those as well, of which some compile everything for minutes.
"""

import os
import pathlib
import re
import tempfile
import unittest

from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import Case
from tests.sdk.programs import BUILD_SECONDS, run_or_fail

ROOT = pathlib.Path(__file__).parents[2]
LANGUAGES = ['Command line', *filter(None, os.environ.get('OAKTREE_TEST_LANGUAGES', '').split(','))]


def commands() -> dict[str, str]:
    """What the page tells to paste, by language."""
    page = (ROOT / 'doc' / 'source' / 'quick-start.rst').read_text()
    sections = re.findall(r'^(.+)\n-{2,}\n((?:(?!.+\n-{2,}\n).*\n)*)', page, re.MULTILINE)
    blocks = {title: re.findall(r'\.\. code-block:: sh\n\n((?:   .*\n)+)', text) for title, text in sections}
    return {title: found[0] for title, found in blocks.items() if found}


@unittest.skipUnless((ROOT / '.git').exists(), 'not in a checkout, of whose history the version is made')
class QuickStartTest(Case):
    def test_three_commands_make_a_server(self) -> None:
        page = commands()
        self.assertEqual(list(page), ['Command line', 'Python', 'Go', 'C++'])
        with tempfile.TemporaryDirectory(prefix='oaktree-quick-') as empty:
            checkout = pathlib.Path(empty, 'oaktree')
            run_or_fail('git', 'clone', '--quiet', ROOT, checkout)
            for language in LANGUAGES:
                with self.subTest(language):
                    self.assertLessEqual(page[language].count('\n'), 3)
                    self.paste(page[language], checkout, pathlib.Path(empty, 'home'))

    def paste(self, block: str, checkout: pathlib.Path, home: pathlib.Path) -> None:
        environment = {'PATH': os.environ['PATH'], 'HOME': str(home), 'OAKTREE_TARGET': self.stack.target}
        said = run_or_fail('env', '-i', *(f'{name}={value}' for name, value in environment.items()), 'bash', '-ec', block,
                           cwd=checkout, timeout=BUILD_SECONDS)  # fmt: skip
        [name] = re.findall(r'web\d', block)
        request = pb.ListServersRequest(location={'cloud': 'alpha'}, name_or_id=name, max_age=Duration())
        [server] = self.oaktree.compute.ListServers(request, timeout=60).servers
        self.addCleanup(self.delete_server, server)
        self.assertTrue(server.public_v4)
        self.assertIn(server.public_v4, said)


if __name__ == '__main__':
    unittest.main()
