"""``kedro run`` with what it shows: options for log lines, and errors of a user's own node in the user's own frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kedro_faucet.console import interrupts, logs
from kedro_faucet.console.faults import own_frames
from kedro_faucet.console.view import over
from kedro_faucet.exceptions import FaucetError

_VERBOSE = click.Option(["--verbose", "-v"], is_flag=True, help="Show all of Kedro's log lines, and whole tracebacks.")
_FORMAT = click.Option(
    ["--log-format"],
    type=click.Choice(logs.FORMS),
    default="text",
    envvar=logs.FORM,
    show_default=True,
    help="How log lines are written to standard error: as text, or one object of JSON a line.",
)


def shown(run: click.Command) -> click.Command:
    """Return the command ``run`` with the options that say what it shows.

    Args:
        run: Kedro's command, or one that stands for it.
    """
    return click.Command("run", params=[*run.params, _VERBOSE, _FORMAT], help=run.help, callback=_showing(run))


def is_ours() -> bool:
    """Tell whether the project is one of ours: in another, Kedro's own run shows what it shows."""
    from kedro.framework.project import settings

    from kedro_faucet.config.loader import FaucetConfigLoader

    return issubclass(settings.CONFIG_LOADER_CLASS, FaucetConfigLoader)


def _showing(run: click.Command) -> Callable[..., Any]:
    def called(verbose: bool, log_format: str, **options: Any) -> Any:
        from kedro.utils import find_kedro_project

        invoke = click.get_current_context().invoke
        project = Path(find_kedro_project(Path.cwd()) or Path.cwd())
        if not is_ours():
            return invoke(run, **options)
        logs.configure(project, form=log_format, verbose=verbose)
        interrupts.watch()
        try:
            return invoke(run, **options)
        except BaseException as error:
            text = None if verbose else _told(error, project)
            if text is None:
                raise
            raise FaucetError(text) from error
        finally:
            over()

    return called


def _told(error: BaseException, project: Path) -> str | None:
    """Return what is said of an error instead of its traceback; nothing of one that click tells itself."""
    if interrupts.noticed() or isinstance(error, KeyboardInterrupt):
        return "Interrupted. What was saved is whole, and what was being saved is as it was before."
    if isinstance(error, (click.ClickException, click.exceptions.Exit, click.Abort, SystemExit)):
        return None
    return own_frames(error, project)
