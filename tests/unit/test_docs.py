# SPDX-License-Identifier: Apache-2.0
"""What the documentation says is what the code does, where a program can tell."""

import ast
import io
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator

import docutils.core

from oaktree.rows.every import ROWS
from oaktree.services import SERVICES

ROOT = pathlib.Path(__file__).parents[2]
API = (ROOT / 'doc' / 'source' / 'api.rst').read_text()
PROTOS = '\n'.join(path.read_text() for path in (ROOT / 'protos').rglob('*_service.proto'))
CODE = [path for path in sorted((ROOT / 'oaktree').rglob('*.py')) if 'simcloud' not in path.parts]
WORD = re.compile(r'[A-Z]+(_[A-Z]+)*')


class Pages(unittest.TestCase):
    def test_build_without_a_warning(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            options = ('-W', '--keep-going', '-n', '-q', '-d', f'{folder}/doctrees')
            command = [sys.executable, '-m', 'sphinx', *options, str(ROOT / 'doc' / 'source'), f'{folder}/html']
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual((0, ''), (done.returncode, done.stdout + done.stderr))

    def test_readmes_are_read_without_a_warning(self) -> None:
        # Those of the distributions are on their pages of the package index, which knows no Sphinx.
        for path in (ROOT / 'README.rst', *ROOT.glob('*/README.rst'), *ROOT.glob('*/*/README.rst')):
            with self.subTest(path.relative_to(ROOT)):
                warnings = io.StringIO()
                options = {'report_level': 2, 'halt_level': 5, 'warning_stream': warnings}
                docutils.core.publish_doctree(path.read_text(), str(path), settings_overrides=options)
                self.assertEqual('', warnings.getvalue())

    def test_the_first_page_shows_the_examples_as_they_are(self) -> None:
        shown = (ROOT / 'README.rst').read_text()
        for path, lines in (
            ('python/examples/create_server.py', 15), ('go/examples/create_server/main.go', 25),
            ('cpp/examples/create_server.cc', 40),
        ):  # fmt: skip
            with self.subTest(path):
                program = (ROOT / 'oaktreemodel' / path).read_text()
                self.assertLessEqual(len(program.splitlines()), lines)
                # Not the licence, and what it is for, at its head.
                code = program[program.index('import sys' if path.endswith('py') else program.splitlines()[0]) :]
                if path.endswith('cc'):
                    code = program[program.index('#include') :]
                self.assertIn(''.join(f'   {line}\n' if line else '\n' for line in code.splitlines()), shown)


class Reasons(unittest.TestCase):
    """The words that programs read in an error, and the statuses that they come with."""

    def test_are_those_of_the_code(self) -> None:
        told, used = set(documented()), {reason for path in CODE for _, reason in raised(ast.parse(path.read_text()))}
        self.assertEqual(set(), used - told, 'not in the table of doc/source/api.rst')
        self.assertEqual(set(), told - used, 'in the table of doc/source/api.rst, but nowhere in the code')

    def test_come_with_the_statuses_that_are_told(self) -> None:
        told = documented()
        for path in CODE:
            for status, reason in raised(ast.parse(path.read_text())):
                with self.subTest(path=path.name, reason=reason):
                    self.assertIn(status, {'', *told.get(reason, ())})


class Calls(unittest.TestCase):
    def test_every_service_is_named(self) -> None:
        self.assertEqual({service.name for service, _, _ in SERVICES}, set(re.findall(r':ref:`(\w+) <service-\1>`', API)))

    def test_default_ages_are_those_of_the_rows(self) -> None:
        for request, noun in listed():
            with self.subTest(request):
                [told] = re.findall(rf'^message {request} {{.*?// (How old [^\n]*)\n  google', PROTOS, re.DOTALL | re.MULTILINE)
                [seconds] = re.findall(r'(\d+) seconds unless set', told) or ['0']
                self.assertEqual(float(seconds), ROWS[noun].ttl)


def listed() -> Iterator[tuple[str, str]]:
    """The request of each List, and what it lists."""
    for service, _, _ in SERVICES:
        for rpc in service.methods:
            of = rpc.output_type.fields[0].message_type if rpc.name.startswith('List') else None
            if of and of.name in ROWS:
                yield rpc.input_type.name, of.name


def documented() -> dict[str, list[str]]:
    """Reason -> statuses, from the table of reasons."""
    table = re.split(r'\n(?=\S)', API.partition('.. list-table:: Reasons\n')[2])[0]
    rows = re.findall(r'^   \* - ``(\w+)``\n     - (.+)$', table, re.MULTILINE)
    return {reason: re.findall(r'``(\w+)``', statuses) for reason, statuses in rows}


def raised(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The reasons that a module gives, each with its status, or '' where the place does not say.

    They are arguments of Failure and invalid, stand behind a status in a table, or are assigned to something called reason.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
                if name == 'Failure':
                    yield from with_status(args)
                elif name == 'invalid':
                    yield from (('INVALID_ARGUMENT', word) for word in words(*args[2:]))
                yield from (('', word) for keyword in keywords if keyword.arg == 'reason' for word in words(keyword.value))
            case ast.FunctionDef(name='invalid', args=ast.arguments(defaults=defaults)):
                yield from (('INVALID_ARGUMENT', word) for word in words(*defaults))
            case ast.Tuple(elts=elements):
                yield from with_status(elements)
            case ast.Assign(targets=[ast.Name(id='reason')], value=value):
                yield from (('', word) for word in words(value))


def with_status(nodes: list[ast.expr]) -> Iterator[tuple[str, str]]:
    match nodes:
        case [ast.Attribute(value=ast.Name(id='Code') | ast.Attribute(attr='Code'), attr=status), reason, *_]:
            yield from ((status, word) for word in words(reason))
        case [ast.Name(), reason, *_]:
            yield from (('', word) for word in words(reason))


def words(*nodes: ast.expr) -> Iterator[str]:
    """The words in UPPER_SNAKE among these, and in either branch of a condition."""
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)) if WORD.fullmatch(text):
                yield text
            case ast.IfExp(body=body, orelse=orelse):
                yield from words(body, orelse)
