# SPDX-License-Identifier: Apache-2.0
"""Every call of every service can be made from the command line, with every field of its request."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from oaktreemodel import v1 as pb
from oaktreemodel.cli import options, values
from oaktreemodel.cli.names import ALIASES, Command, commands, positionals
from oaktreemodel.v1.methods import METHODS

from tests.cli.base import Case
from tests.cli.recorder import Recorder

UPLOADS = {'UploadImage': pb.UploadImageDescription, 'UploadObject': pb.ObjectDescription}


class EveryCallTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.recorder = Recorder()
        self.addCleanup(self.recorder.close)
        self.file = self.home / 'content'
        self.file.write_text('content')

    def run_all(self, command: Command, options: list[str]) -> Any:
        """The request that reaches the server."""
        request = UPLOADS.get(command.rpc, getattr(pb, f'{command.rpc}Request'))
        fields = request.DESCRIPTOR.fields_by_name
        given = [self.sample(fields[name]) if name in fields else 'alpha' for name in given_without_option(command, fields)]
        extra = [str(self.file)] if command.rpc in UPLOADS else ['servers'] if command.rpc == 'Watch' else []
        extra += ['--file', str(self.home / 'down')] if command.verb == 'Download' else []
        code, _, err = self.oaktree('--target', self.recorder.target, *command.words.split(), *given, *extra, *options)
        self.assertEqual((code, err), (0, ''), command)
        asked = self.recorder.requests[command.rpc][0]
        return asked.description if command.rpc in UPLOADS else asked

    def sample(self, field: Any) -> str:
        """Some value for a field, as it is written on the command line."""
        if field.message_type is not None:
            if field.message_type.GetOptions().map_entry:
                return 'key=value'
            known = {'google.protobuf.Duration': '5', 'google.protobuf.Timestamp': '2026-01-02T03:04:05Z'}
            if field.message_type.full_name in known:
                return known[field.message_type.full_name]
            first = field.message_type.fields[0]
            return f'{first.name.replace("_", "-")}={self.sample(first)}'
        if field.enum_type is not None:
            return values.enum_words(field.enum_type)[0]
        if field.type == FieldDescriptor.TYPE_BYTES:
            return str(self.file)
        return '7' if field.type not in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BOOL) else 'text'

    def everything(self, request: Any, given: tuple[str, ...]) -> Iterator[str]:
        """An option for each field that is not given without."""
        for name, field in request.DESCRIPTOR.fields_by_name.items():
            if name not in options.HIDDEN and name not in given and name != 'request_id':
                yield options.dashed(name)
                if field.type != FieldDescriptor.TYPE_BOOL:
                    yield self.sample(field)

    def test_each_call_has_a_command(self) -> None:
        self.assertGreater(len(METHODS), 200)
        reached = {
            (command.service, command.rpc): command.words for command in commands().values() if command.words not in ALIASES
        }
        self.assertEqual(set(reached), {(service, rpc) for service, rpc, _ in METHODS})
        self.assertEqual(len(set(reached.values())), len(METHODS), 'two calls have one name')

    def test_each_command_makes_its_call(self) -> None:
        for command in commands().values():
            with self.subTest(command.words):
                self.recorder.requests.clear()
                self.run_all(command, [])
                # Who transfers looks at what there is, and for a shorter way, first.
                more = set(self.recorder.requests) - {command.rpc}
                self.assertTrue(not more or command.verb in ('Download', 'Upload'), more)

    def test_each_field_arrives(self) -> None:
        for command in commands().values():
            if command.rpc == 'Watch':
                continue
            with self.subTest(command.words):
                request = UPLOADS.get(command.rpc, getattr(pb, f'{command.rpc}Request'))
                fields = request.DESCRIPTOR.fields_by_name
                given = given_without_option(command, fields)
                asked = self.run_all(command, [*self.everything(request, given), '--cloud', 'alpha', '--region', 'here'])
                arrived = {field.name for field, _ in asked.ListFields()}
                wanted = {name for name in fields if name not in options.HIDDEN and name != 'request_id'} | {'location'}
                self.assertEqual(wanted - arrived, set(), asked)

    def test_each_has_help(self) -> None:
        # A comment is shown with its per cents, and a field without one would have its bare name.
        for command in commands().values():
            with self.subTest(command.words):
                code, out, err = self.oaktree(*command.words.split(), '--help')
                self.assertEqual((code, err), (0, ''))
                self.assertIn(f'oaktree {command.words}', out)
                if command.rpc not in UPLOADS and command.rpc != 'Watch':
                    self.assertRegex(out, rf'{command.rpc}\s')


def given_without_option(command: Command, fields: Any) -> tuple[str, ...]:
    if command.rpc in UPLOADS:
        return ('container',) if command.rpc == 'UploadObject' else ()
    return positionals(dataclasses.replace(command), fields)
