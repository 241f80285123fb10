# SPDX-License-Identifier: Apache-2.0
"""Nova's fake hypervisor, large, with snapshots that upload an image and a console log that looks like one."""

import io
import os

from nova.compute import task_states
from nova.image import glance
from nova.virt import fake


class GateDriver(fake.FakeDriverWithoutFakeNodes):
    vcpus = 1000
    memory_mb = 8000000
    local_gb = 600000

    def snapshot(self, context, instance, image_id, update_task_state):
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
        metadata = {'disk_format': 'raw', 'container_format': 'bare', 'properties': {}}
        glance.API().update(context, image_id, metadata, io.BytesIO(os.urandom(65536)))

    def get_console_output(self, context, instance):
        name = instance.hostname or instance.name
        return (
            f'[    0.000000] Linux version 6.1.0 (fake)\n[    1.234567] cloud-init: instance {instance.uuid}\n\n{name} login: '
        ).encode()
