"""What dimensions, facts and roles are called."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from kedro_faucet.nodes.hygiene.names import clean_name
from kedro_faucet.nodes.merge.advisor import singular

TAKEN = ("self", "table", "fact")
"""What no dimension and no role may be called: arguments of bricks."""


def star_names(tables: Iterable[str]) -> dict[str, str]:
    """Return what a row of each table is called, no two the same.

    >>> star_names(["customers", "Order Details", "Größen", "order", "Orders", "日本"])
    {'customers': 'customer', 'Order Details': 'order_detail', 'Größen': 'grossen', 'order': 'order', 'Orders': 'order_2', '日本': 'table_6'}
    """  # noqa: E501
    found: dict[str, str] = {}
    for number, table in enumerate(tables, 1):
        name = clean(singular(table)) or f"table_{number}"
        name = f"{name}_row" if name in (*TAKEN, "date") else name
        found[table] = unique(name, found.values())
    return found


def clean(name: str) -> str:
    """Return a name in lower-case letters, digits and underscores that begins with a letter, as far as it has any.

    >>> clean("Order"), clean("2nd Größe")
    ('order', 'x2nd_grosse')
    """
    return clean_name(name).strip("_")


def unique(name: str, taken: Collection[str]) -> str:
    """Return a name, with a number behind it where it is taken.

    >>> unique("order", ["order"])
    'order_2'
    """
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def role_name(columns: Sequence[str], dimension: str, *, is_only: bool) -> str:
    """Return what a dimension is called in a fact: its own name or, where it plays several parts, the columns'.

    >>> role_name(["dest_id"], "airport", is_only=False), role_name(["dest_id"], "airport", is_only=True)
    ('dest', 'airport')
    """
    own = re.sub(r"_(id|key|code|no|nr)$", "", clean("_".join(columns)))
    return dimension if is_only or not own else f"{own}_row" if own in TAKEN else own
