"""Texts: cut, joined, trimmed, compared with a pattern."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import DOUBLE, FLOAT, INTEGER, NUMBERS, TEXT
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.guards import raw, sql, text
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse

_BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB's trim takes off; Spark's takes off the first of them alone."""


@refuses(exp.Substring, exp.Left, exp.Right)
def letters(node: Any) -> None:
    """Letters count from 1, and no number of them is negative: the engines make different things of others."""
    if isinstance(node.args.get("start"), exp.Literal) and node.args["start"].this == "0":
        refuse(node, "substring from 0", "substring(s, 1, n): letters count from 1")
    for name in ("length", "expression"):
        if isinstance(node.args.get(name), exp.Neg):
            refuse(node, "a negative number of letters", "left, right and substring with a number from 0 up")


@refuses(exp.SplitPart)
def split(node: Any) -> None:
    """A text is split by one that is written out: by an empty one, and at part 0, the engines differ."""
    separator, index = node.args["delimiter"], node.args["part_index"]
    if not isinstance(separator, exp.Literal) or not separator.this:
        refuse(node, "split_part by a computed or empty text", "split_part(s, ',', 1)")
    if not isinstance(index, exp.Literal | exp.Neg) or index.name == "0":
        refuse(node, "split_part of a computed part, or part 0", "split_part(s, ',', 1)")


@refuses(exp.Pad)
def padding(node: Any) -> None:
    """A text is filled up with one that is written out: DuckDB stops at an empty one."""
    fill = node.args.get("fill_pattern")
    if fill is not None and not (isinstance(fill, exp.Literal) and fill.this):
        refuse(node, "lpad or rpad with a computed or empty text", "lpad(s, n, '0')")


@refuses(exp.DPipe, exp.Concat, exp.ConcatWs, exp.GroupConcat)
def joined(node: Any) -> None:
    """A float is not joined to a text: the engines write 1e10 and 1.0E10."""
    for value in (node.this, node.args.get("expression"), *node.expressions):
        inner = value.this if isinstance(value, exp.Order) else value
        if isinstance(inner, exp.Expression) and family(inner) in (FLOAT, DOUBLE):
            refuse(node, f"a {family(inner)} as text", "a cast: cast the value first, to DECIMAL(18, 2)")


@refuses(exp.Left, exp.Right, exp.Substring, exp.Repeat)
def whole_count(node: Any) -> None:
    """A number of letters or times is an integer: DuckDB rounds a fraction, Spark cuts it off."""
    name = "repeat" if isinstance(node, exp.Repeat) else "letters"
    for key in ("start", "length", "expression", "times"):
        value = node.args.get(key)
        if isinstance(value, exp.Expression) and family(value) in set(NUMBERS) - {INTEGER}:
            refuse(node, f"{name} by a fraction", "an integer: cast(floor(x) as integer)")


@rewrites(exp.DPipe, exp.Concat, exp.ConcatWs)
def concatenated(node: Any, engine: str) -> Any:
    """What is joined to a text becomes one first: each engine has its own conversions."""
    for name in ("this", "expression"):
        if node.args.get(name) is not None:
            node.set(name, as_text(node.args[name], engine))
    node.set("expressions", [as_text(value, engine) for value in node.expressions] or None)
    return node


def as_text(value: Any, engine: str) -> Any:
    """Return a value as text, guarded where its type is unknown."""
    return value if family(value) == TEXT else text(sql(value, engine), engine, family(value))


@rewrites(exp.Substring, exp.Left, exp.Right)
def cut(node: Any, engine: str) -> Any:
    """A computed number of letters below 0 is 0, a computed start at 0 is 1."""
    for name, least in (("start", 1), ("length", 0), ("expression", 0)):
        count = node.args.get(name)
        if count is not None and not _is_number(count):
            value = sql(count, engine)
            at_least = f"{value} = 0 then 1" if least else f"{value} < 0 then 0"
            node.set(name, raw(f"case when {at_least} else cast({value} as int) end", engine, value))
    return node


def _is_number(node: Any) -> bool:
    return isinstance(node, exp.Literal) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal))


# Letters whose capital is several letters in Unicode, and those of them that have one of a single letter besides.
_SEVERAL = "[ßŉǰ\u0390\u03b0\u1fd3\u1fe3ևẖ-ẚὐὒὔὖᾀ-ᾯᾲ-ᾴᾶᾷᾼῂ-ῄῆῇῌῒῖῗῢῤῦῧῲ-ῴῶῷῼﬀ-ﬆﬓ-ﬗ]"
_SINGLE = "'ßᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾳῃῳ', 'ẞᾈᾉᾊᾋᾌᾍᾎᾏᾘᾙᾚᾛᾜᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾼῌῼ'"


def capital(letter: str) -> str:
    """Return Spark's SQL for the capital of one letter, which is one letter."""
    return f"case when {letter} rlike '{_SEVERAL}' then translate({letter}, {_SINGLE}) else upper({letter}) end"


@rewrites(exp.Upper, engine="spark")
def capitals(node: Any, engine: str) -> Any:
    """A capital is one letter, or the letter itself: Java knows two for ß, and three for ΐ."""
    value = sql(node.this, engine)
    letters = f"transform(regexp_extract_all({value}, '(?s).', 0), kf_letter -> {capital('kf_letter')})"
    made = f"case when {value} rlike '{_SEVERAL}' then array_join({letters}, '') else upper({value}) end"
    return raw(made, engine, value)


@rewrites(exp.Lower, engine="spark")
def small_letters(node: Any, engine: str) -> Any:
    """A small letter is one letter, wherever it stands: Java knows two for İ, and another sigma at a word's end."""
    node.set("this", raw(f"translate({sql(node.this, engine)}, 'İΣ', 'iσ')"))
    return node


@rewrites(exp.Like, exp.ILike, engine="spark")
def backslash(node: Any, engine: str) -> Any:
    """A backslash in LIKE is a letter: Spark takes it for an escape."""
    pattern = node.expression
    plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.this
    if plain or isinstance(node.parent, exp.Escape):
        return node
    return raw(rf"({node.sql(engine)} escape r'{chr(1)}')")


@rewrites(exp.Trim, engine="spark")
def trimmed(node: Any, engine: str) -> Any:
    """Trim takes off all blanks of Unicode: Spark's takes off the space alone."""
    if node.expression is not None:
        return node
    side = {"LEADING": "leading", "TRAILING": "trailing"}.get(str(node.args.get("position")).upper(), "both")
    return raw(f"trim({side} '{_BLANKS}' from {sql(node.this, engine)})")
