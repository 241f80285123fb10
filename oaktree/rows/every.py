# SPDX-License-Identifier: Apache-2.0
"""All rows, by noun, for whoever treats them alike."""

from oaktree.resource import Resource
from oaktree.rows import block_storage, compute, identity, image, load_balancer, network, object_store

ROWS = {
    row.noun: row
    for module in (block_storage, compute, identity, image, load_balancer, network, object_store)
    for row in vars(module).values()
    if isinstance(row, Resource)
}
