"""What is read from a notebook's text: inputs, outputs, and what cannot work."""

from __future__ import annotations

import pytest
from cells import Source, notebook_of

from kedro_faucet.exceptions import NotebookError
from kedro_faucet.notebooks.inference import check, infer


def checked(*cells: Source, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> list[str]:
    """What a check says of a notebook."""
    try:
        check(notebook_of(*cells), "x.ipynb", inputs, outputs)
    except NotebookError as error:
        return error.message.splitlines()
    return []


def test_inputs_and_outputs_are_read_from_the_tagged_cells() -> None:
    """Each way of writing it: the variable, the dataset, and the kind of frames."""
    loads = [
        "%load_ext kedro_faucet",
        "import kedro_faucet",
        'a = catalog.load("lake/a")',
        'b: object = catalog["lake/b"].load()',
        'c = to_pandas(catalog.load("lake/c"))',
        'd = kedro_faucet.to_polars(context.catalog.load("lake/d"))',
        'limit = catalog.load("params:limit")',
    ]
    saves = [
        'catalog.save("lake/x", x)',
        'catalog["lake/y"].save(y)',
        'catalog.save("lake/z", data=z)',
        "print('saved')",
    ]
    found = infer(notebook_of(("\n".join(loads), ["inputs"]), "x = 1", ("\n".join(saves), ["outputs"])), "x.ipynb")
    assert {name: tuple(each) for name, each in found.inputs.items()} == {
        "a": ("lake/a", None),
        "b": ("lake/b", None),
        "c": ("lake/c", "pandas"),
        "d": ("lake/d", "polars"),
        "limit": ("params:limit", None),
    }
    assert found.outputs == {"x": "lake/x", "y": "lake/y", "z": "lake/z"}


@pytest.mark.parametrize(
    ("tag", "source", "says"),
    [
        ("inputs", "a = 1\nx = to_pandas(catalog.load('a')).head()", r"x\.ipynb\[1\], line 2: an input is read as"),
        ("inputs", "x = catalog.load(name)", r"line 1: an input is read as"),
        ("inputs", "for n in 'ab':\n    x = catalog.load(n)", r"line 1: an input is read as"),
        ("outputs", "catalog.save('a', x.head())", r"line 1: an output is read as"),
        ("outputs", "catalog.save(name, x)", r"line 1: an output is read as"),
        ("inputs", "x = catalog.load(", r"x\.ipynb\[1\], line 1: "),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tag: str, source: str, says: str) -> None:
    """Nothing is guessed: the sentence names notebook, cell and line, and how to write it."""
    with pytest.raises(NotebookError, match=says):
        infer(notebook_of((source, [tag])), "x.ipynb")


def test_a_name_that_nothing_sets_is_told_with_its_place() -> None:
    """Notebook, cell and line, and the nearest name."""
    told = checked("import pandas as pd\nplane = 1", "\nx = planes + 1", inputs=("airports",))
    assert told == [
        "x.ipynb[2], line 2: 'planes' is not defined: no input and no earlier cell sets it. Did you mean 'plane'?"
    ]


def test_a_name_of_a_cell_that_is_not_run_is_told_so() -> None:
    """An import in the inputs cell works in Jupyter and not in a run: the sentence says why."""
    told = checked(("import pandas as pd\nx = catalog.load('a')", ["inputs"]), "y = pd.concat([x])", inputs=("x",))
    assert told == ["x.ipynb[2], line 1: 'pd' is not defined: only cell [1] sets it, which is not run in a pipeline."]


def test_the_catalog_is_no_variable_of_a_run() -> None:
    """What only the interactive session has is found before the run."""
    assert "'catalog' is not defined" in checked("x = catalog.load('a')")[0]


def test_an_output_that_no_cell_assigns_is_told() -> None:
    """Before the run, with the nearest name; all problems at once."""
    told = checked("clean = 1", "y = nothing", outputs=("claen", "clean"))
    assert told == [
        "x.ipynb[2], line 1: 'nothing' is not defined: no input and no earlier cell sets it.",
        "x.ipynb: no cell assigns the output 'claen'. Did you mean 'clean'?",
    ]


def test_wrong_python_is_told_before_the_run() -> None:
    """Not after the hour that the cells above it take."""
    assert checked("x = 1", "if x:\n    y = (1,\n")[0].startswith("x.ipynb[2], line 2: ")


@pytest.mark.parametrize(
    "cells",
    [
        ("import os.path\nos.getcwd()", "from a import b as c\nc"),
        ("def f():\n    global n\n    n = later\nlater = 1\nf()", "n"),
        ("class A:\n    x = 1", "[A for _ in range(3)]"),
        ("try:\n    import x\nexcept ImportError as error:\n    x = error", "x"),
        ("with open('x') as file, open('y') as other: pass", "file, other"),
        ("for i, (a, *b) in []: pass", "i, a, b"),
        ("print(_, __, _1, _i3, In, Out, display, get_ipython(), __name__, exit)"),
        ("%%capture said\n1", "said.show()"),
        ("files = !ls", "files"),
        ("%time x = 1", "x"),
        ("%run other.ipynb", "anything"),
        ("from x import *", "anything"),
        ("match 1:\n    case [a, *b]: pass", "a, b"),
        ("if (n := 3): pass", "n"),
        ("ls -la", "x = 1"),
        ("x: int = 1\nx += 1", "x"),
        ("del_me = 1", "del del_me"),
    ],
)
def test_what_may_work_is_not_refused(cells: tuple[str, ...] | str) -> None:
    """No notebook that runs in Jupyter is refused for the way in which it sets a name."""
    assert checked(*([cells] if isinstance(cells, str) else cells)) == []


def test_a_notebook_of_another_language_is_not_judged() -> None:
    """What is no Python is its kernel's to judge."""
    notebook = notebook_of("x <- nothing", kernelspec={"name": "ir", "language": "R"})
    assert check(notebook, "x.ipynb", [], ["y"]) is None
