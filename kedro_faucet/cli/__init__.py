"""``kedro faucet …``: looks at a project's profiles, providers, resources and configuration."""

from __future__ import annotations

import click


@click.group(name="kedro")
def commands() -> None:
    """Hold the commands that kedro-faucet adds to a project."""


@commands.group()
def faucet() -> None:
    """Look at profiles, providers, resources and configuration."""


__all__ = ["commands", "faucet"]
