"""docs/how-to/history.md is one story: its entries make datasets, its Python runs."""

from __future__ import annotations

from doctest import ELLIPSIS
from pathlib import Path

import yaml
from kedro.io import AbstractDataset
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from kedro_faucet.config.entries import check_entry
from kedro_faucet.config.providers import ARGUMENTS
from kedro_faucet.datasets import HistoryDataset, ResourceDataset

PAGE = Path(__file__).parents[2] / "docs/how-to/history.md"


def make(example: Example) -> None:
    """Make each dataset of a catalog."""
    for name, entry in yaml.safe_load(example.parsed).items():
        check_entry(name, entry)
        config = {ARGUMENTS.get(key, key): value for key, value in entry.items() if key not in ("provider", "path")}
        dataset = AbstractDataset.from_config(name, {**config, "filepath": "unused"})
        assert isinstance(dataset, HistoryDataset | ResourceDataset)


def test_page(tmp_path: Path) -> None:
    """Every snippet of the page on histories does what the page says."""
    parsers = [CodeBlockParser("yaml", make), PythonCodeBlockParser(doctest_optionflags=ELLIPSIS)]
    document = Sybil(parsers=parsers).parse(PAGE)
    path = str(tmp_path / "fleet")
    told = {"kedro_faucet": {"resource": "lake/fleet"}}
    document.namespace.update(path=path, fleet=HistoryDataset(filepath=path, key="tailnum", metadata=told))
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    assert len(examples) >= PAGE.read_text().count("\n```") // 2
