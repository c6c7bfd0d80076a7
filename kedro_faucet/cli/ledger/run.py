"""``kedro run --changed``: Kedro's own command, with an option more."""

from __future__ import annotations

from typing import Any

import click

from kedro_faucet.exceptions import ConfigError

_RUNNERS = {
    None: "ChangedSequentialRunner",
    "SequentialRunner": "ChangedSequentialRunner",
    "ThreadRunner": "ChangedThreadRunner",
    "ParallelRunner": "ChangedParallelRunner",
}


def run_command() -> click.Command:
    """Return Kedro's command ``run``, which with ``--changed`` runs only what must run."""
    from kedro.framework.cli.project import run

    option = click.Option(
        ["--changed"],
        is_flag=True,
        help="Run only the nodes whose code, settings, inputs or outputs have changed since they ran last, "
        "and those that follow from them. `kedro faucet plan` says which and why.",
    )
    return click.Command("run", params=[*run.params, option], help=run.help, callback=_run)


def _run(changed: bool, **options: Any) -> Any:
    from kedro.framework.cli.project import run

    if changed:
        options["runner"] = changed_runner(options["runner"])
    return click.get_current_context().invoke(run, **options)


def changed_runner(name: str | None) -> str:
    """Return the runner that runs only what must run, in the place of one of Kedro's.

    >>> changed_runner("ThreadRunner")
    'kedro_faucet.ledger.changes.runners.ChangedThreadRunner'

    Raises:
        ConfigError: if it is another's.
    """
    short = (name or "").removeprefix("kedro.runner.").rpartition(".")[2] or None
    if short not in _RUNNERS or (name and "." in name and not name.startswith("kedro.runner.")):
        known = ", ".join(each for each in _RUNNERS if each)
        raise ConfigError(f"--changed works with {known}, not with {name}.")
    return f"kedro_faucet.ledger.changes.runners.{_RUNNERS[short]}"
