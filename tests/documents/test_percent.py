"""Notebooks and scripts are the same thing in two forms."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kedro_faucet.documents.percent import cell_of, from_percent, notebook_of, to_percent

NASTY = [
    "", "x = 1", "%matplotlib inline", "%%sql name", "%% old", "# %% [markdown]", "# %%", "# # %%time", "!ls \\", "?x",
    "x??", "files = !ls", "a, b = %magic", "# is it?", "#", "# ", "if x:", "    !ls", "    # %time y", "'''", '"""',
    "\\%% x", "\\\\%%", "%d items", "% 2)", "x = (3", "# x=1", "select * from t", "\t", " ", "a\rb", "é", "\x00",
]  # fmt: skip
SOURCES = st.lists(st.sampled_from(NASTY) | st.text(max_size=8), max_size=5).map("\n".join)
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=4)
METADATA = st.dictionaries(st.sampled_from(["tags", "jupyter", "kind", "source", "a-b"]), VALUES, max_size=2)
CELLS = st.tuples(SOURCES, st.sampled_from(["code", "markdown", "raw"]), METADATA)


@given(st.lists(CELLS, max_size=4))
@example([("%%sql t\nselect 1\n%% x", "code", {"tags": ["export"]}), ("%% init\n\\%% y", "markdown", {})])
@example([("x = '''\n# %% a\n'''", "code", {})])
def test_a_script_gives_the_notebook_back(cells) -> None:
    """Whatever the sources hold: kinds, sources and metadata of all cells are the same."""
    notebook = notebook_of([cell_of(source, kind, **metadata) for source, kind, metadata in cells])
    assert from_percent(to_percent(notebook)) == notebook


@given(st.lists(SOURCES.filter(lambda source: not set(source) & set("\x00\r\f")), max_size=3))
def test_a_script_is_python(sources) -> None:
    """Magics, other languages and broken cells are comments: Python can read every script."""
    script = to_percent(notebook_of([cell_of(source) for source in sources]))
    assert ast.parse(script) is not None


def test_what_editors_write_is_read() -> None:
    """Titles, text above the first cell and comments of Jupytext's kind are understood."""
    script = "import os\n# %% Load the planes\n# %time x = 1\n\n# %% [markdown]\n# Text\nwithout a mark\n"
    cells = from_percent(script)["cells"]
    assert [(cell["cell_type"], cell["source"]) for cell in cells] == [
        ("code", "import os"),
        ("code", "%time x = 1"),
        ("markdown", "Text\nwithout a mark"),
    ]


@pytest.mark.parametrize("source", ["x = '''\n%d items\n'''", "x = 7 \\\n% 2"])
def test_python_that_looks_like_a_magic_stays(source) -> None:
    """A line of a text, or of a division, is code as it is."""
    assert to_percent(notebook_of([cell_of(source)])) == f"# %%\n{source}\n"
