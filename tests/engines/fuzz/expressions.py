"""Random expressions over the columns of a FROM; window functions with the order that determines their result."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence

from fuzz.forms import AGGREGATES, FORMS, LEAVES, LITERALS


class Writer:
    """What writes random values of a family over columns.

    Args:
        chance: where the randomness comes from.
        leaves: by the letter of a family, the columns and literals that values are made of.
    """

    def __init__(self, chance: random.Random, leaves: Mapping[str, Sequence[str]] = LEAVES) -> None:
        self.chance = chance
        self.leaves = leaves

    def value(self, letter: str, depth: int = 1) -> str:
        """Write a random value of a family, of at most so many forms within each other."""
        if letter == "j":
            return f"({self.value('i', depth)} % 100)"
        if depth <= 0 or self.chance.random() < 0.25:
            return self.leaf(letter)
        return f"({self.grown(self.chance.choice(FORMS[letter]), depth - 1)})"

    def leaf(self, letter: str) -> str:
        """Write a column of a family, or a literal where there is none; sometimes so where there is one."""
        columns = self.leaves.get(letter)
        return self.chance.choice(columns if columns and self.chance.random() < 0.8 else LITERALS[letter])

    def grown(self, template: str, depth: int = 1) -> str:
        """Fill a template with random values of the families that it names."""
        return re.sub(r"\{([ijmfsdto])\}", lambda letter: self.value(letter[1], depth), template)


def expressions(seed: int) -> Iterator[str]:
    """Yield random expressions over the rows of t, each form in its turn."""
    chance = random.Random(seed)
    forms = [form for each in FORMS.values() for form in each]
    while True:
        chance.shuffle(forms)
        for form in forms:
            yield Writer(chance).grown(form, chance.randint(0, 2))


def aggregates(seed: int) -> Iterator[str]:
    """Yield random aggregates over the groups of t, each in its turn."""
    chance = random.Random(seed)
    forms = [form.replace("{key}", "id") for form in AGGREGATES]
    while True:
        chance.shuffle(forms)
        for form in forms:
            yield Writer(chance).grown(form, chance.randint(0, 2))


RANKS = {"rank()": "i", "dense_rank()": "i", "percent_rank()": "f", "cume_dist()": "f"}
PLACES = {"row_number()": "i", "ntile(3)": "i"}
NEIGHBOURS = {
    "lag({i})": "i", "lead({s})": "s", "lag({d}, 2)": "d", "lead({t}, 1)": "t", "lag({m}, 1, {m})": "m",
    "lead({s}, 1, 'none')": "s", "lag({o} ignore nulls)": "o", "lead({f})": "f", "lead({d} ignore nulls)": "d",
}  # fmt: skip
VALUES = {
    "first_value({s})": "s", "last_value({i})": "i", "nth_value({d}, 2)": "d", "first_value({m} ignore nulls)": "m",
    "last_value({t} ignore nulls)": "t", "nth_value({o}, 1)": "o",
}  # fmt: skip
TOTALS = {
    "count(*)": "i", "count({s})": "i", "sum({j})": "i", "min({s})": "s", "max({d})": "d", "min({t})": "t",
    "max({m})": "m", "avg({j})": "f", "count_if({o})": "i", "bool_and({o})": "o", "bool_or({o})": "o",
    "sum({j}) filter (where {o})": "i", "stddev_pop({j})": "f", "max({f})": "f", "variance({j})": "f",
}  # fmt: skip
UNORDERED = {
    "median({j})": "f", "count(distinct {i})": "i", "any_value({s})": "s",
    "string_agg({s}, ',' order by {key})": "s", "first_by({s}, {key})": "s",
    "last_by({i}, {key})": "i",
}  # fmt: skip
_STARTS = ["unbounded preceding", "2 preceding", "1 preceding", "current row"]
_ENDS = ["current row", "1 following", "2 following", "unbounded following"]


def window(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    """Write a function over a window, and the letter of its family.

    Args:
        writer: what writes values over the columns.
        key: the columns that tell the rows apart; without them, what depends on the order of equal rows is left out.
    """
    chance = writer.chance
    kinds = [_ranked, _running, _ranged, _whole, *([_placed, _neighbouring, _valued, _framed] if key else [])]
    return chance.choice(kinds)(writer, key)


def order(writer: Writer, columns: Sequence[str]) -> str:
    """Write an order by these columns, each up or down, NULLs first or last."""
    ends = ["", " desc", " nulls first", " desc nulls last", " asc"]
    return ", ".join(f"{column}{writer.chance.choice(ends)}" for column in columns)


def partition(writer: Writer) -> str:
    """Write what a window is parted by; often nothing."""
    by = writer.value(writer.chance.choice("sosid"), writer.chance.choice([0, 0, 1]))
    return f"partition by {by} " if writer.chance.random() < 0.5 else ""


def _over(writer: Writer, functions: Mapping[str, str], spec: str) -> tuple[str, str]:
    function = writer.chance.choice(list(functions))
    return f"{writer.grown(function)} over ({spec.strip()})", functions[function]


def _ranked(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    return _over(writer, RANKS, f"{partition(writer)}order by {_by(writer)}")


def _by(writer: Writer) -> str:
    return order(writer, [writer.leaf(writer.chance.choice("isdtmo"))])


def _unique(writer: Writer, key: Sequence[str]) -> str:
    first = [writer.leaf(writer.chance.choice("sdo"))] if writer.chance.random() < 0.3 else []
    return f"{partition(writer)}order by {order(writer, [*first, *key])}"


def _placed(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    return _over(writer, PLACES, _unique(writer, key))


def _neighbouring(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    return _over(writer, NEIGHBOURS, _unique(writer, key))


def _valued(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    return _over(writer, VALUES, _unique(writer, key) + writer.chance.choice(["", _rows(writer)]))


def _framed(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    return _over(writer, TOTALS, _unique(writer, key) + _rows(writer))


def _running(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    return _over(writer, TOTALS, f"{partition(writer)}order by {_by(writer)}")


def _whole(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    unordered = {text: letter for text, letter in UNORDERED.items() if len(key) == 1 or "{key}" not in text}
    functions = {text.replace("{key}", next(iter(key), "")): each for text, each in (TOTALS | unordered).items()}
    return _over(writer, functions, partition(writer))


def _ranged(writer: Writer, key: Sequence[str]) -> tuple[str, str]:
    by, step = writer.chance.choice([("j", "3"), ("j", "10"), ("d", "interval 7 day"), ("t", "interval 2 hour")])
    frames = [
        f"{step} preceding and current row", f"{step} preceding and {step} following",
        f"current row and {step} following", f"unbounded preceding and {step} preceding",
    ]  # fmt: skip
    frame = f"range between {writer.chance.choice(frames)}"
    return _over(writer, TOTALS, f"{partition(writer)}order by {writer.value(by)} {frame}")


def _rows(writer: Writer) -> str:
    start, end = writer.chance.choice(_STARTS), writer.chance.choice(_ENDS)
    return f" rows between {start} and {end}"
