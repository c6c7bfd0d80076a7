"""A draft of a star schema, in code, from the joins that tables are made for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kedro_faucet.nodes.merge.advisor import Advice, Join, singular

_GRAIN = "  # name the columns that tell one row from all others"


def draft_star(advice: Advice) -> str:
    """Return the code of a star schema: what is looked up is a dimension, what looks up and is not looked up a fact.

    >>> joins = [Join("lake/flights", "lake/airlines", {"carrier": "code"}, "many-to-one", 9, 9, 0, 9, ())]
    >>> print(draft_star(Advice(joins, {"lake/flights": ["id"], "lake/airlines": ["code"]})))
    from kedro_faucet.nodes.star import Count, Dimension, Fact, Role, StarSchema
    <BLANKLINE>
    schema = StarSchema(
        dimensions=[
            Dimension("airline", source="lake/airlines", key="code"),
        ],
        facts=[
            Fact(
                "flight",
                source="lake/flights",
                grain=["id"],
                dimensions={
                    "airline": Role("airline", "carrier"),
                },
                measures=[Count()],
            ),
        ],
    )

    Args:
        advice: as ``advise`` gives it; joins that multiply rows are left out, and a fact without a candidate key needs
            its grain written.
    """
    good = [each for each in advice.joins if each.relationship != "many-to-many"]
    looked_up = {each.other: list(each.on.values()) for each in reversed(good)}
    facts = [name for name in dict.fromkeys(each.table for each in good) if name not in looked_up]
    lines = ["from kedro_faucet.nodes.star import Count, Dimension, Fact, Role, StarSchema", "", "schema = StarSchema("]
    lines += ["    dimensions=["]
    lines += [f"        Dimension({_text(_name(name))}, source={_text(name)}, key={_key(key)}),"
              for name, key in sorted(looked_up.items())]  # fmt: skip
    lines += ["    ],", "    facts=["]
    for fact in sorted(facts):
        lines += _fact(fact, [each for each in good if each.table == fact], advice.keys.get(fact, []))
    return "\n".join([*lines, "    ],", ")"])


def _fact(name: str, joins: Sequence[Join], keys: Sequence[str]) -> list[str]:
    others = [each.other for each in joins]
    roles = {_role(each, others): f"Role({_text(_name(each.other))}, {_key(list(each.on))})" for each in joins}
    grain = f"grain=[{_text(keys[0])}]," if keys else f"grain=[],{_GRAIN}"
    said = [_text(_name(name)) + ",", f"source={_text(name)},", grain, "dimensions={"]
    said += [f"    {_text(role)}: {code}," for role, code in roles.items()] + ["},", "measures=[Count()],"]
    return ["        Fact(", *(f"            {line}" for line in said), "        ),"]


def _role(join: Join, others: Sequence[str]) -> str:
    """Return what a dimension is called in a fact: its own name or, where it plays several roles, the column's."""
    own = others.count(join.other) == 1
    return _name(join.other) if own else re.sub(r"_(id|key|code)$", "", _clean("_".join(join.on)))


def _name(table: str) -> str:
    return _clean(singular(table.rpartition("/")[2]))


def _clean(name: str) -> str:
    return re.sub(r"^[^a-z]+", "", re.sub(r"\W+", "_", name.lower())) or "table"


def _key(columns: Sequence[str]) -> str:
    return _text(columns[0]) if len(columns) == 1 else f"[{', '.join(map(_text, columns))}]"


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
