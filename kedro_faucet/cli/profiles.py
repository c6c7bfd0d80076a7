"""``kedro faucet profiles``: which profile inherits from which, and the layers of one."""

from __future__ import annotations

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.project import columns, open_loader
from kedro_faucet.config.loader import FaucetConfigLoader


@click.command()
@env_option
@click.pass_obj
def profiles(metadata: ProjectMetadata, env: str | None) -> None:
    """Show the profiles as a tree, and the layers of one in order."""
    loader = open_loader(metadata, env)
    click.echo("\n".join(tree(loader, loader.base_env)))
    click.echo(f"\nLayers of '{loader.profile}', the lowest first; a higher one wins:")
    rows = [
        (number, layer.profile, owner(layer.factory), layer.folder) for number, layer in enumerate(loader.layers(), 1)
    ]
    click.echo(columns(rows))


def owner(factory: bool) -> str:
    """Say whose a layer is."""
    return "factory" if factory else "project"


def tree(loader: FaucetConfigLoader, profile: str, depth: int = 0) -> list[str]:
    """Return a profile and those that inherit from it, each deeper by one step."""
    mark = "  <- in force" if profile == loader.profile else ""
    lines = [f"{'  ' * depth}{profile}{mark}"]
    for child in loader.profiles():
        named = [each for each in loader.inherits(child) if each != loader.base_env] or [loader.base_env]
        if child != loader.base_env and profile in named:
            lines += tree(loader, child, depth + 1)
    return lines
