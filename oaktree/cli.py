# SPDX-License-Identifier: Apache-2.0
"""``oaktree-server``: arguments, signals and exit status."""

import argparse
import asyncio
import importlib.metadata
import ipaddress
import os
import signal
import sys
from collections.abc import Sequence

import uvloop

from oaktree import demo, logs, settings, tuning


def main(argv: list[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Exit status: 0 when stopped, 2 where something is to be mended first."""
    options = _parser().parse_args(argv)
    # The socket, and whatever else is made, is its owner's alone.
    os.umask(0o077)
    # gRPC would put lines of its own beside ours.
    os.environ.setdefault('GRPC_VERBOSITY', 'NONE')
    logs.setup(options.log_level, options.log_format)
    clouds = None
    try:
        for address in options.listen or ():
            _check('--listen', address)
        if options.metrics:
            _check('--metrics', options.metrics)
        if options.demo:
            clouds = demo.Clouds()
            options.config, options.cloud = clouds.config, options.cloud or clouds.names
        code = uvloop.run(_workers(options) if options.workers > 1 else _serve(_settings(options), options.worker))
    except settings.SettingsError as error:
        print(f'oaktree-server: {error}', file=sys.stderr)
        code = 2
    finally:
        if clouds:
            clouds.close()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: that would wait for threads whose cloud does not answer.
    os._exit(code)


def _settings(options: argparse.Namespace) -> settings.Settings:
    given = {'listen': tuple(options.listen)} if options.listen else {}
    return settings.load(
        options.config, options.cloud or (), cache_bytes=options.cache_size << 20, store=options.store,
        metrics=options.metrics or '', shares_ports=options.worker, **given,
    )  # fmt: skip


async def _workers(options: argparse.Namespace) -> int:
    """Look after processes that serve."""
    from oaktree import workers

    wanted = _settings(options)
    held, addresses = workers.reserve(wanted.listen)
    if options.store:
        # Not as an argument, which everybody can see.
        os.environ['OAKTREE_STORE'] = options.store

    line = f'oaktree serves {", ".join(wanted.clouds)} with {options.workers} workers on {", ".join(addresses)}'
    try:
        return await workers.Workers(options.workers, lambda n: _arguments(options, wanted, addresses, n)).run(line)
    finally:
        for holder in held:
            holder.close()


def _arguments(options: argparse.Namespace, wanted: settings.Settings, addresses: Sequence[str], number: int) -> list[str]:
    """The command line of the worker with this number."""
    made = ['--worker', '--config', str(wanted.config), '--cache-size', str(options.cache_size)]
    made += ['--log-level', options.log_level, '--log-format', options.log_format]
    for cloud in wanted.clouds:
        made += ['--cloud', cloud]
    for address in addresses:
        if not (number and address.startswith('unix:')):
            made += ['--listen', address]
    if wanted.metrics:
        host, _, port = wanted.metrics.rpartition(':')
        made += ['--metrics', f'{host}:{int(port) + number}']
    return made


async def _serve(wanted: settings.Settings, is_worker: bool) -> int:
    from oaktree.server import Server

    tuning.tune()
    stopping = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
    if is_worker:
        # Whoever looks after us has gone when this ends.
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _end_of_input, stopping)
    server = Server(wanted)
    addresses = await server.start()
    print(f'oaktree serves {", ".join(wanted.clouds)} on {", ".join(addresses)}', flush=True)
    await stopping.wait()
    await server.stop()
    return 0


def _end_of_input(stopping: asyncio.Event) -> None:
    # It stays readable for ever.
    asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
    stopping.set()


def _check(option: str, address: str) -> None:
    """Refuse what would let others in: there is no way yet to know them.

    :raises settings.SettingsError: for anything but a socket or a loopback address.
    """
    if option == '--listen' and address.startswith('unix:') and len(address) > len('unix:'):
        return
    host, _, port = address.rpartition(':')
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise settings.SettingsError(
            f'{option} {address}: must be HOST:PORT' + (' or unix:PATH' if option == '--listen' else '')
        )
    try:
        loopback = ipaddress.ip_address(host.strip('[]')).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise settings.SettingsError(
            f'{option} {address}: only unix sockets and loopback, such as 127.0.0.1: whoever connects has all your rights'
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='oaktree-server', description='A gRPC porcelain for any number of clouds.')
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--config', metavar='FILE', help='clouds.yaml; without it the usual places are searched')
    source.add_argument('--demo', action='store_true', help='serve two simulated clouds instead')
    parser.add_argument('--cloud', action='append', metavar='NAME', help='serve this cloud of the file only (repeatable)')
    parser.add_argument(
        '--listen', action='append', metavar='ADDRESS',
        help=f'HOST:PORT or unix:PATH (repeatable); default: {" and ".join(settings.default_listeners())}',
    )  # fmt: skip
    parser.add_argument('--workers', type=_count, default=1, metavar='N', help='processes that share the ports; default: 1')
    parser.add_argument(
        '--store', default=os.environ.get('OAKTREE_STORE', ''), metavar='URL',
        help='redis:// URL of what workers and replicas share; default: $OAKTREE_STORE, which does not show its password to ps',
    )  # fmt: skip
    parser.add_argument(
        '--cache-size', type=_count, default=1024, metavar='MIB', help='memory of each process for answers; default: 1024'
    )
    parser.add_argument(
        '--metrics',
        metavar='HOST:PORT',
        help='where Prometheus may ask; each further worker has the next port',
    )
    # One of several processes, which its parent started.
    parser.add_argument('--worker', action='store_true', help=argparse.SUPPRESS)
    parser.add_argument('--log-level', choices=logs.LEVELS, default='info')
    parser.add_argument('--log-format', choices=logs.FORMATS, default='text')
    parser.add_argument('--version', action='version', version=f'oaktree {importlib.metadata.version("oaktree")}')
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 1 << 20:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number above 0')
    return int(text)
