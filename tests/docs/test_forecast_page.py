"""The page on forecasting: every snippet runs and says what the page says, and its files make a pipeline that runs."""

from __future__ import annotations

from doctest import ELLIPSIS
from pathlib import Path

import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from pages import DOCS
from sybil import Example, Sybil
from sybil.document import Document
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from kedro_faucet.config.providers import Setting, expand, read_providers
from kedro_faucet.engines import connect, engine_of

PAGE = DOCS / "how-to/forecast.md"


def read(example: Example) -> None:
    """Keep the entries of the catalog; a command installs what is installed."""
    if example.document.text[example.start :].startswith("```yaml"):
        example.namespace["entries"] = yaml.safe_load(example.parsed)
    else:
        assert example.parsed.startswith("$ pip install")


@pytest.fixture(scope="module")
def page() -> Document:
    """The page, all of whose examples ran in their order."""
    blocks = [CodeBlockParser("yaml", read), CodeBlockParser("console", read)]
    document = Sybil(parsers=[*blocks, PythonCodeBlockParser(doctest_optionflags=ELLIPSIS)]).parse(PAGE)
    for example in document.examples():
        example.evaluate()
    assert len(list(document.examples())) >= PAGE.read_text().count("\n```") // 2
    return document


@pytest.mark.slow
def test_the_pipeline_of_the_page_runs(page: Document, tmp_path: Path) -> None:
    """The page's pipeline and catalog forecast the page's own sales, and keep forecasts, model and plot."""
    setting = Setting(read_providers({"forecast": {"path": f"{tmp_path}/forecast"}}), {"type": "duckdb"}, None, "base")
    sales = connect().sql(
        "select unique_id as shop, ds as sold_on, y as amount from sales",
        sales=connect().from_frame(page.namespace["sales"]),
    )
    config = expand(page.namespace["entries"], setting)
    catalog = DataCatalog.from_config(config)
    catalog["lake/sales"], catalog["params:run_id"] = MemoryDataset(sales, copy_mode="assign"), MemoryDataset("one")
    SequentialRunner().run(page.namespace["create_pipeline"](), catalog)
    made = catalog.load("forecast/sales")
    assert engine_of(made).rows(engine_of(made).sql("select count(*), count(distinct run_id) from m", m=made)) == [
        (2 * 28, 1)
    ]
    assert len(list((tmp_path / "forecast/models/sales.pkl").iterdir())) == 1
    assert (tmp_path / "forecast/plots/sales.json").exists()
