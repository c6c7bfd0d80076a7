"""``kedro faucet providers``: where data live in a profile."""

from __future__ import annotations

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.project import columns, open_loader
from kedro_faucet.config.providers import read_providers

HEADER = ("provider", "service", "format", "place", "credentials", "written in")


@click.command()
@env_option
@click.pass_obj
def providers(metadata: ProjectMetadata, env: str | None) -> None:
    """List the providers: service, format, path, and where each is written."""
    loader = open_loader(metadata, env)
    found = read_providers(loader["providers"])

    def origin(name: str) -> str:
        return loader.origin("providers", ("providers", name))

    rows = [
        (name, each.service, getattr(each, "format", None), each.place, each.credentials, origin(name))
        for name, each in found.items()
    ]
    click.echo(columns([HEADER, *rows]) if rows else "No providers; write conf/base/providers.yml.")
