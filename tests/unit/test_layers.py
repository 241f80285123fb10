# SPDX-License-Identifier: Apache-2.0
"""Imports point down, files stay short, and threads and the SDK stay where they belong."""

import ast
import pathlib
import unittest
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = ROOT / 'oaktree'

# From the top down: a file imports what is on a line further down only. Those on one line don't know each other.
ORDER = (
    ('__main__',),
    ('cli',),
    ('server', 'workers', 'demo', 'logs'),
    ('services',),
    (
        'services.block_storage',
        'services.cloud',
        'services.compute',
        'services.identity',
        'services.image',
        'services.load_balancer',
        'services.network',
        'services.object_store',
        'services.token',
        'services.watch',
    ),
    (
        'balancing',
        'described_servers',
        'port_forwardings',
        'public_addresses',
        'security_rules',
        'uploaded_images',
    ),
    ('claimed_addresses', 'neutron_words'),
    ('claims',),
    ('allowances', 'capabilities', 'writes', 'floating', 'segmented'),
    ('verbs', 'interceptors', 'swift_words', 'incoming'),
    ('auth', 'finding'),
    ('bearer',),
    ('matching', 'paging', 'repeats', 'resuming'),
    ('promises',),
    ('health', 'background'),
    ('answers', 'backends.watching', 'backends.caching', 'backends.batching', 'backends.sharing', 'backends.cloud'),
    ('places',),
    ('backends.base', 'memory', 'store', 'reading'),
    ('backends', 'addressing', 'clouds', 'configuration'),
    ('sessions',),
    ('exchange', 'keystone'),
    ('gates', 'transfers', 'tokens'),
    ('attempts', 'circuit', 'limits'),
    ('rows.every',),
    (
        'rows.block_storage',
        'rows.compute',
        'rows.identity',
        'rows.image',
        'rows.load_balancer',
        'rows.network',
        'rows.object_store',
    ),
    ('changelog', 'rows', 'normalise', 'context', 'metrics', 'pieces'),
    ('errors',),
    ('resource', 'settings'),
    ('caller', 'certificates', 'peers', 'tuning'),
    ('private_files',),
    ('',),
)
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}

LINES = 400
FUNCTION = 40

THREADS = {'threading', '_thread', 'multiprocessing', 'concurrent'}
SDK = {'openstack', 'keystoneauth1', 'requests', 'urllib3'}
LENT = {
    'exchange': {'threading'},
    'verbs': {'to_thread'},
    'incoming': {'to_thread'},
    'store': {'to_thread'},
    'services.cloud': {'to_thread'},
    'services.watch': {'to_thread'},
}
"""A lock; and the loop's own threads, which nobody here makes: JMESPath may take seconds, and must not hold up others."""


def files(simcloud: bool = False) -> Iterator[tuple[str, ast.Module, pathlib.Path]]:
    """Every module of oaktree by its name below the package."""
    for path in sorted(PACKAGE.rglob('*.py')):
        parts = path.relative_to(PACKAGE).with_suffix('').parts
        if simcloud or parts[0] != 'simcloud':
            name = '.'.join(part for part in parts if part != '__init__')
            yield name, ast.parse(path.read_text(), str(path)), path


def imported(tree: ast.AST) -> Iterator[str]:
    """What is imported at run time, wherever that is written, as dotted names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == 'TYPE_CHECKING':
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, 'imports are absolute here'
            yield from (f'{node.module}.{alias.name}' for alias in node.names)
        else:
            yield from imported(node)


def module(name: str, known: set[str]) -> str:
    """The module of oaktree that ``oaktree.x.y`` is, or is in."""
    parts = name.split('.')[1:]
    while '.'.join(parts) not in known:
        parts.pop()
    return '.'.join(parts)


class LayersTest(unittest.TestCase):
    def test_every_file_has_its_place(self) -> None:
        self.assertEqual({name for name, _, _ in files()}, set(LEVEL), f'put it into ORDER in {__file__}')

    def test_imports_point_down(self) -> None:
        for name, tree, path in files():
            for target in imported(tree):
                if target.split('.')[0] == 'oaktree':
                    below = module(target, set(LEVEL))
                    with self.subTest(f'{path.name} imports {target}'):
                        self.assertLess(LEVEL[name], LEVEL[below])

    def test_nothing_imports_the_simulated_clouds(self) -> None:
        # They are for tests and for --demo, which runs them in a process of their own.
        for name, tree, _ in files():
            for target in imported(tree):
                self.assertFalse(target.startswith('oaktree.simcloud'), name)

    def test_the_simulated_clouds_import_nothing_of_the_server(self) -> None:
        for name, tree, _ in files(simcloud=True):
            if name.startswith('simcloud'):
                for target in imported(tree):
                    if target.split('.')[0] == 'oaktree':
                        self.assertTrue(target.startswith('oaktree.simcloud'), f'{name} imports {target}')

    def test_only_one_file_knows_the_sdk(self) -> None:
        users = {name for name, tree, _ in files() for target in imported(tree) if target.split('.')[0] in SDK}
        self.assertEqual(users, {'sessions'})

    def test_the_sdk_is_imported_when_it_is_needed(self) -> None:
        # It takes half a second, and nobody should wait for that before there is a call to serve.
        for name, tree, _ in files():
            if name == 'sessions':
                continue
            for node in tree.body:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    for target in imported(ast.Module([node], [])):
                        self.assertNotIn(target.split('.')[0], SDK, name)
                        self.assertFalse(target.startswith('oaktree.sessions'), name)

    def test_only_one_file_has_threads(self) -> None:
        for name, tree, _ in files():
            used = {target.split('.')[0] for target in imported(tree)} & THREADS
            names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            used |= names & {'to_thread', 'run_in_executor', 'set_default_executor', 'ThreadPoolExecutor', 'Thread'}
            with self.subTest(name):
                if name == 'clouds':
                    self.assertLessEqual({'concurrent', 'run_in_executor'}, used)
                else:
                    self.assertEqual(used, LENT.get(name, set()))


class SizeTest(unittest.TestCase):
    def test_no_file_is_too_long_to_read(self) -> None:
        for name, _, path in files(simcloud=True):
            with self.subTest(name):
                self.assertLessEqual(len(path.read_text().splitlines()), LINES)

    def test_no_function_is_too_long_to_read(self) -> None:
        for name, tree, _ in files(simcloud=True):
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    with self.subTest(f'{name}.{node.name}'):
                        self.assertLessEqual((node.end_lineno or 0) - node.lineno + 1, FUNCTION)

    def test_every_file_says_its_licence(self) -> None:
        for name, _, path in files(simcloud=True):
            self.assertTrue(path.read_text().startswith('# SPDX-License-Identifier: Apache-2.0\n'), name)


if __name__ == '__main__':
    unittest.main()
