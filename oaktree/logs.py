# SPDX-License-Identifier: Apache-2.0
"""Logs on standard error, as text for people or JSON for programs."""

import logging
import sys
from typing import Any

import orjson

LEVELS = ('debug', 'info', 'warning', 'error')
FORMATS = ('text', 'json')


def setup(level: str, form: str) -> None:
    """Log what oaktree does from this level on; of its libraries warnings only, whose debug logs tell what is secret."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == 'json' else _Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger('oaktree').setLevel(level.upper())


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts: dict[str, Any] = getattr(record, 'facts', {})
    return facts


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__('%(asctime)s %(levelname)s %(name)s: %(message)s')

    def formatMessage(self, record: logging.LogRecord) -> str:
        shown = (
            f'{name}={",".join(value) if isinstance(value, list) else value}'
            for name, value in _facts(record).items()
            if name not in ('rpc', 'code')
        )
        # A line for each record, whatever a cloud or a caller has put into it.
        return ' '.join([super().formatMessage(record).replace('\n', ' ').replace('\r', ' '), *shown])


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            'time': self.formatTime(record, '%Y-%m-%dT%H:%M:%S%z'),
            'level': record.levelname.lower(),
            'logger': record.name,
            'message': record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            entry['exception'] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()
