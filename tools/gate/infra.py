# SPDX-License-Identifier: Apache-2.0
"""What the clouds share: Debian's packages, the virtual environment, one MariaDB and one RabbitMQ."""

import pathlib
import subprocess
import sys
import textwrap

import processes
from processes import log, run
from settings import AMQP_PORT, DB_SOCKET, INFRA, LOCK, PASSWORD, PYTHON, ROOT, VENV, lock_id

# The servers without their start-up scripts where Debian has them so (mariadb-server-core); rabbitmq-server has none.
PACKAGES = {
    '/usr/sbin/mariadbd': 'mariadb-server-core',
    '/usr/bin/mariadb-dump': 'mariadb-client',
    '/usr/sbin/rabbitmqctl': 'rabbitmq-server',
    '/usr/bin/memcached': 'memcached',
    '/usr/bin/qemu-img': 'qemu-utils',
    '/usr/bin/openssl': 'openssl',
    '/usr/lib/x86_64-linux-gnu/liberasurecode.so.1': 'liberasurecode1',
}
RABBIT = INFRA / 'rabbit'
DIST_PORT, EPMD_PORT = AMQP_PORT + 1, AMQP_PORT + 2


# -- installation ----------------------------------------------------------------------------------------------------


def install():
    """Packages and virtual environment, as far as they are missing."""
    ROOT.mkdir(parents=True, exist_ok=True)
    missing = [package for path, package in PACKAGES.items() if not installed(path, package)]
    if missing:
        log('apt-get install', *missing)
        # RUNLEVEL: invoke-rc.d must not start the system's own instances of what is installed here.
        env = {'DEBIAN_FRONTEND': 'noninteractive', 'RUNLEVEL': '1'}
        run(['apt-get', 'update', '-qq'], env=env)
        run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', *missing], env=env)
    stamp = VENV / f'installed-{lock_id()}'
    if not stamp.exists():
        log('virtual environment: pip install of the pinned services')
        run([sys.executable, '-m', 'venv', VENV])
        # The list is complete, so there is nothing to resolve; modules are compiled when first imported, by far not
        # all of them ever are.
        run([PYTHON, '-m', 'pip', 'install', '-q', '--no-deps', '--no-compile', '--disable-pip-version-check', '-r', LOCK])
        stamp.touch()
        log('installed')


def installed(path, package):
    """Whether a package is there; dpkg -s says so of one, too, that was removed and left its settings."""
    query = ['dpkg-query', '-W', '-f=${Status}', package]
    return pathlib.Path(path).exists() or b'ok installed' in subprocess.run(query, check=False, capture_output=True).stdout


# -- MariaDB ---------------------------------------------------------------------------------------------------------


def mariadb(program, *argv, stdin=None, stdout=subprocess.PIPE):
    """One of MariaDB's clients, on the gate's own server."""
    return subprocess.run(
        [program, '--no-defaults', '-S', DB_SOCKET, '-u', 'root', *argv],
        check=False,
        text=True,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def sql(statements, database=None):
    """The answer's rows, columns parted by tabs."""
    argv = ['mariadb', '--no-defaults', '-S', DB_SOCKET, '-u', 'root', '-N', '-B', *([database] if database else [])]
    return run(argv, stdin=statements)


def start_mariadb():
    data = INFRA / 'mysql'
    if not (data / 'mysql').exists():
        run(
            [
                'mariadb-install-db',
                '--no-defaults',
                f'--datadir={data}',
                '--user=root',
                '--skip-test-db',
                '--auth-root-authentication-method=normal',
            ]
        )
    # Durability is given away for speed: the data are test data, and can be had again.
    processes.spawn(
        INFRA,
        'mariadbd',
        [
            '/usr/sbin/mariadbd',
            '--no-defaults',
            '--user=root',
            f'--datadir={data}',
            f'--socket={DB_SOCKET}',
            f'--pid-file={INFRA}/mysql.pid',
            '--skip-networking',
            '--skip-log-bin',
            '--performance-schema=OFF',
            '--innodb-flush-log-at-trx-commit=0',
            '--skip-innodb-doublewrite',
            '--innodb-buffer-pool-size=192M',
            '--innodb-log-file-size=48M',
            '--max-connections=1000',
            '--table-open-cache=600',
        ],
    )


def wait_mariadb():
    processes.wait('MariaDB', lambda: not mariadb('mariadb-admin', 'ping').returncode, 60, INFRA, 'mariadbd')


# -- RabbitMQ --------------------------------------------------------------------------------------------------------


def rabbit_env():
    return {
        'HOME': str(RABBIT),
        'LANG': 'C.UTF-8',
        'RABBITMQ_NODENAME': 'oaktree-gate@localhost',
        'RABBITMQ_CONF_ENV_FILE': '/dev/null',
        'RABBITMQ_CONFIG_FILE': f'{RABBIT}/rabbitmq',
        'RABBITMQ_ENABLED_PLUGINS_FILE': f'{RABBIT}/enabled_plugins',
        'RABBITMQ_MNESIA_BASE': f'{RABBIT}/mnesia',
        'RABBITMQ_LOG_BASE': f'{RABBIT}/log',
        'RABBITMQ_PID_FILE': f'{RABBIT}/pid',
        'RABBITMQ_DIST_PORT': str(DIST_PORT),
        'ERL_EPMD_PORT': str(EPMD_PORT),
        'ERL_EPMD_ADDRESS': '127.0.0.1',
        # One scheduler thread that sleeps when idle: Erlang's busy waiting would take a core from the services.
        'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS': '+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none +A 8 '
        '-kernel inet_dist_use_interface {127,0,0,1}',
    }


def rabbit_program(name):
    """Past Debian's wrapper in /usr/sbin, which insists on the system's own user and paths."""
    return sorted(pathlib.Path('/usr/lib/rabbitmq/lib').glob(f'rabbitmq_server-*/sbin/{name}'))[-1]


def start_rabbitmq():
    RABBIT.mkdir(parents=True, exist_ok=True)
    (RABBIT / 'enabled_plugins').write_text('[].\n')
    (RABBIT / 'rabbitmq.conf').write_text(
        textwrap.dedent(f"""\
        listeners.tcp.1 = 127.0.0.1:{AMQP_PORT}
        loopback_users = none
        log.console = false
        log.file.level = warning
        vm_memory_high_watermark.absolute = 1GB
        disk_free_limit.absolute = 50MB
        num_acceptors.tcp = 2
        """)
    )
    processes.spawn(INFRA, 'epmd', ['epmd', '-address', '127.0.0.1', '-port', EPMD_PORT])
    processes.wait('epmd', lambda: processes.listens(EPMD_PORT), 20, INFRA, 'epmd')
    processes.spawn(INFRA, 'rabbitmq', [rabbit_program('rabbitmq-server')], env=rabbit_env())


def wait_rabbitmq():
    processes.wait('RabbitMQ', lambda: processes.listens(AMQP_PORT), 90, INFRA, 'rabbitmq')


def rabbit_vhost(name, action):
    """Each cloud has a virtual host of its own. One eval: every call of rabbitmqctl starts an Erlang machine."""
    code = {
        'add': f'case rabbit_vhost:exists(<<"{name}">>) of true -> ok; '
        f'false -> rabbit_vhost:add(<<"{name}">>, <<"gate">>) end, '
        f'rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, '
        '<<".*">>, <<".*">>, <<".*">>, <<"gate">>).',
        'delete': f'case rabbit_vhost:exists(<<"{name}">>) of false -> ok; '
        f'true -> rabbit_vhost:delete(<<"{name}">>, <<"gate">>) end.',
    }[action]
    run([rabbit_program('rabbitmqctl'), '-q', 'eval', code], env=rabbit_env())


# -- certificates --------------------------------------------------------------------------------------------------


def certificate(directory):
    """Of Keystone's TLS listener, and of Octavia's certificate authority, which wants its key encrypted."""
    if (directory / 'key-encrypted.pem').exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    run(
        [
            'openssl',
            'req',
            '-x509',
            '-newkey',
            'rsa:2048',
            '-nodes',
            '-days',
            '3650',
            '-subj',
            '/CN=localhost',
            '-addext',
            'subjectAltName=DNS:localhost,IP:127.0.0.1',
            '-keyout',
            directory / 'key.pem',
            '-out',
            directory / 'cert.pem',
        ]
    )
    run(
        [
            'openssl',
            'rsa',
            '-aes256',
            '-passout',
            f'pass:{PASSWORD}',
            '-in',
            directory / 'key.pem',
            '-out',
            directory / 'key-encrypted.pem',
        ]
    )


# -- both ------------------------------------------------------------------------------------------------------------


def start():
    """MariaDB serves on return; RabbitMQ may still be starting, see wait_rabbitmq."""
    INFRA.mkdir(parents=True, exist_ok=True)
    start_mariadb()
    start_rabbitmq()
    wait_mariadb()


def stop():
    log(f'stopped {processes.stop(INFRA, patience=20)} shared processes')
