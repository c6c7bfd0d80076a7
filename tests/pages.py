"""Runs the pages of the docs: a block is a file, which its first line names, or commands with what they write."""

from __future__ import annotations

import shlex
import subprocess
import sys
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

from projects import ENVIRONMENT, write_files
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser

from kedro_faucet.documents.notebook import write_notebook
from kedro_faucet.documents.percent import from_percent

DOCS = Path(__file__).parents[1] / "docs"
# What the tests' own environment has already, and what tests/e2e/test_prod.py runs.
ELSEWHERE = ("pip install", "kedro run --env prod")


def run_page(page: Path, root: Path) -> None:
    """Read a page from top to bottom in a folder: every file is written, every command must do what the page says."""
    parsers = [CodeBlockParser(language, write) for language in ("yaml", "python", "sql", "csv")]
    document = Sybil(parsers=[*parsers, CodeBlockParser("console", run)]).parse(page)
    document.namespace["root"] = root
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    assert len(examples) == page.read_text().count("\n```") // 2


def write(example: Example) -> None:
    """Write a block into the file that its first line names."""
    first, _, rest = example.parsed.partition("\n")
    mark, name = first.split()
    assert mark in {"#", "--"}, f"line {example.line}: the first line must name the file"
    if name.endswith(".ipynb"):  # a page shows the script of its cells
        write_notebook(from_percent(rest), example.namespace["root"] / name)
    else:
        write_files(example.namespace["root"], {name: rest if name.endswith(".csv") else example.parsed})


def run(example: Example) -> None:
    """Run each command of a block, and compare what it writes with the lines below it."""
    for block in example.parsed.removeprefix("$ ").split("\n$ "):
        command, _, expected = block.partition("\n")
        if command.startswith("cd "):
            example.namespace["root"] /= command.removeprefix("cd ")
        elif not command.startswith(ELSEWHERE):
            assert_output(command, expected, example.namespace["root"])


def assert_output(command: str, expected: str, root: Path) -> None:
    """Run a command; it must write the lines, after Kedro's log, and fail where they begin with an error.

    A run writes them to standard error.
    """
    program, *arguments = shlex.split(command)
    words = {"kedro": [sys.executable, "-m", "kedro"], "python": [sys.executable]}.get(program, [program])
    done = subprocess.run([*words, *arguments], cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    fails = expected.startswith("Error:")
    # Where Kedro's log comes first.
    got = done.stderr if fails or arguments[:1] == ["run"] else done.stdout
    shown = f"$ {command}\n{done.stdout}\n{done.stderr}"
    assert OutputChecker().check_output(f"...{expected}", got, ELLIPSIS | NORMALIZE_WHITESPACE), shown
    # What differs is told by the exit code of a comparison.
    assert bool(done.returncode) == (fails or '"equal": false' in expected), shown
