# SPDX-License-Identifier: Apache-2.0
"""Writes doc/source/reference/ when the pages are built: the API from its protos, and what became of shade's methods.

No library for Sphinx reads protos and is kept up; ``buf`` gives their descriptors with comments, and the rest is below.
"""

import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2

DOC = pathlib.Path(__file__).resolve().parents[1]
PROTOS = DOC.parent / 'protos'
PAGES = DOC / 'source' / 'reference'
Field = descriptor_pb2.FieldDescriptorProto
SIMPLE = {number: name.removeprefix('TYPE_').lower() for name, number in Field.Type.items()}
SAMPLES = {'name_or_id': 'NAME', 'name': 'NAME'}
STUBS = {'CloudService': 'clouds'}


def read() -> list[descriptor_pb2.FileDescriptorProto]:
    """All files of the API."""
    beside = pathlib.Path(sys.executable).parent / 'buf'
    command = [str(beside) if beside.exists() else shutil.which('buf') or 'buf', 'build', '--as-file-descriptor-set', '-o', '-']
    done = subprocess.run(command, cwd=PROTOS, capture_output=True, check=True)
    found = descriptor_pb2.FileDescriptorSet.FromString(done.stdout)
    return [file for file in found.file if file.package == 'oaktree.v1']


def comments(file: descriptor_pb2.FileDescriptorProto) -> dict[tuple[int, ...], str]:
    """The comment of everything, by its path in the descriptor."""
    return {tuple(at.path): at.leading_comments for at in file.source_code_info.location if at.leading_comments}


def prose(comment: str) -> list[str]:
    """A comment as reStructuredText that means nothing but its words."""
    text = '\n'.join(line.strip() for line in comment.strip().splitlines())
    text = re.sub(r'([\\*`|])', r'\\\1', text)
    return re.sub(r'(?<=\w)_(?!\w)', r'\\_', text).splitlines()


def heading(text: str, mark: str) -> list[str]:
    return [text, mark * len(text), '']


def table(rows: list[list[list[str]]], widths: str) -> list[str]:
    """A list-table; every cell is lines."""
    lines = ['.. list-table::', f'   :widths: {widths}', '']
    for row in rows:
        for first, cell in zip(['* -', *['  -'] * len(row)], row, strict=False):
            lines += [f'   {first} {cell[0] if cell else ""}'.rstrip(), *(f'       {line}'.rstrip() for line in cell[1:])]
    return [*lines, '']


class Reference:
    """What the protos define, and pages of it."""

    def __init__(self, files: list[descriptor_pb2.FileDescriptorProto]) -> None:
        self.services: dict[str, tuple[Any, list[str]]] = {}
        self.rpcs: dict[str, dict[str, tuple[Any, list[str]]]] = {}
        self.messages: dict[str, tuple[Any, list[str], list[list[str]]]] = {}
        self.enums: dict[str, tuple[Any, list[str], list[list[str]]]] = {}
        for file in files:
            said = {path: prose(text) for path, text in comments(file).items()}
            for i, service in enumerate(file.service):
                self.services[service.name] = service, said.get((6, i), [])
                self.rpcs[service.name] = {rpc.name: (rpc, said.get((6, i, 2, j), [])) for j, rpc in enumerate(service.method)}
            for i, message in enumerate(file.message_type):
                fields = [said.get((4, i, 2, j), []) for j in range(len(message.field))]
                self.messages[message.name] = message, said.get((4, i), []), fields
            for i, enum in enumerate(file.enum_type):
                values = [said.get((5, i, 2, j), []) for j in range(len(enum.value))]
                self.enums[enum.name] = enum, said.get((5, i), []), values
        of_rpcs = {t for rpcs in self.rpcs.values() for rpc, _ in rpcs.values() for t in (rpc.input_type, rpc.output_type)}
        self.shared = sorted(self.messages.keys() - {name.rpartition('.')[2] for name in of_rpcs})

    def type(self, message: Any, field: Any) -> str:
        name = field.type_name.rpartition('.')[2]
        if entry := next((nested for nested in message.nested_type if nested.name == name), None):
            return f'map of {self.type(message, entry.field[0])} to {self.type(message, entry.field[1])}'
        if name in self.shared or name in self.enums:
            name = f':ref:`{name} <type-{name}>`'
        shown = name or SIMPLE[field.type]
        return f'repeated {shown}' if field.label == Field.LABEL_REPEATED else shown

    def fields(self, name: str) -> list[str]:
        message, said, each = self.messages[name]
        rows = [
            [[f'``{field.name}``'], [self.type(message, field)], words]
            for field, words in zip(message.field, each, strict=True)
        ]
        return [*said, '', *(table(rows, '25 25 50') if rows else [])]

    def service(self, name: str) -> list[str]:
        lines = [f'.. _service-{name}:', '', *heading(name, '='), *self.services[name][1], '']
        for rpc, said in self.rpcs[name].values():
            lines += [f'.. _rpc-{rpc.name}:', '', *heading(rpc.name, '-'), *said, '']
            for what, kind, streams in (
                ('Request', rpc.input_type, rpc.client_streaming),
                ('Response', rpc.output_type, rpc.server_streaming),
            ):
                short = kind.rpartition('.')[2]
                lines += [f'.. rubric:: {what}: {"stream of " if streams else ""}{short}', '']
                lines += self.fields(short) if short not in self.shared else [f'See :ref:`type-{short}`.', '']
            lines += self.example(name, rpc)
        return lines

    def example(self, service: str, rpc: Any) -> list[str]:
        lines = ['Errors: those of :ref:`errors`.', '']
        if rpc.client_streaming:
            return lines
        message = self.messages[rpc.input_type.rpartition('.')[2]][0]
        names = {field.name for field in message.field}
        taken = {} if rpc.name.startswith('List') else {key: value for key, value in SAMPLES.items() if key in names}
        given = {'location': {'cloud': 'CLOUD'}} | taken
        stub = STUBS.get(service) or re.sub(r'(?<!^)(?=[A-Z])', '_', service.removesuffix('Service')).lower()
        fields = ', '.join(f'{key}={value!r}' for key, value in given.items())
        request = rpc.input_type.rpartition('.')[2]
        return [
            *lines, '.. code-block:: sh', '',
            f"   buf curl --protocol grpc --http2-prior-knowledge -d '{json.dumps(given)}' \\",
            f'       http://127.0.0.1:50051/oaktree.v1.{service}/{rpc.name}', '',
            '.. code-block:: python', '', f'   oaktree.{stub}.{rpc.name}(pb.{request}({fields}))', '',
        ]  # fmt: skip

    def types(self) -> list[str]:
        lines = heading('Types', '=')
        for name in self.shared:
            lines += [f'.. _type-{name}:', '', *heading(name, '-'), *self.fields(name)]
        for name, (enum, said, each) in sorted(self.enums.items()):
            rows = [[[f'``{value.name}``'], words] for value, words in zip(enum.value, each, strict=True)]
            lines += [f'.. _type-{name}:', '', *heading(name, '-'), *said, '', *table(rows, '45 55')]
        return lines

    def shade(self) -> list[str]:
        known = {name for rpcs in self.rpcs.values() for name in rpcs}
        lines = [*heading("From shade's methods", '=')]
        lines += ["Each method of openstacksdk's cloud layer, which was shade, and the calls that do the same.", '']
        rows = [[['Method'], ['Call'], ['Note']]]
        for row in methods():
            calls = ', '.join(f':ref:`rpc-{name}`' if name in known else name for name in row['rpc'].split())
            rows.append([[f'``{row["method"]}``'], [calls], prose(row['note'])])
        made = table(rows, '35 30 35')
        return [*lines, made[0], '   :header-rows: 1', *made[1:]]

    def pages(self) -> Iterator[tuple[str, list[str]]]:
        for name in self.services:
            yield name, self.service(name)
        yield 'Types', self.types()
        yield 'shade', self.shade()
        contents = ['.. toctree::', '   :maxdepth: 1', '']
        contents += [f'   {name}' for name in (*sorted(self.services), 'Types', 'shade')]
        intro = 'Every call, made from the comments in ``protos/oaktree/v1/``. What all share is in :doc:`/api`.'
        yield 'index', [*heading('API reference', '='), intro, '', *contents]


def methods() -> list[dict[str, str]]:
    """shade's methods, from the table that is kept by hand."""
    with (DOC / 'shade.csv').open(newline='') as file:
        return list(csv.DictReader(file))


def write(_app: Any = None) -> None:
    """Make the pages; several builds may do so at once, and what is as it was keeps its time."""
    PAGES.mkdir(exist_ok=True)
    made = {f'{name}.rst': '\n'.join(lines) + '\n' for name, lines in Reference(read()).pages()}
    for old in PAGES.glob('*.rst'):
        if old.name not in made:
            old.unlink(missing_ok=True)
    for name, text in made.items():
        path = PAGES / name
        if path.exists() and path.read_text() == text:
            continue
        with tempfile.NamedTemporaryFile('w', dir=PAGES, delete=False) as new:
            new.write(text)
        os.chmod(new.name, 0o644)
        os.replace(new.name, path)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect('builder-inited', write)
    return {'parallel_read_safe': True}
