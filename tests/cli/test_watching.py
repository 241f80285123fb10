# SPDX-License-Identifier: Apache-2.0
"""``oaktree watch``."""

import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

from tests.cli.base import SECONDS, CloudCase
from tests.functional.base import unique


class Lines(list[str]):
    """What a process writes, as it comes."""

    def read(self, stream: Any) -> None:
        with stream:
            for line in stream:
                self.append(line)


class WatchTest(CloudCase):
    def watch(self, *arguments: str) -> list[str]:
        """The lines that a watch has told so far."""
        command = [sys.executable, '-m', 'oaktreemodel.cli', 'watch', *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.kill)
        lines = Lines()
        threading.Thread(target=lines.read, args=(process.stdout,), daemon=True).start()
        return lines

    def until(self, what: str, true: Any) -> None:
        end = time.monotonic() + SECONDS
        while not true():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def test_changes_are_told_line_by_line(self) -> None:
        os.environ['OAKTREE_CLOUD'] = 'beta'
        name = unique('watched')
        lines = self.watch('networks', 'keypairs', '--name', name)
        objects = self.watch('networks', '--name', name, '-f', 'json')
        self.until('the watch has begun', lambda: any(json.loads(line)['event'] == 'SYNCED' for line in objects))
        made = self.answer('network', 'create', name)
        self.until('it is told', lambda: any(f'ADDED beta network {made["id"]} {name} ACTIVE' in line for line in lines))
        self.done('network', 'delete', name)
        self.until('its end is told', lambda: any(f'DELETED beta network {made["id"]} {name} gone' in line for line in lines))
        self.until('its end is told in JSON', lambda: any(json.loads(line)['event'] == 'DELETED' for line in objects))
        told = [json.loads(line) for line in objects]
        added = next(one for one in told if one['event'] == 'ADDED')
        self.assertEqual((added['kind'], added['resource']['id'], added['resource']['cloud']), ('network', made['id'], 'beta'))

    def test_it_ends_in_time(self) -> None:
        began = time.monotonic()
        self.done('watch', 'floating-ips', '--cloud', 'alpha', '--for', '1')
        self.assertLess(time.monotonic() - began, 30)

    def test_what_cannot_be_watched(self) -> None:
        self.assertIn("'dreams'", self.fails(2, 'USAGE', 'watch', 'dreams'))
        self.fails(1, 'UNKNOWN_FIELD', 'watch', 'servers', '--filter', 'colour=red', '--cloud', 'alpha')
        self.fails(1, 'UNAVAILABLE', 'watch', 'servers', '--target', '127.0.0.1:9')
