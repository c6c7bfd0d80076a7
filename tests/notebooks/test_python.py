"""The Python of a cell."""

from __future__ import annotations

import ast

import pytest

from kedro_faucet.notebooks.python import may_set_anything, python_of


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("x = 1", "x = 1"),
        ("x = (5\n % 3)", "x = (5\n % 3)"),
        ('"""\n%time\n!ls\n"""', '"""\n%time\n!ls\n"""'),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if x:\n    %time y = f(1)", "if x:\n    y = f(1)"),
        ("a = !ls\nb, c = %magic x", "a = None\nb, c = None"),
        ("!echo \"it's", "pass"),
        ("x?\n?x\nx.y??", "pass\npass\npass"),
        ("!ls \\\n  -l\nx = 1", "\npass\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%capture said\nx = 1", "said = None\nx = 1"),
        ("%%bash\nls -l\n", "\n\n"),
        ("%timeit -n 3 f()", "pass"),
    ],
)
def test_what_ipython_alone_understands_is_blanked_line_for_line(source: str, python: str) -> None:
    """Each line stays where it is; what merely looks like a magic is left alone."""
    assert python_of(source) == python
    assert python.count("\n") == source.count("\n")
    ast.parse(python)


def test_wrong_python_stays_wrong() -> None:
    """An error that no magic explains is told with its line."""
    with pytest.raises(SyntaxError) as caught:
        python_of("%time x = 1\n\nif x:\n")
    assert caught.value.lineno == 3


def test_what_sets_names_that_nobody_sees_is_known() -> None:
    """After these a check of names cannot be sure; common magics set none."""
    for source in ("from x import *", "exec('x = 1')", "%run x.ipynb", "%store -r", "globals()['x'] = 1", "%%sql t\nx"):
        assert may_set_anything(source), source
    for source in ("%matplotlib inline", "%load_ext kedro_faucet", "%%time\nx = 1", "x = 5 % run", "import x"):
        assert not may_set_anything(source), source
