"""A module written as a notebook beside the same as a .py file, both with Python's cache of compiled code.

    pip install -e '.[notebooks]' importnb
    python benchmarks/notebook_import.py [--rounds 200]

Thirty functions and their imports, in ten cells; the notebook also holds ten
cells that explore, with 200 kB of outputs.
Imported again and again in one process, in turn; CPU time of each, medians. importnb is measured where it is
installed, on a notebook without the cells that explore: it would run them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

CELLS = [
    "import json\nimport math\n"
    + "\n".join(
        f"\n\ndef step_{cell}_{each}(rows, limit=5):\n"
        '    """Keep the rows below a limit."""\n'
        "    kept = [row for row in rows if row < limit]\n"
        "    if not kept:\n        raise ValueError(json.dumps(rows))\n"
        "    return {'mean': math.fsum(kept) / len(kept), 'kept': kept}"
        for each in range(3)
    )
    for cell in range(10)
]


def main(rounds: int) -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        package = Path(folder) / "measured"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "as_file.py").write_text("\n\n\n".join(CELLS) + "\n")
        write(package / "as_notebook.ipynb", explore=True)
        write(package / "as_bare_notebook.ipynb", explore=False)
        sys.path.insert(0, folder)
        sys.dont_write_bytecode = False
        import kedro_faucet  # noqa: F401

        measured = {"file": "as_file", "notebook": "as_notebook"}
        found = {name: timed(lambda m=module: fresh(m)) for name, module in measured.items()}  # fills the caches
        seconds: dict[str, list[float]] = {name: [] for name in [*measured, "importnb"]}
        importnb = loader(stack)
        for _ in range(rounds):
            for name, module in measured.items():
                seconds[name].append(timed(lambda m=module: fresh(m)))
            if importnb:
                seconds["importnb"].append(timed(importnb))
        report(found, seconds)


def report(first: dict[str, float], seconds: dict[str, list[float]]) -> None:
    """Print what was measured."""
    base = statistics.median(seconds["file"])
    for name, values in seconds.items():
        if values:
            median = statistics.median(values)
            cold = f", uncached {first[name] * 1000:.2f} ms" if name in first else ""
            print(f"{name:10} {median * 1000:.3f} ms, {median / base:.2f} x the file{cold}")


def fresh(module: str) -> Any:
    """Import a module as if for the first time."""
    sys.modules.pop(f"measured.{module}", None)
    return importlib.import_module(f"measured.{module}")


def timed(function: Callable[[], Any]) -> float:
    """Return the CPU time of a call."""
    begun = time.process_time()
    function()
    return time.process_time() - begun


def loader(stack: ExitStack) -> Callable[[], Any] | None:
    """Return an import by importnb, if it is installed."""
    try:
        from importnb import Notebook
    except ImportError:
        return None

    def load() -> Any:
        sys.modules.pop("measured.as_bare_notebook", None)
        with Notebook():
            return importlib.import_module("measured.as_bare_notebook")

    return load


def write(path: Path, explore: bool) -> None:
    """Write the notebook."""
    cells = [code(source, "") for source in CELLS]
    if explore:
        cells += [code("print('x' * 20_000)", "x" * 20_000)] * 10
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1))


def code(source: str, shown: str) -> dict[str, Any]:
    """Return a cell of code."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": [shown]}] if shown else []
    cell = {"cell_type": "code", "metadata": {}, "source": source.splitlines(True)}
    return {**cell, "outputs": outputs, "execution_count": None}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    main(parser.parse_args().rounds)
