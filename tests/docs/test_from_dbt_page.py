"""docs/how-to/from-dbt-snapshots.md is one story: its entries make datasets, its Python runs."""

from __future__ import annotations

from doctest import ELLIPSIS
from pathlib import Path

from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from test_history_page import make

PAGE = Path(__file__).parents[2] / "docs/how-to/from-dbt-snapshots.md"


def test_page(tmp_path: Path) -> None:
    """Every snippet of the page on dbt's snapshots does what the page says."""
    parsers = [CodeBlockParser("yaml", make), PythonCodeBlockParser(doctest_optionflags=ELLIPSIS)]
    document = Sybil(parsers=parsers).parse(PAGE)
    document.namespace.update(path=str(tmp_path / "people"))
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    assert len(examples) >= PAGE.read_text().count("\n```") // 2
