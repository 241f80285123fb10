# SPDX-License-Identifier: Apache-2.0
"""What a shell is told that a word may become."""

import os
import pathlib
import shutil
import subprocess
import sys

from oaktreemodel.cli.completion import SCRIPTS

from tests.cli.base import CloudCase
from tests.functional.base import unique


class CompletionTest(CloudCase):
    def complete(self, *words: str) -> list[str]:
        """The candidates for the last of these words."""
        return self.done('__complete', str(len(words)), 'oaktree', *words).splitlines()

    def test_commands(self) -> None:
        self.assertEqual(self.complete('se'), ['security', 'server'])
        self.assertEqual(self.complete('server', 're'), ['reboot', 'rebuild', 'remove', 'rescue', 'resize', 'resume'])
        self.assertEqual(self.complete('--cloud', 'alpha', 'floating', ''), ['ip'])
        self.assertIn('login', self.complete(''))
        self.assertNotIn('__complete', self.complete('_'))

    def test_options_and_their_values(self) -> None:
        self.assertEqual(self.complete('server', 'create', 'x', '--fl'), ['--flavor'])
        self.assertEqual(self.complete('server', 'group', 'create', 'x', '--policy', 'anti'), ['anti-affinity'])
        self.assertEqual(self.complete('server', 'list', '-f', 'j'), ['json'])
        self.assertEqual(self.complete('server', 'list', '--cloud', ''), ['alpha', 'beta'])
        self.assertEqual(self.complete('watch', 'flo'), ['floating-ips'])

    def test_names_from_the_clouds(self) -> None:
        name = unique('net')
        self.done('network', 'create', name, '--cloud', 'beta')
        self.addCleanup(self.oaktree, 'network', 'delete', name, '--cloud', 'beta')
        self.assertEqual(self.complete('network', 'show', name[:-2]), [name])
        self.assertEqual(self.complete('network', 'delete', 'x', name[:-2]), [name])
        self.assertEqual(self.complete('network', 'show', '--cloud', 'alpha', name[:-2]), [])
        self.assertEqual(self.complete('server', 'create', 'x', '--network', name[:-2]), [name])
        flavors = {cloud.flavor for cloud in self.clouds}
        self.assertLess(flavors, set(self.complete('server', 'create', 'x', '--flavor', '')))
        # The name of a new one is free.
        self.assertEqual(self.complete('network', 'create', ''), [])

    def test_a_server_that_is_away_says_nothing(self) -> None:
        os.environ['OAKTREE_TARGET'] = '127.0.0.1:9'
        self.assertEqual(self.complete('network', 'show', ''), [])

    def test_bash_takes_it(self) -> None:
        program = self.home / 'oaktree'
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m oaktreemodel.cli "$@"\n')
        program.chmod(0o755)
        text = (
            f'source <(oaktree completion bash); COMP_WORDS=(oaktree flavor show {self.clouds[0].flavor[:-2]}); COMP_CWORD=3; '
            '_oaktree; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        env = {**os.environ, 'PATH': f'{self.home}:{os.environ["PATH"]}'}
        done = subprocess.run(['bash', '-c', text], env=env, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.stdout.split(), done.stderr), ([self.clouds[0].flavor], ''))

    def test_zsh_can_read_it(self) -> None:
        zsh = shutil.which('zsh')
        if zsh is None:
            # As far as a shell can tell that does not know its expansions.
            self.assertIn('compdef _oaktree oaktree', self.done('completion', 'zsh'))
            return
        path = pathlib.Path(self.home, '_oaktree')
        path.write_text(SCRIPTS['zsh'])
        done = subprocess.run([zsh, '-n', str(path)], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
