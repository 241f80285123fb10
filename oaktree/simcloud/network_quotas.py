# SPDX-License-Identifier: Apache-2.0
"""How much a project may have of the network service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oaktree.simcloud.http import Doc, Refusal
from oaktree.simcloud.network_tables import Table

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

NAMES = (
    'network', 'subnet', 'port', 'router', 'floatingip', 'security_group', 'security_group_rule', 'rbac_policy', 'subnetpool',
    'trunk',
)  # fmt: skip


class Quotas:
    """The part of the network rules that counts."""

    cloud: Cloud
    tables: dict[str, Table]

    def quotas(self) -> Doc:
        return {name: self.cloud.settings.quota.get(name, -1) for name in NAMES}

    def used(self, project: str) -> Doc:
        """What a project has of what there are quotas for."""
        tables = {table.kind.singular: table.shelf for table in self.tables.values()}
        return {name: sum(item['project_id'] == project for item in tables.get(name, ())) for name in NAMES}

    def _spare_quota(self, table: Table, project: str) -> None:
        limit = self.cloud.settings.quota.get(table.kind.singular, -1)
        if 0 <= limit <= sum(item['project_id'] == project for item in table.shelf):
            raise Refusal(409, f"Quota exceeded for resources: ['{table.kind.singular}'].", 'OverQuota')
