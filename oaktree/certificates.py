# SPDX-License-Identifier: Apache-2.0
"""Certificates."""

from collections.abc import Collection
from typing import Any


class Certified:
    """Whether a client may be where it is: one that shows a certificate, as it must on the port for services, by its names."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)

    def __call__(self, grpc_context: Any) -> bool:
        names = client_names(grpc_context.auth_context())
        return not names or not names.isdisjoint(self._names)


def client_names(auth_context: Any) -> frozenset[str]:
    """The names in a client's certificate."""
    raise NotImplementedError
