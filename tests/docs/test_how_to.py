"""The pages of docs/how-to are one story each: their files make a project, their commands run in it."""

from __future__ import annotations

import shlex
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

import pytest
from projects import kedro, make_project, write_files
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser

PAGES = Path(__file__).parents[2] / "docs/how-to"


def write(example: Example) -> None:
    """Write a block into the file that its first line names."""
    mark, name = example.parsed.partition("\n")[0].split()
    assert mark == "#", f"line {example.line}: the first line must name the file"
    text = example.parsed.partition("\n")[2] if name.endswith(".csv") else example.parsed
    write_files(example.namespace["root"], {name: text})


def run(example: Example) -> None:
    """Run each command of a block, and compare what it writes with the lines below it."""
    for block in example.parsed.removeprefix("$ ").split("\n$ "):
        command, _, expected = block.partition("\n")
        program, *arguments = shlex.split(command)
        assert program == "kedro"
        done = kedro(example.namespace["root"], *arguments)
        got = done.stderr if done.returncode else done.stdout  # where Kedro's log comes first
        same = OutputChecker().check_output(f"...{expected}", got, ELLIPSIS | NORMALIZE_WHITESPACE)
        said = f"$ {command}\n{done.stdout}\n{done.stderr}"
        assert (done.returncode != 0) == expected.startswith("Error:"), said
        assert same, said


@pytest.mark.parametrize("page", ["profiles.md", "providers.md"])
def test_every_snippet_of_a_page_is_true(page, tmp_path):
    """Read from top to bottom, every file is understood and every command writes what the page says."""
    parsers = [CodeBlockParser(language, write) for language in ("yaml", "python", "csv")]
    document = Sybil(parsers=[*parsers, CodeBlockParser("console", run)]).parse(PAGES / page)
    document.namespace["root"] = make_project(tmp_path)
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    assert len(examples) == (PAGES / page).read_text().count("\n```") // 2
