"""``kedro faucet …``: looks at a project's profiles, providers, resources and configuration; tends notebooks."""

from __future__ import annotations

import logging

import click
from kedro.framework.cli.utils import LazyGroup


@click.group(name="kedro")
def commands() -> None:
    """Hold the commands that kedro-faucet adds to a project."""


@commands.group(
    cls=LazyGroup,
    lazy_subcommands={
        "check": "kedro_faucet.cli.check.check",
        "copy": "kedro_faucet.cli.copy.copy",
        "joins": "kedro_faucet.cli.joins.joins",
        "maintain": "kedro_faucet.cli.maintain.maintain",
        "notebook": "kedro_faucet.cli.notebook.notebook",
        "profiles": "kedro_faucet.cli.profiles.profiles",
        "providers": "kedro_faucet.cli.providers.providers",
        "resources": "kedro_faucet.cli.resources.resources",
        "show": "kedro_faucet.cli.show.show",
    },
)
def faucet() -> None:
    """Look at profiles, providers, resources and configuration; tend notebooks."""
    logging.getLogger("kedro").setLevel(logging.WARNING)  # it logs to where the answer goes


__all__ = ["commands", "faucet"]
