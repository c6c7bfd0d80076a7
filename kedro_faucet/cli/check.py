"""``kedro faucet check``: whether the providers of a profile answer."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.project import columns, open_loader, open_provider
from kedro_faucet.config.loader import FaucetConfigLoader
from kedro_faucet.exceptions import FaucetError

HEADER = ("provider", "service", "place", "answers")


@click.command()
@click.argument("names", nargs=-1)
@env_option
@click.pass_obj
def check(metadata: ProjectMetadata, names: Sequence[str], env: str | None) -> None:
    """Ask providers (default: all) whether they answer; the exit code is 1 where one does not.

    \b
    kedro faucet check
    kedro faucet check shop --env prod
    """
    loader = open_loader(metadata, env)
    asked = list(names or loader["providers"])
    with ThreadPoolExecutor(max(len(asked), 1)) as threads:  # one that is silent keeps nobody waiting
        rows, faults = zip(*threads.map(lambda name: answer(loader, name), asked), strict=True) if asked else ((), ())
    click.echo(columns([HEADER, *rows]) if rows else "No providers; write conf/base/providers.yml.")
    for name, fault in zip(asked, faults, strict=True):
        if fault:
            click.echo(f"{name}: {fault}", err=True)
    if any(faults):
        raise SystemExit(1)


def answer(loader: FaucetConfigLoader, name: str) -> tuple[tuple[Any, ...], str]:
    """Return the row of a provider, and what is wrong with it."""
    try:
        service = open_provider(loader, name)
    except FaucetError as error:
        return (name, "", "", "no"), str(error)
    try:
        service.check()
        said = ("yes", "")
    except FaucetError as error:
        said = ("no", str(error))
    return (name, service.service, service.place, said[0]), said[1]
