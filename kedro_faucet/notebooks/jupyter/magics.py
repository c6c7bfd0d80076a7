"""``%profile`` and ``%%sql``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from kedro_faucet.exceptions import FaucetError


@magics_class
class FaucetMagics(Magics):
    """The magics of a notebook; what is wrong is said in one line."""

    @property
    def _variables(self) -> dict[str, Any]:
        variables: dict[str, Any] = self.shell.user_ns  # type: ignore[union-attr]
        return variables

    @line_magic
    def profile(self, line: str) -> None:
        """Open the project in another profile: ``%profile prod``; without a name, say which is open."""
        from kedro_faucet.notebooks.jupyter.project import engine_of_project, open_project

        variables, name = self._variables, line.strip()
        with _in_one_line():
            if engine_of_project(variables) is None:
                raise UsageError("No project is open: %load_ext kedro_faucet below its folder, or %reload_kedro PATH.")
            if name:
                variables["engine"] = open_project(variables, variables["context"].project_path, name)
            print(_said(variables, all_profiles=not name))

    @cell_magic
    def sql(self, line: str, cell: str) -> Any:
        """Run a SELECT on the project's engine: ``%%sql`` or, to keep the table as a variable, ``%%sql name``."""
        from kedro_faucet.notebooks.jupyter.project import engine_of_project
        from kedro_faucet.notebooks.jupyter.tables import run

        name = line.strip()
        if name and not name.isidentifier():
            raise UsageError(f"%%sql takes the name of one variable, not '{name}'.")
        with _in_one_line():
            table = run(cell, self._variables, engine_of_project(self._variables))
        if name:
            self._variables[name] = table
        return table


def register(shell: Any) -> None:
    """Give a shell the magics, the names of profiles to complete, and tables that it can show."""
    from kedro_faucet.notebooks.jupyter import display

    shell.register_magics(FaucetMagics)
    shell.set_hook("complete_command", _profiles, str_key="%profile")
    display.register(shell)


def _profiles(shell: Any, event: Any) -> list[str]:
    from kedro_faucet.notebooks.jupyter.project import loader_of

    loader = loader_of(shell.user_ns)
    return [] if loader is None else loader.profiles()


def _said(variables: dict[str, Any], all_profiles: bool) -> str:
    from kedro_faucet.notebooks.jupyter.project import engine_of_project, loader_of

    loader, engine = loader_of(variables), engine_of_project(variables)
    profile = variables["context"].env if loader is None else loader.profile
    others = f"; there are {', '.join(loader.profiles())}" if loader is not None and all_profiles else ""
    return f"Profile '{profile}', engine {engine.name if engine else 'none'}{others}"


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except FaucetError as error:
        raise UsageError(str(error)) from None
