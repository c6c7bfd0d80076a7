"""From what a provider has to pipelines, entries and tests that run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from kedro.framework.project import pipelines
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import open_catalog
from kedro_faucet.cli.project import open_loader, open_provider
from kedro_faucet.cli.scaffold.files import add_providers, check_free, check_name, entries_text, write_new
from kedro_faucet.cli.scaffold.proof import copy_tests, head, is_local, local_paths, star_tests
from kedro_faucet.cli.scaffold.render import Places, catalog_entries, histories, pipeline_files
from kedro_faucet.cli.scaffold.tables.draft import Draft, draft
from kedro_faucet.cli.scaffold.tables.found import Found, look
from kedro_faucet.cli.scaffold.tables.names import clean
from kedro_faucet.exceptions import ConfigError


def scaffold_tables(
    metadata: ProjectMetadata, provider: str, lake: str, star: str, *, dry_run: bool, env: str | None
) -> None:
    """Write what the tables of a provider need.

    Args:
        metadata: the project.
        provider: the provider of the tables.
        lake: that of their copies.
        star: that of the star.
        dry_run: print it instead.
        env: the profile.

    Raises:
        ConfigError: if there is no table, or something would be written that is there.
    """
    loader, catalog = open_loader(metadata, env), open_catalog(metadata, env)
    service = open_provider(loader, provider)
    made = {output: node.name for pipeline in pipelines.values() for node in pipeline.nodes for output in node.outputs}
    package = (metadata.source_dir / metadata.package_name).relative_to(metadata.project_path).as_posix()
    places = Places(provider, lake, star, clean(provider) or "source", package, made)
    for kind in ("ingest", "history", "star"):
        check_name(places.pipeline(kind), metadata.source_dir / metadata.package_name)
    found = look(provider, service, catalog)
    if not found.entities:
        raise ConfigError("\n".join([f"'{provider}' has no table to begin with.", *found.notes]))
    made_draft = draft(found.entities)
    _refuse_made(made_draft, places)
    if not pipeline_files(found.entities, made_draft, places):
        copies = ", ".join(sorted({places.made[f"{lake}/{each.name}"] for each in found.entities}))
        raise ConfigError(
            f"Nothing is left to write: the project copies the tables of '{provider}' already ({copies}), and none "
            "names another, as a star's facts do."
        )
    files = _files(found, made_draft, places, loader, getattr(service, "format", None), env)
    check_free(metadata.project_path, files)
    add_providers(metadata.project_path, loader["providers"], {lake: "delta", star: "parquet"}, dry_run=dry_run)
    write_new(metadata.project_path, files, dry_run=dry_run)
    _tell(found, made_draft, places)


def _refuse_made(draft: Draft, places: Places) -> None:
    """Refuse a star some of whose tables are made already."""
    named = [f"dim_{each.name}" for each in draft.dimensions.values()] + [f"fact_{each.name}" for each in draft.facts]
    if taken := [name for name in named if f"{places.star}/{name}" in places.made]:
        raise ConfigError(
            f"{places.star}/{taken[0]} is made by the node {places.made[f'{places.star}/{taken[0]}']} already: name a "
            f"provider for another star, as in --star {places.name}_star."
        )


def _files(
    found: Found, draft: Draft, places: Places, loader: Any, form: str | None, env: str | None
) -> dict[str, str]:
    """Return the files to write."""
    files: dict[str, str] = {}
    entries = catalog_entries(found.entities, draft, places, loader.written("catalog"), form)
    if entries:
        title = f"What the tables of {places.source} need beside what their providers say."
        files[f"conf/base/catalog_{places.name}.yml"] = entries_text(title, entries)
    files |= pipeline_files(found.entities, draft, places)
    if tests := _tests(found, draft, places, loader["providers"], env):
        files[f"tests/test_{places.name}.py"] = tests
    return files


def _tests(found: Found, draft: Draft, places: Places, providers: Mapping[str, Any], env: str | None) -> str:
    """Return the tests; none where a run on a copy of the project would write elsewhere than there."""
    outside = [each for each in (places.lake, places.star) if each in providers and not is_local(providers[each])]
    if outside:
        found.notes.append(f"No tests: {', '.join(outside)} is not in the project, so that a test would write there.")
        return ""
    kept = {each.entity.name for each in histories(draft, places)}
    facts = {each.entity.name for each in draft.facts}
    copies = [each.name for each in found.entities if each.name not in {*kept, *facts} and not places.is_made(each)]
    pairs = [(f"{places.source}/{name}", f"{places.lake}/{name}") for name in copies]
    names = [kind for kind in ("ingest", "history", "star") if _is_there(kind, found, draft, places)]
    run = "pipeline_names=[" + ", ".join(f'"{places.pipeline(kind)}"' for kind in names) + "]"
    title = f"The tables of {places.source}: copied, kept with their versions, and looked at as a star."
    raw = local_paths(providers, [places.source])
    return head(title, places.name, run, raw, env) + copy_tests(pairs) + star_tests(draft, places.source, places.star)


def _is_there(kind: str, found: Found, draft: Draft, places: Places) -> bool:
    return any(f"/{places.pipeline(kind)}/" in name for name in pipeline_files(found.entities, draft, places))


def _tell(found: Found, draft: Draft, places: Places) -> None:
    """Say what was found, what was decided, and what nobody could tell."""
    counts = {"table": len(found.entities), "dimension": len(draft.dimensions), "fact": len(draft.facts)}
    many = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
    click.echo(f"\n{places.source}: {many}")
    for dimension in draft.dimensions.values():
        _say(f"dim_{dimension.name}", dimension.entity.name, dimension.said)
    for fact in draft.facts:
        _say(f"fact_{fact.name}", fact.entity.name, fact.said)
    for name, why in draft.left.items():
        click.echo(f"  {name}: in no star: {why}")
    for note in found.notes:
        click.echo(f"  {note}")
    names = [kind for kind in ("ingest", "history", "star") if _is_there(kind, found, draft, places)]
    click.echo(f"\nRun it: kedro run --pipelines {','.join(map(places.pipeline, names))}")
    click.echo(f"Test it: pytest tests/test_{places.name}.py")


def _say(name: str, table: str, said: tuple[str, ...]) -> None:
    click.echo(f"  {name} ({table})")
    for line in said:
        click.echo(f"      {line}")
