"""A pipeline of a kind, with its entries and a test."""

from __future__ import annotations

from typing import Any

import click
from kedro.framework.project import pipelines
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import open_catalog
from kedro_faucet.cli.project import open_loader
from kedro_faucet.cli.scaffold.code import listed as code_listed
from kedro_faucet.cli.scaffold.code import text
from kedro_faucet.cli.scaffold.files import INIT, add_providers, check_free, check_name, entries_text, write_new
from kedro_faucet.cli.scaffold.kinds import KINDS, Asked, Made
from kedro_faucet.cli.scaffold.proof import head, is_local, local_paths, made_tests
from kedro_faucet.cli.scaffold.sources import check_sources, looked
from kedro_faucet.exceptions import ConfigError


def add_pipeline(metadata: ProjectMetadata, asked: Asked, kind: str, *, dry_run: bool, env: str | None) -> None:
    """Write a pipeline of a kind.

    Args:
        metadata: the project.
        asked: what the pipeline is asked for.
        kind: its kind.
        dry_run: print it instead.
        env: the profile.

    Raises:
        ConfigError: if it cannot be, or something would be written that is there.
    """
    name = asked.name
    package = metadata.source_dir / metadata.package_name
    check_name(name, package)
    loader, catalog = open_loader(metadata, env), open_catalog(metadata, env)
    check_sources(asked.sources, kind, catalog)
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
    check_free(metadata.project_path, files)
    add_providers(metadata.project_path, loader["providers"], made.providers, dry_run=dry_run)
    write_new(metadata.project_path, files, dry_run=dry_run)
    click.echo(f"\nRun it: kedro run --pipelines {name}")


def _refuse_made(made: Made) -> None:
    """Refuse outputs that another pipeline makes."""
    nodes = {output: node.name for each in pipelines.values() for node in each.nodes for output in node.outputs}
    if taken := [name for name in made.outputs if name in nodes]:
        raise ConfigError(f"{taken[0]} is made by the node {nodes[taken[0]]} already: name another provider by --to.")


def _tests(asked: Asked, made: Made, kind: str, providers: Any, env: str | None) -> str:
    """Return the test; none where a run on a copy of the project would write elsewhere than there."""
    default = pipelines.get("__default__")
    written = {name.partition("/")[0] for name in (*(default.all_outputs() if default else ()), *made.outputs)}
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
