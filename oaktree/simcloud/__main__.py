# SPDX-License-Identifier: Apache-2.0
"""python -m oaktree.simcloud: simulated OpenStack clouds that print their clouds.yaml and serve until they are stopped."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

from oaktree.simcloud.profiles import PROFILES
from oaktree.simcloud.seeding import seed
from oaktree.simcloud.simulation import CLOUDS, USERS, Clouds


def pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition(':')
    if not separator:
        raise argparse.ArgumentTypeError(f'expected NAME:..., got {text!r}')
    return name, value


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='python -m oaktree.simcloud', description=__doc__)
    parser.add_argument('--port', type=int, default=0, help='of the first cloud, the next ones follow; 0 takes free ports')
    profiles = ', '.join(PROFILES)
    parser.add_argument('--cloud', type=pair, action='append', metavar='NAME:PROFILE', help=f'profiles: {profiles}')
    parser.add_argument('--seed', type=pair, action='append', default=[], metavar='NAME:servers=3,images=2')
    parser.add_argument('--all-users', action='store_true', help='print an entry for the administrator too')
    parser.add_argument('--until-eof', action='store_true', help='stop when standard input closes')
    arguments = parser.parse_args(argv)
    arguments.cloud = dict(arguments.cloud or CLOUDS)
    for name, profile in arguments.cloud.items():
        if profile not in PROFILES:
            parser.error(f'cloud {name}: there is no profile {profile!r}; there are {profiles}')
    try:
        arguments.seed = [
            (name, {k: int(v) for k, _, v in (part.partition('=') for part in text.split(','))})
            for name, text in arguments.seed
        ]
    except ValueError:
        parser.error('--seed takes NAME:servers=3,images=2')
    for name, _ in arguments.seed:
        if name not in arguments.cloud:
            parser.error(f'--seed: there is no cloud {name!r}')
    return arguments


def await_eof(then: Callable[[], object]) -> None:
    """Reads standard input to its end, which comes at the latest with the end of whoever holds the other one."""
    while os.read(0, 4096):
        pass
    then()


async def run(arguments: argparse.Namespace) -> None:
    clouds = Clouds(arguments.cloud, arguments.port)
    for cloud in clouds.clouds.values():
        cloud.alone = True
    for name, counts in arguments.seed:
        seed(clouds.clouds[name], counts, time.time())
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if arguments.until_eof:
        threading.Thread(target=await_eof, args=(lambda: loop.call_soon_threadsafe(stop.set),), daemon=True).start()
    users = (*USERS, 'admin') if arguments.all_users else USERS

    def announce() -> None:
        print(clouds.clouds_yaml(users) + '...', flush=True)

    await clouds.serve(stop.wait(), announce)


if __name__ == '__main__':
    asyncio.run(run(parse(sys.argv[1:])))
