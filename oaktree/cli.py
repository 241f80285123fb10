# SPDX-License-Identifier: Apache-2.0
"""``oaktree-server``: arguments, signals and exit status."""

import argparse
import asyncio
import importlib.metadata
import ipaddress
import os
import pathlib
import signal
import sys
from collections.abc import Sequence

import uvloop

from oaktree import demo, logs, settings, tuning

KEY = 'OAKTREE_PAGE_KEY'
"""In the environment of workers: what seals their page tokens. It is for nobody else's eyes, as arguments are."""


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
        shared = _is_shared(options)
        for address in options.listen or ():
            _check('--listen', address, anywhere=shared)
        for address in options.service_listen or ():
            _check('--service-listen', address, anywhere=True)
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
    default = ('[::]:50051',) if options.tls_cert else settings.default_listeners()
    return settings.load(
        options.config, options.cloud or (), cache_bytes=options.cache_size << 20, store=options.store,
        metrics=options.metrics or '', shares_ports=options.worker, listen=tuple(options.listen or default),
        tls_cert=options.tls_cert, tls_key=options.tls_key, client_ca=options.client_ca,
        service_listen=tuple(options.service_listen or ()), client_names=frozenset(options.client_name or ()),
        reflection=not options.no_reflection, revalidate=options.revalidate, secret=options.secret_file,
        page_key=bytes.fromhex(os.environ.pop(KEY, '')) if options.worker else b'',
    )  # fmt: skip


def _is_shared(options: argparse.Namespace) -> bool:
    """Whether others may call, who show tokens.

    :raises settings.SettingsError: where it is not said in full.
    """
    if bool(options.tls_cert) != bool(options.tls_key):
        raise settings.SettingsError('--tls-cert and --tls-key go together')
    if options.service_listen and not (options.tls_cert and options.client_ca and options.client_name):
        raise settings.SettingsError('--service-listen needs --tls-cert, --tls-key, --client-ca and --client-name')
    if (options.client_ca or options.client_name) and not options.service_listen:
        raise settings.SettingsError('--client-ca and --client-name are for --service-listen: say where services call')
    return bool(options.tls_cert)


async def _workers(options: argparse.Namespace) -> int:
    """Look after processes that serve."""
    from oaktree import workers

    wanted = _settings(options)
    held, addresses = workers.reserve((*wanted.listen, *wanted.service_listen))
    if options.store:
        # Not as an argument, which everybody can see.
        os.environ['OAKTREE_STORE'] = options.store
    # A worker that is started anew must have what the others have, also where the file that it was made of has changed since.
    os.environ[KEY] = wanted.page_key.hex()
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
    for at, address in enumerate(addresses):
        if not (number and address.startswith('unix:')):
            made += ['--listen' if at < len(wanted.listen) else '--service-listen', address]
    files = {'--tls-cert': wanted.tls_cert, '--tls-key': wanted.tls_key, '--client-ca': wanted.client_ca}
    for option, path in files.items():
        if path:
            made += [option, str(path)]
    for name in sorted(wanted.client_names):
        made += ['--client-name', name]
    made += ['--revalidate', str(wanted.revalidate)] + ([] if wanted.reflection else ['--no-reflection'])
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


def _check(option: str, address: str, anywhere: bool = False) -> None:
    """Refuse what would let others in who need show nothing.

    :param anywhere: whether they must.
    :raises settings.SettingsError: for anything but a socket or a loopback address.
    """
    if option == '--listen' and address.startswith('unix:') and len(address) > len('unix:'):
        return
    host, _, port = address.rpartition(':')
    if address.startswith('unix:') or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise settings.SettingsError(
            f'{option} {address}: must be HOST:PORT' + (' or unix:PATH' if option == '--listen' else '')
        )
    try:
        loopback = ipaddress.ip_address(host.strip('[]')).is_loopback
    except ValueError:
        loopback = False
    if not (loopback or anywhere):
        why = 'whoever connects has all your rights. With --tls-cert and --tls-key each caller has its own, by a token'
        if option == '--metrics':
            why = 'whoever connects is told how much is done here, and may be told it by a proxy'
        raise settings.SettingsError(f'{option} {address}: only unix sockets and loopback, such as 127.0.0.1: {why}')


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='oaktree-server', description='A gRPC porcelain for any number of clouds.')
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--config', metavar='FILE', help='clouds.yaml; without it the usual places are searched')
    source.add_argument('--demo', action='store_true', help='serve two simulated clouds instead')
    parser.add_argument('--cloud', action='append', metavar='NAME', help='serve this cloud of the file only (repeatable)')
    parser.add_argument(
        '--listen', action='append', metavar='ADDRESS',
        help=f'HOST:PORT or unix:PATH (repeatable); or else: {" and ".join(settings.default_listeners())}; with TLS [::]:50051',
    )  # fmt: skip
    _add_callers(parser)
    parser.add_argument('--no-reflection', action='store_true', help='do not tell callers what services there are')
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


def _add_callers(parser: argparse.ArgumentParser) -> None:
    """What it takes to serve others."""
    callers = parser.add_argument_group('for other callers than yourself, who then show a token of their cloud')
    callers.add_argument('--tls-cert', type=pathlib.Path, metavar='FILE', help='certificate and those that lead to its CA')
    callers.add_argument('--tls-key', type=pathlib.Path, metavar='FILE', help='its key; both are read again when they change')
    callers.add_argument(
        '--service-listen', action='append', metavar='HOST:PORT',
        help='where services call, who show a certificate of their own beside the token (repeatable)',
    )  # fmt: skip
    callers.add_argument('--client-ca', type=pathlib.Path, metavar='FILE', help='the CA of those certificates')
    callers.add_argument(
        '--client-name', action='append', metavar='NAME', help='DNS name or URI that one of them must have (repeatable)'
    )
    callers.add_argument(
        '--secret-file', type=pathlib.Path, metavar='FILE',
        help='random bytes, the same for all that share a store; default: the key of the certificate, until that is renewed',
    )  # fmt: skip
    callers.add_argument(
        '--revalidate', type=_seconds, default=300.0, metavar='SECONDS',
        help='how long a token is believed to be good; 0 has every call ask Keystone; default: 300',
    )  # fmt: skip


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number of seconds from 0 to 3600')
    return seconds


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 1 << 20:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number above 0')
    return int(text)
