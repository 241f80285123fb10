# SPDX-License-Identifier: Apache-2.0
"""Start processes, remember which they are, and end those and no others.

A home directory holds run/NAME.pid (pid and start time, for a pid alone may be another's by now) and log/NAME.out.
Every process leads a session of its own, so what it forks can be found and ended with it.
"""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from settings import BIN

STARTED = time.time()


def log(*words):
    """Progress goes to stderr: what the commands print on stdout is for programs to read."""
    print(f'[{time.time() - STARTED:6.1f}s]', *words, file=sys.stderr, flush=True)


def die(*words):
    log(*words)
    sys.exit(1)


def run(argv, out=None, stdin=None, env=None):
    """Run a command to its end; its output is kept in the file out, or shown when it fails."""
    argv = [str(a) for a in argv]
    p = subprocess.run(
        argv,
        check=False,
        input=stdin,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, 'PYTHONWARNINGS': 'ignore', **(env or {})},
    )
    if out:
        with open(out, 'a') as f:
            f.write(f'$ {" ".join(argv)}\n{p.stdout}\n')
    if p.returncode:
        die(f'failed ({p.returncode}): {" ".join(argv)[:300]}\n{p.stdout[-3000:]}')
    return p.stdout


def stat(pid):
    """State and start time of a process, or None. (Its environment is no mark: setproctitle overwrites it.)"""
    try:
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    except OSError:
        return None
    return fields[0], fields[19]


def alive(home, name):
    """The pid of the process started under this name, if it still runs."""
    try:
        pid, start = (home / f'run/{name}.pid').read_text().split()
    except (OSError, ValueError):
        return None
    now = stat(pid)
    return int(pid) if now and now[0] != 'Z' and now[1] == start else None


def names(home):
    return sorted(f.stem for f in home.glob('run/*.pid'))


def spawn(home, name, argv, env=None):
    """Start a process unless it runs; says whether it did."""
    if alive(home, name):
        return False
    for d in ('run', 'log'):
        (home / d).mkdir(parents=True, exist_ok=True)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith('OS_')}
    with open(home / f'log/{name}.out', 'a') as out:
        p = subprocess.Popen(
            [str(a) for a in argv],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={
                **inherited,
                'PYTHONWARNINGS': 'ignore',
                'MALLOC_ARENA_MAX': '2',
                'PATH': f'{BIN}:{os.environ["PATH"]}',
                **(env or {}),
            },
        )
    (home / f'run/{name}.pid').write_text(f'{p.pid} {stat(p.pid)[1]}')
    return True


def members(leader):
    """The processes of a session: its leader and whatever that forked."""
    for d in pathlib.Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            if os.getsid(int(d.name)) == leader:
                yield int(d.name)


def signal_all(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def stop(home, patience=8):
    """Ask every process of this home to end, insist after a while; returns how many there were."""
    leaders = {name: pid for name in names(home) if (pid := alive(home, name))}
    signal_all(leaders.values(), signal.SIGTERM)
    end = time.time() + patience
    while time.time() < end and any(alive(home, name) for name in leaders):
        time.sleep(0.1)
    for leader in leaders.values():
        signal_all(list(members(leader)), signal.SIGKILL)
    for f in home.glob('run/*.pid'):
        f.unlink()
    return len(leaders)


def listens(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(('127.0.0.1', port)) == 0


def serves(port, path='/'):
    """Whether HTTP is answered, be it with a refusal: 401 and 404 come from a service that works."""
    try:
        urllib.request.urlopen(f'http://127.0.0.1:{port}{path}', timeout=30).read()
    except urllib.error.HTTPError as e:
        return e.code < 500
    except OSError:
        return False
    return True


def wait(what, ready, seconds=120, home=None, name=None):
    """Wait until ready() holds; not longer than the process lives that should make it so."""
    end = time.time() + seconds
    while not ready():
        if name and not alive(home, name):
            die(f'{what}: {name} ended; see {home}/log/{name}.out')
        if time.time() > end:
            die(f'{what}: not ready after {seconds} s; see {home}/log')
        time.sleep(0.2)


def memory(pid):
    """Resident and proportional memory of one process, in MiB."""
    try:
        lines = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
    except OSError:
        return 0, 0
    value = {line.split(':')[0]: int(line.split()[1]) for line in lines[1:]}
    return value.get('Rss', 0) / 1024, value.get('Pss', 0) / 1024
