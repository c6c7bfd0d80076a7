"""`%load_ext kedro_faucet` in the kernel that Jupyter starts, beside a notebook of a real project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cells import write_cells
from jupyter_client.manager import start_new_kernel
from projects import make_project

pytestmark = pytest.mark.slow
QUIET = "import logging; logging.disable(logging.INFO)"
FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n",
    "conf/prod/engine.yml": "engine: {memory_limit: 1GB}\n",
    "data/raw/planes.csv": "tailnum,seats\nN1,100\nN2,<script>\n",
    "src/shop/notebooks/__init__.py": "import kedro_faucet\n",
}


class Kernel:
    """A kernel that says what a cell shows, errors last."""

    def __init__(self, folder: Path, **environment: str) -> None:
        """Start it as Jupyter does."""
        self.manager, self.client = start_new_kernel(cwd=str(folder), env={**os.environ, **environment})

    def run(self, code: str) -> str:
        """The text that a cell shows, HTML where there is some."""
        shown: list[str] = []

        def show(message: dict[str, Any]) -> None:
            content = message["content"]
            data = content.get("data", {})
            shown.append(content.get("text", "") or data.get("text/html") or data.get("text/plain", ""))
            if message["msg_type"] == "error":
                shown.append("\n".join([content["ename"], *content["traceback"]]))

        self.client.execute_interactive(code, output_hook=show, timeout=120)
        return "".join(shown)

    def value(self, code: str) -> str:
        """What an expression is, without the colours that Kedro has Rich put around it."""
        return self.run(f"print(repr(({code})))").strip()

    def complete(self, code: str) -> list[str]:
        """What the Tab key offers."""
        matches: list[str] = self.client.complete(code, reply=True, timeout=60)["content"]["matches"]
        return matches


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a notebook that defines a function."""
    root = make_project(tmp_path_factory.mktemp("shop"), FILES)
    write_cells(root / "src/shop/notebooks/clean.ipynb", "def double(value):\n    return 2 * value")
    return root


@pytest.fixture(scope="module")
def start(shop: Path) -> Iterator[Any]:
    """Starts kernels, and ends them."""
    kernels: list[Kernel] = []

    def started(folder: Path, **environment: str) -> Kernel:
        kernels.append(Kernel(folder, **environment))
        kernels[-1].run(QUIET)
        return kernels[-1]

    yield started
    for kernel in kernels:
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(shop: Path, start: Any) -> Kernel:
    """A kernel beside the project's notebooks, in which the extension is loaded."""
    started: Kernel = start(shop / "src/shop/notebooks")
    assert started.run("%load_ext kedro_faucet") == ""
    return started


def test_the_project_is_open(kernel: Kernel) -> None:
    """Catalog, engine, context, session and pipelines are there, and a resource becomes a frame."""
    assert kernel.value("engine, list(pipelines)") == "(<engine duckdb>, ['__default__'])"
    assert kernel.value("context.project_path.name == session._project_path.name") == "True"
    kernel.run("from kedro_faucet import to_pandas\nplanes = to_pandas(catalog.load('raw/planes'))")
    assert kernel.value("planes.shape") == "(2, 2)"


def test_the_modules_of_the_project_are_imported(kernel: Kernel) -> None:
    """The package is found without a word about paths, and so are its notebooks; autoreload sees them change."""
    kernel.run("%load_ext autoreload\n%autoreload 2\nfrom shop.notebooks.clean import double")
    assert kernel.value("double(2)") == "4"
    kernel.run("import pathlib, shop; clean = pathlib.Path(shop.__file__).parent / 'notebooks/clean.ipynb'")
    kernel.run("clean.write_text(clean.read_text().replace('2 * value', '1000 * value')); None")
    assert kernel.value("double(2)") == "2000"
    shown = kernel.run("double(None)")
    assert "return " in shown
    assert "1000" in shown


def test_a_sql_cell_reads_resources_and_variables(kernel: Kernel) -> None:
    """A resource by its quoted name, tables and frames by their variables; the result is bound and shown."""
    shown = kernel.run("%%sql small\nselect * from \"raw/planes\" where tailnum = 'N1'")
    assert "<td>N1</td><td>100</td>" in shown
    kernel.run("import pandas as pd\nnames = pd.DataFrame({'tailnum': ['N1'], 'name': ['Ann']})")
    shown = kernel.run("%%sql\nselect name, seats from small join names using (tailnum)")
    assert "<td>Ann</td><td>100</td>" in shown
    assert kernel.value("small.columns") == "['tailnum', 'seats']"


def test_a_table_is_shown_as_html(kernel: Kernel) -> None:
    """The first rows are a table in the browser, and nothing in the data is markup."""
    shown = kernel.run("catalog.load('raw/planes')")
    assert "<th>tailnum</th><th>seats</th>" in shown
    assert "<td>N2</td><td>&lt;script&gt;</td>" in shown
    assert "the first 10 rows" in kernel.run("engine.sql('select unnest(range(11)) as n', portable=False)")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%sql\nselect * from smal", "No table 'smal': neither a variable of the notebook nor a resource"),
        ('%%sql\nselect * from "raw/plane"', "There is no file"),
        ("%%sql\nselect hash(n) from t", "No table 't'"),
        ("%%sql one two\nselect 1", "%%sql takes the name of one variable, not 'one two'."),
        ("%%sql\nselect * frm t", "The SQL cannot be parsed"),
        ("%profile prd", "No profile 'prd'; there are base, local, prod. Did you mean 'prod'?"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(kernel: Kernel, cell: str, said: str) -> None:
    """No traceback: the message alone."""
    shown = kernel.run(cell)
    assert shown.startswith(f"UsageError: {said}")
    assert "Traceback" not in shown


def test_a_profile_is_opened(kernel: Kernel) -> None:
    """`%profile` says which is open, completes their names, and opens another: engine and catalog are that one's."""
    assert kernel.run("%profile") == "Profile 'local', engine duckdb; there are base, local, prod\n"
    assert kernel.complete("%profile pr") == ["prod"]
    kernel.run("before = engine.sql('select 1 as n')")
    assert kernel.run("%profile prod") == "Profile 'prod', engine duckdb\n"
    assert kernel.value("engine.config['memory_limit'], context.env") == "('1GB', 'prod')"
    assert "'before' was made on another engine" in kernel.run("%%sql\nselect * from before")


def test_the_project_is_found_wherever_jupyter_was_started(shop: Path, start: Any, tmp_path: Path) -> None:
    """A server started elsewhere tells the kernel where the notebook is, and that is where the search begins."""
    kernel = start(tmp_path, JPY_SESSION_NAME=str(shop / "src/shop/notebooks/explore.ipynb"))
    kernel.run("%load_ext kedro_faucet")
    assert kernel.value("context.project_path.name") == repr(shop.name)


def test_without_a_project_sql_cells_work_still(start: Any, tmp_path: Path) -> None:
    """A warning says where was searched; SQL runs on the embedded engine."""
    kernel = start(tmp_path)
    assert "No Kedro project in" in kernel.run("%load_ext kedro_faucet")
    assert "No project is open" in kernel.run("%profile")
    assert "<td>2</td>" in kernel.run("%%sql\nselect 1 + 1 as two")
