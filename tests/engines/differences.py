"""What differs between the engines, as a page: ``python tests/engines/differences.py`` writes it.

It also writes the lists in the reference of the SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpus import MARKS, read
from rules import CASES, refusals

from kedro_faucet.engines.dialect.compiler import RULES
from kedro_faucet.engines.dialect.generator.macros import MACROS
from kedro_faucet.engines.dialect.rules.values.casts import TYPES
from kedro_faucet.engines.dialect.subset.allowed import EXPRESSIONS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
BY_NATURE: list[dict[str, str]] = read("by_nature.yml")
WARNED: dict[str, dict[str, str]] = read("warned.yml")
_LONG = 160
_HEAD = """\
# What differs between the engines

One text means the same on DuckDB and Spark, or it is refused. This page lists every exception, by its smallest example:
what is refused, what is rewritten so that it is alike, what is warned of, and what differs by nature. It is made of the
tests' own cases by `python tests/engines/differences.py`, and a test runs each of them. Examples are expressions over a
table `t`, or whole statements, in [the SQL of nodes](sql.md).

## Refused

Before anything runs, with the line and column, and with what to write instead. The mark says why:

- **never**: the engines mean different things by it, it has no certain result, or it hides a mistake.
- **not yet**: a rule could make it alike on both engines; nobody has written it.
- **engine cannot**: one of the engines has nothing like it, or does it by values that no rule can see.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *refused(), *rewritten(), *warned(), *by_nature()])


def refused() -> Iterator[str]:
    """What is refused, by the rules in their order; first what is no SELECT at all."""
    found, marks = refusals(), {text: mark for mark, texts in MARKS.items() for text in texts}
    claims = {"": "A text is one SELECT whose result a table can keep.", **{rule.name: rule.claim for rule in RULES}}
    for name, claim in claims.items():
        errors = {text: str(error) for text, (rule, error) in found.items() if rule == name}
        rows = [(code(text), marks[text], code(said(error))) for text, error in errors.items()]
        yield from section(name, claim, ("refused", "mark", "what to do"), rows)


def said(message: str) -> str:
    """What a refusal says to use instead, or else its first line."""
    use = re.search(r"Use (.+?), or say portable=False", message, re.DOTALL)
    return use[1] if use else message.splitlines()[0]


def rewritten() -> Iterator[str]:
    """What the rules make of a text, where that is short, or their shortest."""
    yield "\n## Rewritten\n\nSo that each means what it means on DuckDB, or what its rule says.\n"
    for rule in RULES:
        cases = sorted(CASES.get(rule.name, []), key=lambda case: len(case["duckdb"] + case["spark"]))
        short = [case for case in cases if max(map(len, case.values())) <= _LONG] or cases[:1]
        rows = [[code(case[key]) for key in ("sql", "duckdb", "spark")] for case in short]
        yield from section(rule.name, rule.claim, ("text", "DuckDB", "Spark"), rows)


def warned() -> Iterator[str]:
    """What is logged as a warning, once a text."""
    yield "\n## Warned of\n\nIn the log, once a text; nothing is refused.\n"
    for rule in RULES:
        rows = [map(code, row) for row in WARNED.get(rule.name, {}).items()]
        yield from section(rule.name, rule.claim, ("text", "what is said"), rows)


def by_nature() -> Iterator[str]:
    """What no rule mends, with what each engine gives."""
    yield "\n## Different by nature\n\nNeither refused nor mended.\n"
    rows = [(each["why"], *(code(each[key]) for key in ("sql", "duckdb", "spark"))) for each in BY_NATURE]
    yield from table(("what", "text", "DuckDB", "Spark"), rows)


def section(name: str, claim: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A rule's claim, and its table; nothing where that is empty."""
    if rows := list(rows):
        yield from (f"\n{' '.join(claim.split())}" + (f" (`{name}`)" if name else ""), "", *table(head, rows))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table of Markdown."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def code(text: str) -> str:
    """A text as code within a table, on one line."""
    shown = text.encode("unicode_escape").decode() if re.search(r"[\x00-\x1f\u2000-\u200b\u3000]", text) else text
    return "`" + shown.replace("|", "\\|").replace("`", "'") + "`"


def lists() -> dict[str, str]:
    """The parts of sql.md that are made, by the names of their marks."""
    return {
        "macros": "\n".join(table(("call", "gives"), ((code(each.call), each.gives) for each in MACROS.values()))),
        "types": ", ".join(map(code, TYPES)) + ".",
        "expressions": "\n".join(f"- `{form}`" for form in EXPRESSIONS.values()),
    }


def reference(text: str) -> str:
    """The reference with its made parts made anew."""
    for name, made in lists().items():
        head, mark, rest = text.partition(f"<!-- {name} -->\n")
        text = head + mark + made + "\n" + rest[rest.index("<!-- end -->") :]
    return text


def pages() -> dict[Path, str]:
    """Each page, as it is to be."""
    sql = REFERENCE / "sql.md"
    return {REFERENCE / "differences.md": page(), sql: reference(sql.read_text(encoding="utf-8"))}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
