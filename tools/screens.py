# SPDX-License-Identifier: Apache-2.0
"""Draws what the command line shows at a terminal, for the documentation: ``python tools/screens.py``, with rich installed.

Each command runs at a terminal of its own, beside a server of simulated clouds, and what it wrote becomes a drawing in
doc/source/screens/.
"""

import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
import time

from rich.console import Console
from rich.text import Text

TO = pathlib.Path(__file__).parents[1] / 'doc' / 'source' / 'screens'
WIDTH, HEIGHT = 100, 30
SCREENS = {
    'servers': [
        'server create web --cloud alpha --flavor m1.tiny --image cirros --auto-ip --wait -c state -c public_v4',
        'server create db --cloud beta --flavor s1-2 --image cirros --wait -c state -c public_v4',
        'server list',
    ],
    'doctor': ['doctor'],
}


def run(words: str, folder: str, environment: dict[str, str]) -> str:
    """What a command writes to a terminal."""
    reader, writer = pty.openpty()
    command = [sys.executable, '-m', 'oaktreemodel.cli', *words.split()]
    process = subprocess.Popen(command, stdin=writer, stdout=writer, stderr=writer, cwd=folder, env=environment)
    os.close(writer)
    written = b''
    try:
        while piece := os.read(reader, 65536):
            written += piece
    except OSError:  # what a terminal answers that nobody writes to any more
        pass
    finally:
        os.close(reader)
        process.wait(60)
    return written.decode().replace('\r\n', '\n')


def last(written: str) -> str:
    """Without what a live view has drawn over."""
    return written.rpartition('\x1b[2K')[2].lstrip('\r')


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = 'unix:oaktree.sock'
        terminal = {'COLUMNS': str(WIDTH), 'LINES': str(HEIGHT), 'TERM': 'xterm-256color'}
        environment = os.environ | terminal | {'OAKTREE_TARGET': target, 'HOME': '/home/you'}
        command = [sys.executable, '-m', 'oaktree', '--demo', '--listen', target]
        server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not pathlib.Path(folder, 'oaktree.sock').exists() and server.poll() is None:
                time.sleep(0.1)
            for name, commands in SCREENS.items():
                console = Console(record=True, width=WIDTH, file=open(os.devnull, 'w'))  # noqa: SIM115
                for words in commands:
                    console.print(Text(f'$ oaktree {words}', 'bold'))
                    console.print(Text.from_ansi(last(run(words, folder, environment)).rstrip() + '\n'))
                # Without the fonts of somebody's server: who reads this has one.
                drawing = re.sub(r'@font-face \{.*?\}\s*', '', console.export_svg(title='oaktree'), flags=re.DOTALL)
                (TO / f'{name}.svg').write_text(drawing)
        finally:
            server.terminate()
            server.wait(30)


if __name__ == '__main__':
    main()
