"""``kedro faucet providers``: where data live in a profile."""

from __future__ import annotations

import json

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.project import columns, open_loader
from kedro_faucet.config.providers import read_providers

HEADER = ("provider", "service", "format", "place", "credentials", "written in")


@click.command()
@click.option("--json-schema", is_flag=True, help="Print the JSON Schema of providers.yml, for editors.")
@env_option
@click.pass_obj
def providers(metadata: ProjectMetadata, json_schema: bool, env: str | None) -> None:
    """List the providers: service, format, place, and where each is written; ``check`` asks whether they answer."""
    if json_schema:
        from kedro_faucet.services.json_schema import json_schema as schema

        click.echo(json.dumps(schema(), indent=2))
        return
    loader = open_loader(metadata, env)
    found = read_providers(loader["providers"])

    def origin(name: str) -> str:
        return loader.origin("providers", ("providers", name))

    rows = [
        (name, each.service, getattr(each, "format", None), each.place, each.credentials, origin(name))
        for name, each in found.items()
    ]
    click.echo(columns([HEADER, *rows]) if rows else "No providers; write conf/base/providers.yml.")
