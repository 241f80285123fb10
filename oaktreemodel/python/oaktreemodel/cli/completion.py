# SPDX-License-Identifier: Apache-2.0
"""Completion for shells: commands, options, and the names of what there is on the clouds."""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Iterable, Sequence
from typing import Any

from oaktreemodel.cli import options
from oaktreemodel.cli.main import OWN, VALUED, longest, silence
from oaktreemodel.cli.names import Command, commands, positionals

PATIENCE = 2.0
"""Seconds that names may take to come."""

SCRIPTS = {
    'bash': """\
_oaktree() {
    local IFS=$'\\n'
    COMPREPLY=($(oaktree __complete "$COMP_CWORD" "${COMP_WORDS[@]}" 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]// /\\\\ }")
}
complete -o default -F _oaktree oaktree
""",
    'zsh': """\
#compdef oaktree
_oaktree() {
    local -a found
    found=("${(@f)$(oaktree __complete $((CURRENT - 1)) "${words[@]}" 2>/dev/null)}")
    compadd -- "${found[@]:#}"
}
compdef _oaktree oaktree
""",
}


def script(arguments: Sequence[str]) -> int:
    """Prints what a shell is to read."""
    parser = options.Parser(
        prog='oaktree completion',
        description='Prints a script: `source <(oaktree completion bash)` in ~/.bashrc, or zsh in ~/.zshrc.',
    )  # fmt: skip
    parser.add_argument('shell', choices=sorted(SCRIPTS))
    print(SCRIPTS[parser.parse_args(arguments).shell], end='')
    return 0


def complete(arguments: Sequence[str]) -> int:
    """Prints what the word may become, a candidate on each line. What goes wrong is not told: somebody is typing."""
    at, words = int(arguments[0]), list(arguments[1:])
    before, word = words[1:at], (words[at : at + 1] or [''])[0]
    with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
        for one in sorted({one for one in candidates(before, word) if one.startswith(word)}):
            print(one)
    return 0


def candidates(before: Sequence[str], word: str) -> Iterable[str]:
    """What may follow these words."""
    if before and before[-1] in ('--cloud', '--os-cloud'):
        return _names('cloud', before)
    if before and before[-1] in ('-f', '--format'):
        return ('table', 'json', 'yaml', 'csv', 'value')
    plain = [one for at, one in enumerate(before) if not one.startswith('-') and (at == 0 or before[at - 1] not in VALUED)]
    name = longest(plain)
    following = set() if word.startswith('-') else _words_after(plain)
    if not name or name in OWN:
        return following
    return [*following, *_of_command(commands()[name], before, plain[len(name.split()) :], word)]


def _words_after(plain: Sequence[str]) -> set[str]:
    """The next words of commands that begin so."""
    known = [name.split() for name in [*commands(), *(name for name in OWN if name[0] != '_')]]
    return {name[len(plain)] for name in known if len(name) > len(plain) and name[: len(plain)] == list(plain)}


def _of_command(command: Command, before: Sequence[str], given: Sequence[str], word: str) -> Iterable[str]:
    """Options, their values, and names of things."""
    from oaktreemodel.cli.session import request_of

    if command.rpc == 'Watch':
        from oaktreemodel import v1 as pb

        return [f'{name.removeprefix("RESOURCE_KIND_").lower().replace("_", "-")}s' for name in pb.ResourceKind.keys()[1:]]
    request = request_of(command).DESCRIPTOR
    if command.verb == 'Upload':
        request = request.fields_by_name['description'].message_type
    parser = options.parser(command, request, {})
    if before[-1].startswith('-') and (action := parser._option_string_actions.get(before[-1])) and action.nargs != 0:
        return _values(command, request, action, before)
    if word.startswith('-'):
        return [option for option in parser._option_string_actions if option.startswith('--')]
    fields = positionals(command, request.fields_by_name)
    position = fields[min(len(given), len(fields) - 1)] if fields else ''
    # A new thing's name is nobody else's to know.
    return _names(options.kind_of(command, position, request.fields_by_name), before) if position not in ('', 'name') else ()


def _values(command: Command, request: Any, action: Any, before: Sequence[str]) -> Iterable[str]:
    from oaktreemodel.cli import values

    name = action.dest.removeprefix(options.FIELD)
    field = request.fields_by_name.get(name)
    if field is not None and field.enum_type is not None:
        return values.enum_words(field.enum_type)
    return _names(options.kind_of(command, name, request.fields_by_name), before) if field is not None else ()


def _names(kind: str, before: Sequence[str]) -> Iterable[str]:
    """The names of all things of a kind, on the cloud that is said, from what the server remembers."""
    silence()
    from oaktreemodel.cli import calls
    from oaktreemodel.cli.names import singular, snake
    from oaktreemodel.cli.session import Session

    lists = (command for command in commands().values() if command.verb == 'List' and snake(command.noun) == singular(kind))
    command = next(lists, None)
    if command is None:
        return ()
    parser = argparse.ArgumentParser(parents=[options.common()], add_help=False, allow_abbrev=False)
    # The option whose value is being typed has none yet.
    chosen, _ = parser.parse_known_args(before[:-1] if before[-1] in VALUED else before)
    with Session(chosen) as session:
        return {thing.name or thing.id for thing in calls.everything(session, command, PATIENCE)}
