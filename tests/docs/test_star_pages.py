"""The pages on star schemas, cubes and publishing: every snippet runs and says what the page says."""

from __future__ import annotations

from doctest import ELLIPSIS
from pathlib import Path

import pytest
import yaml
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from kedro_faucet import MartDataset

HOW_TO = Path(__file__).parents[2] / "docs/how-to"


def check_mart(example: Example) -> None:
    """Make the dataset of an entry."""
    [entry] = yaml.safe_load(example.parsed).values()
    assert entry.pop("type") == "kedro_faucet.MartDataset"
    MartDataset(**entry)


@pytest.mark.parametrize("page", ["star-schema", "cubes", "publish"])
def test_page(page: str, tmp_path: Path) -> None:
    """Every snippet of the page does what the page says, in the order in which it stands there."""
    python = PythonCodeBlockParser(doctest_optionflags=ELLIPSIS)
    document = Sybil(parsers=[CodeBlockParser("yaml", check_mart), python]).parse(HOW_TO / f"{page}.md")
    path = str(tmp_path / "mart.duckdb")
    document.namespace.update(path=path, mart=MartDataset(filepath=path))
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    assert len(examples) >= (HOW_TO / f"{page}.md").read_text().count("\n```") // 2
