"""What a run takes of the process, and gives back."""

from __future__ import annotations

import gc
import linecache
import os
import sys
import threading
import warnings
import weakref
from pathlib import Path
from typing import Any

import pytest
from cells import write_cells
from runs import run, told

from kedro_faucet.notebooks.execute import execute

pytestmark = pytest.mark.usefixtures("here")


def test_the_process_is_given_back() -> None:
    """Streams, path, working directory, modules, warnings, hooks, builtins: as they were, also after an error."""
    import builtins

    def state() -> list[Any]:
        names = [hasattr(builtins, name) for name in ("__IPYTHON__", "display", "get_ipython")]
        stop = threading.Thread.start
        places = [
            list(sys.path),
            os.getcwd(),
            sys.modules["__main__"],
            list(warnings.filters),
            os.environ.get("MPLBACKEND"),
        ]
        return [sys.stdout, sys.stderr, sys.displayhook, sys.excepthook, builtins.input, stop, *places, *names]

    before = state()
    source = "import sys, os, warnings\nsys.path.append('x')\nos.chdir('/')\nwarnings.simplefilter('error')\n1 / 0"
    with pytest.raises(ZeroDivisionError):
        run(source)
    assert state() == before


def test_a_shell_around_is_given_back() -> None:
    """Inside Jupyter the notebook's get_ipython() is its own, and Jupyter's afterwards again."""
    from IPython.core.getipython import get_ipython
    from IPython.core.interactiveshell import InteractiveShell

    outer = InteractiveShell.instance()
    try:
        assert run("x = get_ipython()", outputs=("x",)).values["x"] is not outer
        assert get_ipython() is outer
    finally:
        InteractiveShell.clear_instance()


def test_a_notebook_may_run_a_notebook() -> None:
    """Runs nest: each has its own shell and its own outputs."""
    write_cells(Path("notebooks/inner.ipynb"), "print('inner')\ny = 2")
    inner = "from kedro_faucet.notebooks.execute import execute"
    source = f"{inner}\nprint('a')\nx = execute('notebooks/inner.ipynb', {{}}, ['y']).values\nprint('b')"
    done = run(source, outputs=("x",))
    assert done.values == {"x": {"y": 2}}
    assert [told(output) for output in done.notebook["cells"][0]["outputs"]] == ["a\nb\n"]


def test_threads_of_the_notebook_write_into_it_and_others_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    """What other nodes print meanwhile stays out of the notebook, whenever their thread began."""
    begun, done = threading.Event(), threading.Event()

    def other() -> None:
        begun.wait(10)
        late = threading.Thread(target=print, args=("other",))
        late.start()
        late.join()
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    own = "t = threading.Thread(target=print, args=('own',))\nt.start()\nt.join()"
    source = f"import threading\nbegun.set()\ndone.wait(10)\n{own}"
    executed = run(source, inputs={"begun": begun, "done": done})
    thread.join()
    assert [told(output) for output in executed.notebook["cells"][0]["outputs"]] == ["own\n"]
    assert capsys.readouterr().out == "other\n"


def test_notebooks_of_several_threads_run_one_after_another() -> None:
    """IPython's shell is one a process: each notebook keeps what it alone printed."""
    for name in "abcd":
        write_cells(
            Path(f"{name}.ipynb"), f"import time\nfor _ in range(3):\n    print('{name}')\n    time.sleep(0.01)"
        )
    found: dict[str, Any] = {}

    def one(name: str) -> None:
        found[name] = execute(f"{name}.ipynb", {}, []).notebook["cells"][0]["outputs"]

    threads = [threading.Thread(target=one, args=(name,)) for name in "abcd"]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert {name: [told(output) for output in outputs] for name, outputs in found.items()} == {
        name: [f"{name}\n" * 3] for name in "abcd"
    }


class Big:
    """Something that a weak reference can watch."""


def test_what_a_notebook_leaves_behind_is_freed() -> None:
    """Its variables die with the run, without waiting for the collector, though functions refer to them in a circle."""
    gc.disable()
    try:
        big = Big()
        watched = weakref.ref(big)
        run("kept = big\ndef f():\n    return kept\nf();\nx = 1", inputs={"big": big}, outputs=("x",))
        del big
        assert watched() is None
    finally:
        gc.enable()


def test_a_lazy_output_may_need_its_notebook() -> None:
    """A function that comes out still finds what it refers to."""
    done = run("n = 3\ndef f():\n    return n", outputs=("f",))
    gc.collect()
    assert done.values["f"]() == 3


def test_lines_of_code_are_not_piled_up() -> None:
    """Runs of one notebook keep the source of one: memory is flat."""
    run("x = 1", "y = 2")
    before = set(linecache.cache)
    for _ in range(3):
        run("x = 1", "y = 3")
    assert set(linecache.cache) == before


def test_what_a_forked_process_writes_is_not_lost(capfd: pytest.CaptureFixture[str]) -> None:
    """It goes where the run's own output goes: the notebook is in another process."""
    source = "import multiprocessing\np = multiprocessing.get_context('fork').Process(target=print, args=('forked',))"
    run(source, "p.start()\np.join()")
    assert "forked" in capfd.readouterr().out
