"""IPython's shell, whose outputs are a notebook's, and whose frames are a notebook's cells."""

# mypy: allow-untyped-calls, disable-error-code="override, misc"
# IPython is typed in parts, and not the same ones in each version.

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.paths import get_ipython_dir
from traitlets.config import Config

from kedro_faucet.exceptions import NotebookError
from kedro_faucet.notebooks.jupyter.magics import register
from kedro_faucet.notebooks.shell.capture import Outputs

_CONFIG = {
    "HistoryManager": {"enabled": False},
    "InteractiveShell": {"warn_venv": False},
    "ScriptMagics": {"script_magics": []},
}
_PROGRAMS = ("bash", "cmd", "perl", "pypy", "python", "python2", "python3", "ruby", "sh")


class Shell(InteractiveShell):
    """A shell for one run of one notebook.

    >>> shell = Shell("clean.ipynb", {"rows": 3})
    >>> shell.run(2, "rows + 1")
    >>> shell.outputs.taken()[0]["data"]
    {'text/plain': '4'}
    """

    def __init__(self, name: str, variables: Mapping[str, Any]) -> None:
        """Start a shell in which some variables are set already."""
        self.outputs, self._source, self._python = Outputs(), "", ""
        self._error: BaseException | None = None
        self._exits: list[tuple[Callable[..., Any], Any, Any]] = []
        with _exits_of(self):
            super().__init__(
                ipython_dir=_ipython_dir(),
                config=Config(_CONFIG),
                display_pub_class=_Publisher,
                displayhook_class=_Results,
                compiler_class=_Compiler,
            )
        compiler: Any = self.compile
        compiler.notebook = name
        self.builtin_trap.auto_builtins["input"] = _refuse_input
        register(self)
        # IPython 8 would build a parser and a help text for each: a third of a short run's time.
        for program in _PROGRAMS:
            self.magics_manager.register_function(partial(self._script, program), "cell", program)
        self.user_ns.update(variables)
        self._loop = asyncio.new_event_loop()
        self.loop_runner = self._wait

    def run(self, number: int, source: str) -> BaseException | None:
        """Run a cell and return the error that stopped it, if one did."""
        self._source, self.execution_count, self._error = source.rstrip(), number, None
        self.run_cell(source, store_history=False)
        return self._error

    def run_cell(self, raw_cell: str, *arguments: Any, **named: Any) -> Any:
        """Run a cell, or what a magic runs: %%capture would go on after an error."""
        done = super().run_cell(raw_cell, *arguments, **named)
        self._error = self._error or done.error_before_exec or done.error_in_exec
        return done

    def close(self) -> None:
        """Do what IPython would do when the process ends."""
        self._loop.close()
        for function, arguments, named in self._exits:
            function(*arguments, **named)

    def transform_cell(self, raw_cell: str) -> str:
        """Return a cell's Python, its lines where they are in the cell, also those that a magic runs."""
        python: str = super().transform_cell(raw_cell)
        above = self._source[: max(self._source.find(raw_cell.strip("\n")), 0)]
        self._python = "\n" * above.count("\n") + python
        return self._python

    def is_quiet(self) -> bool:
        """Tell whether the cell ends in a semicolon."""
        return bool(self.displayhook.semicolon_at_end_of_expression(self._python))

    def ask_exit(self) -> None:
        """Stop the run, as ``exit`` stops a program."""
        raise SystemExit

    def _script(self, program: str, line: str, cell: str) -> None:
        """Run a cell such as ``%%bash``."""
        self.run_cell_magic("script", f"{program} {line}".rstrip(), cell)

    def enable_gui(self, gui: Any = None) -> None:
        """Open no windows."""

    def atexit_operations(self) -> None:
        """Leave the variables alone: a lazy output may need the functions of its notebook."""

    def init_prompts(self) -> None:
        """Leave the prompts of the process alone."""

    def init_virtualenv(self) -> None:
        """Leave the path of the process alone."""

    def system(self, cmd: str) -> Any:
        """Run a shell command and show what it writes."""
        return self.system_piped(cmd)

    def _tee(self, channel: str) -> AbstractContextManager[None]:
        """Keep no second copy of what is written."""
        return nullcontext()

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self._error = self._error or evalue  # %%time of IPython 8 would go on after it
        self.outputs.error(etype.__name__, str(evalue), list(stb))

    def _wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(coroutine)


class _Publisher(DisplayPublisher):
    """Keeps what is displayed."""

    shell: Any

    def publish(
        self,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        *,
        transient: Mapping[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        self.shell.outputs.display(data, metadata or {}, (transient or {}).get("display_id"), update)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait)


class _Results(DisplayHook):
    """Keeps the values of last lines."""

    shell: Any

    def quiet(self) -> bool:
        return bool(self.shell.is_quiet())

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Mapping[str, Any], md_dict: Mapping[str, Any] | None = None) -> None:
        self.shell.outputs.result(format_dict, md_dict or {}, self.shell.execution_count)

    def log_output(self, format_dict: Mapping[str, Any]) -> None:
        pass

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Compiler(CachingCompiler):
    """Names code by notebook and cell: ``notebooks/clean.ipynb[3]``."""

    notebook = "notebook"
    _name = ""

    def __call__(self, source: Any, filename: str, symbol: str, **named: Any) -> Any:
        # IPython calls the body of %%time by another name.
        return super().__call__(source, self._name if filename.startswith("<timed") else filename, symbol, **named)

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        self._name = f"{self.notebook}[{number}]"
        return self._name

    def format_code_name(self, name: str) -> None:
        """Let tracebacks show the name as it is."""


@cache
def _ipython_dir() -> str:
    """Return IPython's folder; where there is no home, one temporary folder a process instead of one a run."""
    return str(get_ipython_dir())


@contextmanager
def _exits_of(shell: Shell) -> Iterator[None]:
    """Keep what a shell wants done when the process ends: else each would live until then, with its data."""
    register: Any = atexit.register

    def keep(function: Callable[..., Any], *arguments: Any, **named: Any) -> Callable[..., Any]:
        shell._exits.append((function, arguments, named))
        return function

    atexit.register = keep  # type: ignore[assignment]
    try:
        yield
    finally:
        atexit.register = register


def _refuse_input(prompt: object = "") -> str:
    raise NotebookError(f"input({str(prompt)!r}) has nobody to answer it in a run: take the value as a parameter.")
