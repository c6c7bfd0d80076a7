"""A notebook that is run from a cell of Jupyter: a real kernel, with a loop and a shell of its own."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from cells import write_cells
from nbclient import NotebookClient
from runs import told

pytestmark = [pytest.mark.usefixtures("here"), pytest.mark.slow]

BEGIN = "import matplotlib.pyplot as plt\nfrom kedro_faucet.notebooks.execute import execute\nprint('outer')"
RUN = """\
before = plt.figure()
done = execute('inner.ipynb', {}, ['x'])
print(done.values, type(get_ipython()).__name__)
after = plt.figure()"""
LOOK = """\
import asyncio
await asyncio.sleep(0)
[output['output_type'] for cell in done.notebook['cells'] for output in cell['outputs']]"""
FAIL = "execute('fails.ipynb', {}, [])"


def test_it_works_and_gives_jupyter_back() -> None:
    """Outputs stay apart, await works in both, plots are shown in both, get_ipython() is Jupyter's again."""
    plot = "import matplotlib.pyplot as plt\nplt.plot([1]);"
    write_cells(Path("inner.ipynb"), "print('inner')", "import asyncio\nawait asyncio.sleep(0)\nx = 1", plot)
    write_cells(Path("fails.ipynb"), "d = {}\nd['z']")
    write_cells(Path("outer.ipynb"), BEGIN, RUN, LOOK, FAIL)
    notebook = nbformat.read("outer.ipynb", as_version=4)
    NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    shown = [[told(output) for output in cell["outputs"]] for cell in notebook["cells"]]
    assert shown[0] == ["outer\n"]
    assert shown[1] == ["{'x': 1} ZMQInteractiveShell\n", *["<Figure size 640x480 with 0 Axes>"] * 2]
    assert shown[2] == ["['stream', 'display_data']"]
    [error] = notebook["cells"][3]["outputs"]
    assert error["ename"] == "KeyError"
    text = "".join(error["traceback"])
    assert "fails.ipynb[1]" in text
    assert "cell [1], line 2: d['z']" in text
