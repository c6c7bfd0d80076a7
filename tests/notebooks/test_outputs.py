"""What a notebook that is run in this process shows: the same as in Jupyter."""

from __future__ import annotations

import asyncio
import subprocess
import traceback

import pytest
from runs import run, shown, told

from kedro_faucet.notebooks.execute import Executed

pytestmark = pytest.mark.usefixtures("here")


def test_outputs_are_kept_in_exact_order() -> None:
    """Streams, displays and values stand as they were written, neighbours of one stream joined."""
    source = "import sys\nprint('a')\nprint('b')\nprint('c', file=sys.stderr)\ndisplay(1)\nprint('d')\n2"
    assert shown(source) == ["a\nb\n", ("stderr", "c\n"), "1", "d\n", "2"]


def test_a_display_is_updated_where_it_stands_also_from_a_later_cell() -> None:
    """`display(update=True)` changes what was shown under the name, and shows nothing new."""
    done = run("handle = display(1, display_id=True)\nprint('x')", "handle.update(2)")
    assert [told(output) for output in done.notebook["cells"][0]["outputs"]] == ["2", "x\n"]
    assert done.notebook["cells"][1]["outputs"] == []


def test_output_is_cleared_at_once_or_with_the_next() -> None:
    """`clear_output` forgets; with wait=True not before something takes the place."""
    begin = "from IPython.display import clear_output\nprint('a')\n"
    assert shown(begin + "clear_output()\nprint('b')") == ["b\n"]
    assert shown(begin + "clear_output(wait=True)\nprint('b')\nprint('c')") == ["b\nc\n"]
    assert shown(begin + "clear_output(wait=True)") == ["a\n"]


def test_a_progress_bar_leaves_its_last_state() -> None:
    """tqdm draws over its own line; what is kept is one line."""
    for module in ("tqdm", "tqdm.auto"):
        [(name, text)] = shown(f"from {module} import tqdm\nfor _ in tqdm(range(50), mininterval=0): pass")
        assert name == "stderr"
        assert text.count("|") == 2
        assert "50/50" in text


def test_magics_work_and_their_errors_name_the_line_of_the_cell() -> None:
    """%time, %%time, %%capture and shell commands; below a cell magic lines count from the cell's first."""
    assert shown("%time x = 3", "%%capture said\nprint('a')", "said.stdout, x") == ["('a\\n', 3)"]
    assert shown("!echo one") == ["one\n"]
    fails = "d = {}\nx = d['z']"
    for source in (f"%%time\n{fails}\n", f"%%capture\n{fails}", "d = {}\n\n%time x = d['z']\ny = 1"):
        with pytest.raises(KeyError) as caught:
            run(source)
        assert "cell [1], line 3: " in caught.value.__notes__[0]
        assert [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)][-1].endswith("x.ipynb[1]")


def test_a_cell_is_run_by_another_program() -> None:
    """%%bash and its like show what the program writes, hand its options on, and fail where it does."""
    assert shown("%%bash\necho one") == ["one\n"]
    assert shown("%%bash -s two\necho $1") == ["two\n"]
    assert shown("%%python3\nprint(1 + 2)") == ["3\n"]
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run("x = 1", "%%sh\nexit 3")
    assert caught.value.returncode == 3
    assert "cell [2]" in caught.value.__notes__[0]


def test_await_stands_at_the_top_level_and_tasks_live_on() -> None:
    """A task begun in one cell is awaited in the next; asyncio.run works too."""
    cells = ["import asyncio\nasync def f(n):\n    return n", "task = asyncio.create_task(f(1))\nawait f(0)"]
    done = run(*cells, "x = await task", outputs=("x",))
    assert done.values == {"x": 1}
    assert run("import asyncio\nasync def f():\n    return 3", "x = asyncio.run(f())", outputs=("x",)).values == {
        "x": 3
    }


def test_a_running_loop_around_is_no_hindrance() -> None:
    """Jupyter runs its cells in an event loop; a notebook below it awaits all the same."""

    async def jupyter() -> Executed:
        done = run("import asyncio", "await asyncio.sleep(0)\nx = 1", outputs=("x",))
        assert asyncio.get_running_loop().is_running()
        return done

    assert asyncio.run(jupyter()).values == {"x": 1}


def test_a_semicolon_shows_nothing() -> None:
    """A last line that ends in a semicolon is not shown."""
    assert shown("1;") == []
    assert shown("1  # ;") == ["1"]


def test_plots_of_each_library_are_kept() -> None:
    """matplotlib as an image, plotly and altair as what a page draws, a frame as a table."""
    kinds = {
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);": "image/png",
        "import plotly.express as px\npx.line(x=[1, 2], y=[1, 3])": "application/vnd.plotly.v1+json",
        "import altair, pandas\naltair.Chart(pandas.DataFrame({'a': [1]})).mark_bar()": "text/html",
        "import pandas\npandas.DataFrame({'a': [1]})": "text/html",
        "from IPython.display import Markdown\nMarkdown('# x')": "text/markdown",
    }
    for source, kind in kinds.items():
        outputs = run(source).notebook["cells"][0]["outputs"]
        found = [mime for output in outputs for mime in output["data"]]
        assert any(kind in mime for mime in found), (source, found)


def test_settings_of_plots_do_not_reach_the_next_notebook() -> None:
    """Style and figures of one notebook are not the next one's: what it shows depends on it alone."""
    import matplotlib.pyplot as plt

    before = dict.copy(plt.rcParams)
    dark = "plt.style.use('dark_background')\nplt.rcParams['figure.dpi'] = 10\nplt.figure();"
    run(f"import matplotlib.pyplot as plt\n{dark}")
    assert dict.copy(plt.rcParams) == before
    assert plt.get_fignums() == []
