# SPDX-License-Identifier: Apache-2.0
"""Who is calling."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """An identity that answers may be kept for. Two callers are the same only if every cloud would treat them alike."""

    name: str


OWNER = Caller('owner')
"""The user who started the server. Every call has the rights of its ``clouds.yaml``: the only mode so far, which is why
the server listens on loopback and on its owner's socket only."""
