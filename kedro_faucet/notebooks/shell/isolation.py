"""What a shell takes of the process while a notebook runs, and gives back: also to a Jupyter that runs around it."""

from __future__ import annotations

import asyncio
import builtins
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from kedro_faucet.notebooks.shell.capture import Stream, own_threads
from kedro_faucet.notebooks.shell.interactive import Shell

# IPython's shell is one a process, and so are the streams: notebooks of several threads run one after another.
_ONE_AT_A_TIME = threading.RLock()
_INLINE = "module://matplotlib_inline.backend_inline"
_PYPLOT = "matplotlib.pyplot"
_MISSING = object()


@contextmanager
def taken_over(start: Callable[[], Shell], folder: Path) -> Iterator[Shell]:
    """Start a shell and let it be the process's own until the end; one notebook at a time.

    Args:
        start: makes the shell.
        folder: where the notebook lies; modules beside it can be imported, as in Jupyter.
    """
    with _ONE_AT_A_TIME, ExitStack() as stack:
        for part in (_modules(), _exits(), _loops(), warnings.catch_warnings(), _path(folder)):
            stack.enter_context(part)
        shell = start()
        stack.callback(shell.close)
        for part in (_plots(), _singleton(shell), _streams(shell)):
            stack.enter_context(part)
        if _PYPLOT in sys.modules:
            _show_inline(shell)
        yield shell


@contextmanager
def _modules() -> Iterator[None]:
    """Give back ``__main__``, the hooks of the interpreter, and the names that a shell puts into all modules."""
    main, hooks = sys.modules.get("__main__"), (sys.excepthook, sys.displayhook)
    names = {name: getattr(builtins, name, _MISSING) for name in ("__IPYTHON__", "display")}
    try:
        yield
    finally:
        sys.excepthook, sys.displayhook = hooks
        if main is not None:
            sys.modules["__main__"] = main
        for name, value in names.items():
            _put(builtins, name, value)


@contextmanager
def _exits() -> Iterator[None]:
    """Let ``os._exit`` end the notebook, not the run, which could say nothing more; a fork of it may end so."""
    real, run = os._exit, os.getpid()

    def end(status: int) -> Any:
        if os.getpid() != run:
            real(status)
        raise SystemExit(status)

    os._exit = end
    try:
        yield
    finally:
        os._exit = real


def _put(place: Any, name: str, value: Any) -> None:
    if value is not _MISSING:
        setattr(place, name, value)
    elif hasattr(place, name):
        delattr(place, name)


@contextmanager
def _loops() -> Iterator[None]:
    """Hide a running event loop, as Jupyter's is, so that ``await`` and ``asyncio.run`` work below it."""
    outer = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(outer)


@contextmanager
def _path(folder: Path) -> Iterator[None]:
    """Find modules beside the notebook, and give back path and working directory."""
    path, here = list(sys.path), Path.cwd()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path[:] = path
        os.chdir(here)


@contextmanager
def _singleton(shell: Shell) -> Iterator[None]:
    """Let ``get_ipython()`` give this shell."""
    classes: list[Any] = list(Shell._walk_mro())
    before = [each.__dict__.get("_instance") for each in classes]
    for each in classes:
        each._instance = shell
    try:
        yield
    finally:
        for each, instance in zip(classes, before, strict=True):
            each._instance = instance


@contextmanager
def _streams(shell: Shell) -> Iterator[None]:
    """Keep what the notebook writes; logs go where logs always go."""
    real = sys.stdout, sys.stderr
    with own_threads() as mine, _logs(real):
        sys.stdout = Stream("stdout", real[0], shell.outputs, mine)
        sys.stderr = Stream("stderr", real[1], shell.outputs, mine)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = real


@contextmanager
def _logs(real: tuple[Any, Any]) -> Iterator[None]:
    """Pin the consoles of Rich, which Kedro logs to: they would follow ``sys.stdout``."""
    handlers = [*logging.root.handlers, *logging.getLogger("kedro").handlers]
    consoles = [handler.console for handler in handlers if hasattr(handler, "console")]
    free = [console for console in consoles if getattr(console, "_file", _MISSING) is None]
    for console in free:
        console.file = real[1] if console.stderr else real[0]
    try:
        yield
    finally:
        for console in free:
            console._file = None


@contextmanager
def _plots() -> Iterator[None]:
    """Show figures of matplotlib below their cell, and give back its settings and figures."""
    backend, figures = os.environ.get("MPLBACKEND"), dict(_figures())
    os.environ["MPLBACKEND"] = _INLINE
    settings = _settings()
    _figures().clear()
    try:
        yield
    finally:
        os.environ.pop("MPLBACKEND") if backend is None else os.environ.update(MPLBACKEND=backend)
        if _PYPLOT in sys.modules:
            sys.modules[_PYPLOT].close("all")
            _figures().update(figures)
            _give_plots_back(settings, backend)


def _show_inline(shell: Any) -> None:
    _forget_backend()
    shell.enable_matplotlib("inline")


def _figures() -> dict[int, Any]:
    """Return the figures that are open."""
    known: dict[int, Any] = sys.modules[_PYPLOT]._pylab_helpers.Gcf.figs if _PYPLOT in sys.modules else {}
    return known


def _settings() -> dict[str, Any]:
    return dict.copy(sys.modules["matplotlib"].rcParams) if _PYPLOT in sys.modules else {}


def _give_plots_back(settings: dict[str, Any], backend: str | None) -> None:
    matplotlib: Any = sys.modules["matplotlib"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dict.update(matplotlib.rcParams, settings or matplotlib.rcParamsOrig)
    outer, backend = InteractiveShell._instance, settings.get("backend", backend)
    if outer is not None and backend:
        _forget_backend()(outer, backend)


def _forget_backend() -> Any:
    """Let matplotlib's inline backend be set up anew; return what sets it up."""
    from matplotlib_inline import backend_inline

    setup: Any = backend_inline.configure_inline_support
    setup.current_backend = "unset"
    return setup
