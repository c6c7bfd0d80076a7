"""Notebooks as nodes: beside the same node as a function, and beside papermill, ploomber-engine and nbconvert.

    pip install 'kedro-faucet[notebooks,pandas]' nbconvert ploomber-engine psutil
    python benchmarks/notebook.py [--rounds 7] [--runs 200]

The node takes the flights of 2013 as a frame of pandas (336,776 rows) and makes the delays by month and carrier. The
trivial notebook is `x = 1` and `x + 1`. All take turns, so that what else the machine does meets each alike. Counted is
CPU time, of child processes too, without imports: each has run once before. A node's results are compared.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from kedro_faucet import engines
from kedro_faucet.notebooks.execute import execute
from kedro_faucet.notebooks.node import notebook_node
from kedro_faucet.notebooks.process import execute_in_kernel

FLIGHTS = Path(__file__).parent.parent / "starters/faucet/{{ cookiecutter.repo_name }}/data/01_raw/flights"
TRIVIAL = ["x = 1", "x + 1"]
NODE = [
    "import pandas as pd",
    "known = flights[flights.dep_delay.notna()]\n"
    "known = known.assign(month=pd.to_datetime(known.flight_date).dt.month, late=known.arr_delay > 15)",
    "groups = known.groupby(['month', 'carrier'])\n"
    "delays = groups.agg(flights=('flight', 'size'), dep_delay=('dep_delay', 'mean'), late=('late', 'mean'))\n"
    "delays = delays.reset_index()\n"
    "delays.head()",
]


def as_function(flights: Any) -> Any:
    """Do what the notebook's cells do."""
    import pandas as pd

    known = flights[flights.dep_delay.notna()]
    known = known.assign(month=pd.to_datetime(known.flight_date).dt.month, late=known.arr_delay > 15)
    groups = known.groupby(["month", "carrier"])
    delays = groups.agg(flights=("flight", "size"), dep_delay=("dep_delay", "mean"), late=("late", "mean"))
    return delays.reset_index()


def write(name: str, sources: list[str]) -> Path:
    """Write a notebook as Jupyter would, with its kernel."""
    blank = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**blank, "id": f"c{at}", "source": source} for at, source in enumerate(sources)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = Path(name)
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    return path


def by_papermill(path: Path) -> None:
    """Run a notebook by papermill."""
    import papermill

    papermill.execute_notebook(str(path), "papermill.ipynb", progress_bar=False)


def by_ploomber(path: Path) -> None:
    """Run a notebook by ploomber-engine, in this process too."""
    from ploomber_engine import execute_notebook

    execute_notebook(str(path), "ploomber.ipynb", progress_bar=False, verbose=False)


def by_nbconvert(path: Path) -> None:
    """Run a notebook by nbconvert's preprocessor."""
    import nbformat
    from nbconvert.preprocessors import ExecutePreprocessor

    notebook = nbformat.read(path, as_version=4)
    ExecutePreprocessor(kernel_name="python3").preprocess(notebook, {})
    nbformat.write(notebook, "nbconvert.ipynb")


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU seconds that something takes, its child processes' too."""
    gc.collect()
    before = _spent()
    work()
    return _spent() - before


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def in_turn(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Measure each in each round, after one that is not counted."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for count in range(rounds + 1):
        for name, work in works.items():
            spent = seconds(work)
            if count:
                found[name].append(spent)
    return found


def show(title: str, found: dict[str, list[float]], base: str) -> None:
    """Print a table: medians, spread, and the median of the ratios within a round."""
    print(f"\n| {title} | CPU s | lowest–highest | × {base} |\n| --- | --- | --- | --- |")
    for name, spent in found.items():
        ratio = statistics.median(one / other for one, other in zip(spent, found[base], strict=True))
        spread = f"{min(spent):.4f}–{max(spent):.4f}"
        print(f"| {name} | {statistics.median(spent):.4f} | {spread} | {ratio:.3f} |", flush=True)


def flat(work: Callable[[], Any], runs: int) -> None:
    """Print the memory after a tenth of the runs, half, and all."""
    process, marks = psutil.Process(), {runs // 10, runs // 2, runs}
    for count in range(1, runs + 1):
        work()
        if count in marks:
            print(f"after {count} runs: {process.memory_info().rss / 2**20:.0f} MB", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    engine = engines.connect()
    files = [str(path) for path in sorted(FLIGHTS.glob("*.csv.gz"))]
    flights = engine.persist(engine.read_files("csv", files, nulls=["NA"]))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        trivial, path = write("trivial.ipynb", TRIVIAL), write("delays.ipynb", NODE)
        function = engines.frames("pandas")(as_function)
        brick = notebook_node(str(path), ["flights"], ["delays"], frames="pandas").func
        apart = notebook_node(str(path), ["flights"], ["delays"], frames="pandas", isolation="process").func
        made = engine.rows(function(flights))
        assert [tuple(row) for row in brick(flights=flights)["delays"].itertuples(index=False)] == made
        works = {"as a function": lambda: function(flights), "as a notebook": lambda: brick(flights=flights)}
        show("the node", in_turn(works, options.rounds * 3), "as a function")
        works = {"as a function": works["as a function"], "as a notebook, isolated": lambda: apart(flights=flights)}
        show("the node", in_turn(works, options.rounds), "as a function")
        works = {
            "in process": lambda: execute(trivial, {}, ["x"], keep="kept.ipynb"),
            "isolated": lambda: execute_in_kernel(trivial, {}, ["x"], keep="kept.ipynb"),
            "papermill": lambda: by_papermill(trivial),
            "ploomber-engine": lambda: by_ploomber(trivial),
            "nbconvert": lambda: by_nbconvert(trivial),
        }
        show("a trivial notebook", in_turn(works, options.rounds), "papermill")
        print()
        flat(lambda: brick(flights=flights), options.runs)
        os.chdir("/")


if __name__ == "__main__":
    main()
