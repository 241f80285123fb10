# SPDX-License-Identifier: Apache-2.0
"""Rows as a table, JSON, YAML, CSV or bare values, in the forms of the openstack command."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

COLORS = {
    'ACTIVE': 'green', 'AVAILABLE': 'green', 'IN_USE': 'green', 'ONLINE': 'green', 'BUILDING': 'yellow', 'CREATING': 'yellow',
    'PENDING': 'yellow', 'REBOOTING': 'yellow', 'SAVING': 'yellow', 'ERROR': 'red', 'DOWN': 'red',
}  # fmt: skip


def show_list(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: str | None) -> None:
    """Prints rows that all have these columns."""
    if form == 'json':
        _json(rows)
    elif form == 'yaml':
        _yaml(rows)
    elif form == 'csv':
        writer = csv.writer(sys.stdout, quoting=csv.QUOTE_NONNUMERIC, lineterminator='\n')
        writer.writerow(columns)
        writer.writerows([row[title] if isinstance(row[title], int) else text(row[title]) for title in columns] for row in rows)
    elif form == 'value':
        for row in rows:
            print(*(text(row[title]) for title in columns))
    else:
        table(columns, [[text(row[title]) for title in columns] for row in rows], numeric(rows, columns))


def numeric(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> frozenset[str]:
    """The columns that have numbers only, which a table has at the right."""
    return frozenset(title for title in columns if rows and all(type(row[title]) in (int, float) for row in rows))


def show_one(row: Mapping[str, Any], form: str | None) -> None:
    """Prints one thing, a line for each field."""
    if form == 'json':
        _json(row)
    elif form == 'yaml':
        _yaml(row)
    elif form == 'csv':
        show_list([row], list(row), form)
    elif form == 'value':
        for value in row.values():
            print(text(value))
    else:
        table(('Field', 'Value'), [[name, text(value)] for name, value in row.items()])


def text(value: Any) -> str:
    """A value for people."""
    if value is None:
        return ''
    if isinstance(value, Mapping):
        if value and all(isinstance(one, list) for one in value.values()):
            return '; '.join(f'{key}={", ".join(map(str, one))}' for key, one in value.items())
        return ', '.join(f"{key}='{text(one)}'" for key, one in value.items() if one not in (None, ''))
    if isinstance(value, list):
        return ('\n' if any(isinstance(one, Mapping) for one in value) else ', ').join(map(text, value))
    return str(value)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str] = frozenset()) -> None:
    """On a terminal with colours and as wide as that is, where rich is installed; elsewhere the same, as wide as it gets."""
    if sys.stdout.isatty() and _rich_table(columns, rows, right):
        return
    for line in lines(columns, rows, right):
        print(line)


def lines(columns: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str]) -> list[str]:
    """The table in plain text."""
    cells = [[printable(cell).split('\n') for cell in row] for row in rows]
    widths = [max([len(title), *(len(part) for row in cells for part in row[at])]) for at, title in enumerate(columns)]
    rule = '+' + '+'.join('-' * (width + 2) for width in widths) + '+'
    sides = ['>' if title in right else '<' for title in columns]
    made = [rule, _line(columns, widths, sides), rule]
    for row in cells:
        height = max((len(cell) for cell in row), default=1)
        for at in range(height):
            made.append(_line([cell[at] if at < len(cell) else '' for cell in row], widths, sides))
    return [*made, rule] if rows else made


def _line(cells: Sequence[str], widths: Sequence[int], sides: Sequence[str]) -> str:
    return '|' + '|'.join(f' {cell:{side}{width}} ' for cell, width, side in zip(cells, widths, sides, strict=True)) + '|'


def printable(cell: str) -> str:
    """Without what would steer the terminal: names come from other people."""
    return ''.join(letter if letter.isprintable() or letter == '\n' else '\N{REPLACEMENT CHARACTER}' for letter in cell)


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str]) -> bool:
    try:
        from rich.console import Console
    except ImportError:
        return False
    Console().print(rich_table(columns, rows, right))
    return True


def rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str]) -> Any:
    """The same table for rich to draw."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.ASCII2, header_style='bold')
    for title in columns:
        made.add_column(Text(title), overflow='fold', justify='right' if title in right else 'left')
    for row in rows:
        made.add_row(*(Text(printable(cell), style=COLORS.get(cell, '')) for cell in row))
    return made


def _json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _yaml(value: Any) -> None:
    import yaml

    listed = list(map(dict, value)) if isinstance(value, Sequence) else dict(value)
    print(yaml.safe_dump(listed, sort_keys=False, allow_unicode=True), end='')


def warn(message: str) -> None:
    """One line beside the output."""
    print(f'warning: {printable(" ".join(message.split()))}', file=sys.stderr)
