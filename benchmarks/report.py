"""A notebook of thirty cells as an HTML report, beside nbconvert.

    pip install -e '.[notebooks]' nbconvert nbformat
    python benchmarks/report.py [--rounds 5]

Each program renders the same executed notebook (ten cells of prose, twenty of code with a table each, six with a
picture) once a round in a process of its own. Counted is the CPU time of the imports, of the first page, and of a page
when the process is warm (the median of twenty). The programs take turns.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

PICTURE = base64.b64encode(os.urandom(20_000)).decode()
ROWS = "".join(f"<tr><th>{row}</th>" + f"<td>{row * 1.5:.3f}</td>" * 5 + "</tr>" for row in range(8))
TABLE = f'<table border="1" class="dataframe"><thead><tr><th></th></tr></thead><tbody>{ROWS}</tbody></table>'
SOURCE = """late = flights[flights["dep_delay"] >= 15]
by_month = late.groupby(late["flight_date"].dt.month).agg(count=("flight", "size"), mean=("dep_delay", "mean"))
for month, row in by_month.iterrows():
    print(f"{month}: {row['mean']:.1f} minutes")  # of those that left
by_month"""


def notebook() -> dict[str, Any]:
    """Return the executed notebook."""
    cells = []
    for number in range(10):
        text = (
            f"## Part {number}\n\nSome **words** on what is seen, with a [link](https://example.org).\n\n- one\n- two"
        )
        cells.append({"cell_type": "markdown", "id": f"p{number}", "metadata": {}, "source": text})
        cells += [_code(f"{number}a", number < 6), _code(f"{number}b", False)]
    return {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}


def _code(name: str, pictured: bool) -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": "1: 10.0 minutes\n2: 10.8 minutes\n"}]
    forms = [
        {"text/html": TABLE, "text/plain": "x"},
        *([{"image/png": PICTURE, "text/plain": "x"}] if pictured else []),
    ]
    outputs += [{"output_type": "display_data", "metadata": {}, "data": form} for form in forms]
    cell = {"cell_type": "code", "id": name, "metadata": {}, "source": SOURCE}
    return {**cell, "execution_count": 1, "outputs": outputs}


def _faucet(text: str) -> Callable[[], str]:
    from kedro_faucet.documents.html import render

    read = json.loads(text)
    return lambda: render(read)


def _nbconvert(text: str) -> Callable[[], str]:
    import nbformat
    from nbconvert import HTMLExporter

    read, exporter = nbformat.reads(text, 4), HTMLExporter(embed_images=True)
    return lambda: str(exporter.from_notebook_node(read)[0])


PROGRAMS: dict[str, Callable[[str], Callable[[], str]]] = {"kedro-faucet": _faucet, "nbconvert": _nbconvert}


def _measure(name: str) -> None:
    """Print what one process of a program takes, in CPU seconds, and the size of its page."""
    text = sys.stdin.read()
    begun = time.process_time()
    page = PROGRAMS[name](text)
    imported = time.process_time()
    html = page()
    first = time.process_time()
    warm = []
    for _ in range(20):
        at = time.process_time()
        page()
        warm.append(time.process_time() - at)
    pictures = sum(map(len, re.findall(r"data:image/[^\"]*", html)))
    from_elsewhere = len(re.findall(r'(?:src|href)="https?://(?!example)', html))
    print(
        json.dumps([imported - begun, first - imported, statistics.median(warm), len(html) - pictures, from_elsewhere])
    )


def main() -> None:
    """Run the rounds and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure")
    asked = parser.parse_args()
    if asked.measure:
        _measure(asked.measure)
        return
    text, seen = json.dumps(notebook()), {name: list[list[float]]() for name in PROGRAMS}
    for _ in range(asked.rounds):
        for name in PROGRAMS:
            command = [sys.executable, __file__, "--measure", name]
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
            seen[name].append(json.loads(done.stdout))
    print("| | imports, s | first page, ms | warm, ms | kB beside pictures | from elsewhere |\n|" + " --- |" * 6)
    for name, rounds in seen.items():
        imports, first, warm, size, links = map(statistics.median, zip(*rounds, strict=True))
        cells = [f"{imports:.2f}", f"{first * 1000:.0f}", f"{warm * 1000:.1f}", f"{size / 1000:.0f}", f"{links:.0f}"]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
