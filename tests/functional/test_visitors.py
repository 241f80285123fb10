# SPDX-License-Identifier: Apache-2.0
"""Those who use one oaktree in turn don't come upon one another's doors to a cloud."""

import contextlib

from oaktreemodel import v1 as pb

from tests.functional import identities
from tests.functional.base import CLOUDS, unique
from tests.functional.identities import Identity, Services
from tests.functional.test_token import TokenCase


class VisitorsTest(TokenCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        undo = contextlib.ExitStack()
        cls.addClassCleanup(undo.close)
        config = identities.all_entries(cls.stack.config)
        cls.people = identities.everybody(config, cls.shared, unique('visitor'), undo)

    def test_a_container_of_the_same_name_is_in_each_project(self) -> None:
        """Where an object store is depends on the project."""
        name = unique('container')

        def container(who: Identity, cloud: str) -> pb.Container:
            storage, where = Services(self.shared, who, cloud).object_store, {'location': {'cloud': cloud}}
            storage.CreateContainer(pb.CreateContainerRequest(**where, name=name))
            self.addCleanup(storage.DeleteContainer, pb.DeleteContainerRequest(**where, name_or_id=name))
            found: pb.Container = storage.GetContainer(pb.GetContainerRequest(**where, name_or_id=name)).container
            return found

        for cloud in [cloud.name for cloud in CLOUDS if cloud.objects]:
            for who in (self.people['demo'], self.people['other']):
                with self.subTest(cloud, who=who):
                    self.assertEqual(container(who, cloud).location.project.id, who.access(cloud).project_id)
