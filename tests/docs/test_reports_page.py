"""The page on reports: every snippet runs and says what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from executed import code, notebook, prose
from pages import DOCS
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from kedro_faucet import ReportDataset
from kedro_faucet.documents.notebook import write_notebook


def make_report(example: Example) -> None:
    """Make the dataset of an entry."""
    [entry] = yaml.safe_load(example.parsed).values()
    assert entry.pop("type") == "kedro_faucet.ReportDataset"
    example.namespace["report"] = ReportDataset(**entry)


def test_every_snippet_of_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry makes a report, the node is one, and what is saved is loaded as the page says."""
    monkeypatch.chdir(tmp_path)
    write_notebook(notebook(prose("# Delays"), code("max(delays)")), "notebooks/delays.ipynb")
    page = DOCS / "how-to/reports.md"
    document = Sybil(parsers=[CodeBlockParser("yaml", make_report), PythonCodeBlockParser()]).parse(page)
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    assert len(examples) >= page.read_text().count("\n```") // 2
    assert "40" in (tmp_path / "data/report/delays.html").read_text()
    [node] = document.namespace["pipeline"].nodes
    assert (node.inputs, node.outputs) == (["cube/delays"], ["report"])
