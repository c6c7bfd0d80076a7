"""``kedro faucet add pipeline``: a pipeline of a kind, with its entries and a test."""

from __future__ import annotations

from typing import Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.project import pipelines
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import open_catalog
from kedro_faucet.cli.project import open_loader
from kedro_faucet.cli.scaffold.code import listed as code_listed
from kedro_faucet.cli.scaffold.code import text
from kedro_faucet.cli.scaffold.files import INIT, add_providers, check_name, entries_text, write_new
from kedro_faucet.cli.scaffold.kinds import KINDS, Asked, Made
from kedro_faucet.cli.scaffold.proof import head, is_local, local_paths, made_tests
from kedro_faucet.cli.scaffold.sources import check_sources, looked
from kedro_faucet.exceptions import ConfigError


@click.group()
def add() -> None:
    """Add what a person would have written: a pipeline of a kind."""


@add.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(list(KINDS)), required=True, help="What it does.")
@click.option("--from", "sources", multiple=True, required=True, metavar="RESOURCE", help="What it reads; repeatable.")
@click.option("--to", "target", metavar="PROVIDER", help="Where it writes; default: as its kind does in the starter.")
@click.option("--key", multiple=True, metavar="COLUMN", help="What tells rows or series apart; repeatable.")
@click.option("--time", metavar="COLUMN", help="When a row happened; of a history: when each snapshot was taken.")
@click.option("--value", metavar="COLUMN", help="What a forecast sums; default: it counts rows.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@env_option
@click.pass_obj
def pipeline(
    metadata: ProjectMetadata,
    name: str,
    kind: str,
    sources: tuple[str, ...],
    target: str | None,
    key: tuple[str, ...],
    time: str | None,
    value: str | None,
    dry_run: bool,
    env: str | None,
) -> None:
    """Write a pipeline NAME that Kedro finds, its entries in the catalog, and a test.

    \b
    kedro faucet add pipeline words --kind ingest --from source/words
    kedro faucet add pipeline fleet --kind history --from source/fleet --key tailnum
    kedro faucet add pipeline sales --kind forecast --from lake/orders --time ordered_on --value total
    """
    package = metadata.source_dir / metadata.package_name
    check_name(name, package)
    loader, catalog = open_loader(metadata, env), open_catalog(metadata, env)
    check_sources(sources, kind, catalog)
    asked = Asked(name, sources, target, key, time, value)
    made = KINDS[kind](looked(asked, kind, catalog, metadata.package_name))
    _refuse_made(made)
    folder = package.relative_to(metadata.project_path).as_posix()
    files: dict[str, str] = {f"{folder}/pipelines/{name}/__init__.py": INIT}
    files |= {f"{folder}/pipelines/{name}/{file}": code for file, code in made.files.items()}
    files |= {f"{folder}/{file}": code for file, code in made.notebooks.items()}
    written = loader.written("catalog")
    if entries := {each: entry for each, entry in made.entries.items() if each not in written}:
        files[f"conf/base/catalog_{name}.yml"] = entries_text(f"What the pipeline {name} makes.", entries)
    if tests := _tests(asked, made, kind, loader["providers"], env):
        files[f"tests/test_{name}.py"] = tests
    write_new(metadata.project_path, files, dry_run=dry_run)
    add_providers(metadata.project_path, loader["providers"], made.providers, dry_run=dry_run)
    click.echo(f"\nRun it: kedro run --pipelines {name}")


def _refuse_made(made: Made) -> None:
    """Refuse outputs that another pipeline makes."""
    nodes = {output: node.name for each in pipelines.values() for node in each.nodes for output in node.outputs}
    if taken := [name for name in made.outputs if name in nodes]:
        raise ConfigError(f"{taken[0]} is made by the node {nodes[taken[0]]} already: name another provider by --to.")


def _tests(asked: Asked, made: Made, kind: str, providers: Any, env: str | None) -> str:
    """Return the test; none where a run on a copy of the project would write elsewhere than there."""
    default = pipelines.get("__default__")
    written = {name.partition("/")[0] for name in (*(default.outputs() if default else ()), *made.outputs)}
    if outside := [name for name in sorted(written) if name in providers and not is_local(providers[name])]:
        click.echo(f"No test: {', '.join(outside)} is not in the project, so that a test would write there.")
        return ""
    needed = {*(default.inputs() if default else ()), *asked.sources} - (default.all_outputs() if default else set())
    raw = local_paths(providers, {name.partition("/")[0] for name in needed} & set(providers))
    run = f"to_outputs={code_listed(map(text, made.outputs)).flat()}"
    title = f"The pipeline {asked.name}: run on a copy of this project, with what comes before it."
    return head(title, asked.name, run, raw, env) + made_tests(
        made.outputs, are_tables=kind not in ("report", "publish")
    )
