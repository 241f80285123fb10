# SPDX-License-Identifier: Apache-2.0
"""``oaktree``: finds the command that is asked for, and says what goes wrong on one line."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from oaktreemodel.cli.names import Command, commands

OWN = {
    '__complete': 'completion:complete',
    'completion': 'completion:script',
    'doctor': 'doctor:run',
    'login': 'login:run',
}
"""Commands that are no calls."""

SPECIAL = {
    'DownloadImage': 'transfers:download_image',
    'DownloadObject': 'transfers:download_object',
    'UploadImage': 'transfers:upload_image',
    'UploadObject': 'transfers:upload_object',
    'Watch': 'watching:run',
}
"""Calls of more than one message."""

VALUED = frozenset(
    {
        '--availability-zone',
        '--cloud',
        '--column',
        '--deadline',
        '--format',
        '--os-cloud',
        '--region',
        '--target',
        '--zone',
        '-c',
        '-f',
    }
)
"""Options that may stand before the command, and have a value."""

HELP = """\
usage: oaktree [OPTION]... NOUN VERB [NAME]... [OPTION]...

Every call of an oaktree, by the names of the openstack command. `oaktree NOUN` has the verbs of a noun, and
`oaktree NOUN VERB --help` the options.

  oaktree server list
  oaktree server create web --cloud alpha --flavor m1.tiny --image cirros --auto-ip --wait
  oaktree watch servers
  oaktree image upload disk.qcow2
  oaktree login HOST:PORT     writes the credential file
  oaktree doctor              checks the way to the server and to each cloud
  oaktree completion bash     for your shell

nouns: {nouns}
"""


def main() -> None:
    """The entry point. Exit status: 0, 1 where something has failed, 2 where the command itself is wrong."""
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read it has enough; the interpreter would complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Does what the arguments say."""
    found = places(arguments)
    words = [arguments[at] for at in found]
    if name := longest(words):
        named = found[: len(name.split())]
        rest = [one for at, one in enumerate(arguments) if at not in named]
        # Who types waits for this one; it tells of no errors.
        return _run(name, rest) if name == '__complete' else _guarded(name, rest)
    return _explain(words, [one for at, one in enumerate(arguments) if at not in found])


def places(arguments: Sequence[str]) -> list[int]:
    """Where the words of a command may be: behind every command's options, up to one of its own."""
    found, at = [], 0
    while at < len(arguments):
        if arguments[at] in VALUED:
            at += 1
        elif not arguments[at].startswith('-'):
            found.append(at)
        elif found:
            break
        at += 1
    return found


def longest(words: Sequence[str]) -> str:
    """The longest command that these words begin with; empty if none."""
    known = commands()
    for count in range(len(words), 0, -1):
        name = ' '.join(words[:count])
        if name in known or (count == 1 and name in OWN):
            return name
    return ''


def _guarded(name: str, arguments: Sequence[str]) -> int:
    """Runs a command; an error is one line on standard error."""
    silence()
    import grpc
    from oaktreemodel.cli import problems
    from oaktreemodel.credentials import CredentialsError

    try:
        return _run(name, arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    except grpc.RpcError as error:
        told = problems.of_call(error, _target(arguments))
    except problems.Problem as problem:
        told = str(problem), problem.reason
    except CredentialsError as error:
        told = str(error), 'CREDENTIALS'
    except BrokenPipeError:
        return 0
    except OSError as error:
        told = f'{error.filename or "input or output"}: {error.strerror}', 'FILE'
    except KeyboardInterrupt:
        return 130
    print(problems.line(*told), file=sys.stderr)
    return 2 if told[1] == 'USAGE' else 1


def silence() -> None:
    """gRPC would put lines and tracebacks of its own beside ours. It must be told before it is loaded."""
    import logging

    os.environ.setdefault('GRPC_VERBOSITY', 'NONE')
    logging.getLogger('grpc').addHandler(logging.NullHandler())


def _run(name: str, arguments: Sequence[str]) -> int:
    if name in OWN:
        return int(_loaded(OWN[name])(arguments))
    command: Command = commands()[name]
    if command.rpc in SPECIAL:
        return int(_loaded(SPECIAL[command.rpc])(command, arguments))
    from oaktreemodel.cli import calls

    return calls.run(command, arguments)


def _loaded(place: str) -> Any:
    module, _, name = place.partition(':')
    return getattr(importlib.import_module(f'oaktreemodel.cli.{module}'), name)


def _target(arguments: Sequence[str]) -> str:
    import oaktreemodel

    for at, one in enumerate(arguments):
        if one.startswith('--target'):
            return one.partition('=')[2] or ''.join(arguments[at + 1 : at + 2])
    return oaktreemodel.default_target()


def _explain(words: Sequence[str], rest: Sequence[str]) -> int:
    """Help, or what is wrong with words that are no command."""
    asked = not words or {'-h', '--help'} & set(rest) or words == ['help']
    if '--version' in rest:
        from importlib.metadata import version

        print(f'oaktree {version("oaktreemodel")}')
        return 0
    prefix = ' '.join(word for word in words if word != 'help')
    below = sorted(name for name in [*commands(), *OWN] if name.startswith(f'{prefix} ') or not prefix)
    if below and prefix:
        print(f'usage: oaktree {prefix} …\n\n' + '\n'.join(f'  oaktree {name}' for name in below))
        return 0 if asked else 2
    if asked:
        nouns = sorted({name.rpartition(' ')[0] or name for name in below if not name.startswith('_')})
        import textwrap

        print(HELP.format(nouns=textwrap.fill(', '.join(nouns), 100, subsequent_indent='  ')), end='')
        return 0 if rest or words else 2
    near = difflib.get_close_matches(prefix, [*commands(), *OWN], 1)
    hint = f'did you mean {near[0]!r}?' if near else 'see oaktree --help'
    print(f'error: no command {prefix!r}: {hint} (USAGE)', file=sys.stderr)
    return 2
