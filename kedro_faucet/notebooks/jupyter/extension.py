"""``%load_ext kedro_faucet``."""

from __future__ import annotations

import logging
import os
from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Open the project that the notebook lies in: ``%load_ext kedro_faucet``.

    ``catalog``, ``context``, ``session`` and ``pipelines`` are those of Kedro's own extension, ``engine`` is the
    profile's; the package's modules can be imported. ``%profile`` opens another profile, ``%%sql`` is a cell in SQL.

    Args:
        shell: IPython's.
    """
    from kedro_faucet.notebooks.jupyter.magics import register
    from kedro_faucet.notebooks.shell import Shell

    register(shell)
    if not isinstance(shell, Shell):  # a run has opened its project already
        _watch_notebooks()
        _open(shell)


def _open(shell: Any) -> None:
    from kedro.ipython import magic_load_node, magic_reload_kedro

    from kedro_faucet.notebooks.jupyter.project import find_project, open_project

    shell.register_magic_function(magic_reload_kedro, magic_name="reload_kedro")
    shell.register_magic_function(magic_load_node, magic_name="load_node")
    project = find_project(shell.user_ns)
    if project is None:
        message = "No Kedro project in %s or above it: name one by %%reload_kedro PATH."
        logging.getLogger(__name__).warning(message, os.getcwd())
        return
    shell.user_ns["engine"] = open_project(shell.user_ns, project)


def _watch_notebooks() -> None:
    """Let ``%autoreload`` see that a notebook has changed: on its own it looks at ``.py`` files alone."""
    from IPython.extensions.autoreload import ModuleReloader

    from kedro_faucet.notebooks.importing.loader import NotebookLoader

    plain: Any = ModuleReloader.filename_and_mtime
    if getattr(plain, "sees_notebooks", False):
        return

    def filename_and_mtime(self: Any, module: Any) -> tuple[str | None, float | None]:
        if not isinstance(getattr(module, "__loader__", None), NotebookLoader):
            found: tuple[str | None, float | None] = plain(self, module)
            return found
        path = module.__loader__.path
        return (path, os.stat(path).st_mtime) if os.path.exists(path) else (None, None)

    filename_and_mtime.sees_notebooks = True  # type: ignore[attr-defined]
    ModuleReloader.filename_and_mtime = filename_and_mtime  # type: ignore[method-assign]
