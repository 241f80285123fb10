# SPDX-License-Identifier: Apache-2.0
"""``oaktree-server``: arguments, signals and exit status."""

import argparse
import asyncio
import importlib.metadata
import ipaddress
import os
import signal
import sys

import uvloop

from oaktree import demo, logs, settings


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
            _check(address)
        if options.demo:
            clouds = demo.Clouds()
            options.config, options.cloud = clouds.config, options.cloud or clouds.names
        listen = {'listen': tuple(options.listen)} if options.listen else {}
        code = uvloop.run(_serve(settings.load(options.config, options.cloud or (), **listen)))
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


async def _serve(wanted: settings.Settings) -> int:
    from oaktree.server import Server

    stopping = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
    server = Server(wanted)
    addresses = await server.start()
    print(f'oaktree serves {", ".join(wanted.clouds)} on {", ".join(addresses)}', flush=True)
    await stopping.wait()
    await server.stop()
    return 0


def _check(address: str) -> None:
    """Refuse what would let others in: there is no way yet to know them.

    :raises settings.SettingsError: for anything but a socket or a loopback address.
    """
    if address.startswith('unix:') and len(address) > len('unix:'):
        return
    host, _, port = address.rpartition(':')
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise settings.SettingsError(f'--listen {address}: must be HOST:PORT or unix:PATH')
    try:
        loopback = ipaddress.ip_address(host.strip('[]')).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise settings.SettingsError(
            f'--listen {address}: only unix sockets and loopback, such as 127.0.0.1: whoever connects has all your rights'
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
    parser.add_argument('--log-level', choices=logs.LEVELS, default='info')
    parser.add_argument('--log-format', choices=logs.FORMATS, default='text')
    parser.add_argument('--version', action='version', version=f'oaktree {importlib.metadata.version("oaktree")}')
    return parser
