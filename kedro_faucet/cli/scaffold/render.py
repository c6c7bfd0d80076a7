"""What a provider's tables need, as the files of a project."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kedro_faucet.cli.scaffold.code import Code, Group, call, key_of, listed, mapped, named, text
from kedro_faucet.cli.scaffold.files import INIT
from kedro_faucet.cli.scaffold.tables.draft import Draft, DraftDimension, DraftFact
from kedro_faucet.cli.scaffold.tables.entities import Entity

PIPELINE = '''"""{title}"""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines
{more}

def create_pipeline(**kwargs: object) -> Pipeline:
    return {code}
'''
_SCHEMA = '''"""The star schema of {source}, drafted from its keys: correct what only you can know."""

from kedro_faucet.nodes.star import {names}

SCHEMA = {code}
'''
_NAMES = ("Average", "Count", "DateDimension", "Dimension", "Fact", "Role", "StarSchema", "Sum")


@dataclass(frozen=True)
class Places:
    """The providers that scaffolding reads and writes, and what its files are called after.

    Args:
        source: the provider of the tables.
        lake: the provider of their copies.
        star: the provider of the star.
        name: what pipelines and files end with.
        package: the folder of the package, below the project's.
        made: the resources that pipelines make already.
    """

    source: str
    lake: str
    star: str
    name: str
    package: str
    made: Mapping[str, str] = field(default_factory=dict)

    def is_made(self, entity: Entity) -> bool:
        """Tell whether a pipeline copies a table already."""
        return f"{self.lake}/{entity.name}" in self.made

    def pipeline(self, kind: str) -> str:
        """Return the name of a pipeline."""
        return f"{kind}_{self.name}"


def histories(draft: Draft, places: Places) -> list[DraftDimension]:
    """Return the dimensions whose history is kept."""
    return [each for each in draft.dimensions.values() if each.has_history and not places.is_made(each.entity)]


def catalog_entries(
    entities: Sequence[Entity], draft: Draft, places: Places, written: Mapping[str, Any], form: str | None
) -> dict[str, dict[str, Any]]:
    """Return the entries that tables need: types of CSV files, paths, and histories; none that is there.

    Args:
        entities: the tables.
        draft: the star.
        places: the providers.
        written: the entries that there are.
        form: the format of the source's files.
    """
    found: dict[str, dict[str, Any]] = {}
    for each in entities:
        typed = form == "csv" and not each.is_cleaned
        if typed or each.path != each.name:
            entry = {"type": "kedro_faucet.ResourceDataset", "provider": places.source}
            entry |= {"path": f"{each.path}.{form}"} if each.path != each.name else {}
            found[f"{places.source}/{each.name}"] = entry | (
                {"load_args": {"columns": dict(each.columns)}} if typed else {}
            )
    for dimension in histories(draft, places):
        key = dimension.key[0] if len(dimension.key) == 1 else list(dimension.key)
        kept: dict[str, Any] = {"type": "kedro_faucet.HistoryDataset", "provider": places.lake, "key": key}
        empty = {"allow_empty": True} if dimension.entity.is_empty else {}
        found[f"{places.lake}/{dimension.entity.name}"] = kept | empty
    return {name: entry for name, entry in found.items() if name not in written}


def pipeline_files(entities: Sequence[Entity], draft: Draft, places: Places) -> dict[str, str]:
    """Return the pipelines: ingest, histories, star; each only where there is something for it."""
    kept = {each.entity.name for each in histories(draft, places)}
    copied = [each for each in entities if each.name not in kept and not places.is_made(each)]
    files: dict[str, str] = {}
    if copied:
        files |= _folder(places, "ingest", _ingest(copied, places))
    if kept:
        files |= _folder(places, "history", _history(sorted(kept), places))
    if draft.dimensions or draft.facts:
        star = [] if places.star == "star" else [text(places.star)]
        body = call("pipelines.star", ["SCHEMA", *star]).written(4)
        title = f"Star: what happens in {places.source}, and by what it is looked at."
        more = "\nfrom .schema import SCHEMA\n"
        files |= _folder(places, "star", PIPELINE.format(title=title, more=more, code=body))
        files[f"{places.package}/pipelines/{places.pipeline('star')}/schema.py"] = schema_text(draft, places)
    return files


def _folder(places: Places, kind: str, code: str) -> dict[str, str]:
    folder = f"{places.package}/pipelines/{places.pipeline(kind)}"
    return {f"{folder}/__init__.py": INIT, f"{folder}/pipeline.py": code}


def _ingest(copied: Sequence[Entity], places: Places) -> str:
    source, lake = places.source, places.lake
    plain = [each.name for each in copied if not each.is_cleaned]
    parts: list[Group] = []
    if plain:
        parts.append(call("pipelines.copy", [text(source), text(lake), listed(map(text, plain))]))
    parts += [
        call("pipelines.clean", [text(f"{source}/{each.name}"), text(f"{lake}/{each.name}"), "[CleanNames()]"])
        for each in copied
        if each.is_cleaned
    ]
    more = "from kedro_faucet.nodes.hygiene import CleanNames\n" if len(parts) > bool(plain) else ""
    code = parts[0] if len(parts) == 1 else call("Pipeline", [listed(parts)])
    title = f"Ingest: the tables of {source}, as they are, into {lake}."
    return PIPELINE.format(title=title, more=more, code=code.written(4))


def _history(names: Sequence[str], places: Places) -> str:
    each = f'pipelines.history(f"{places.source}/{{name}}", f"{places.lake}/{{name}}")'
    title = f"History: what others name in {places.source} is kept with all its versions, a snapshot a run."
    more = f"\nTABLES = {listed(map(text, names)).written(0)}\n"
    return PIPELINE.format(title=title, more=more, code=f"Pipeline([{each} for name in TABLES])")


def schema_text(draft: Draft, places: Places) -> str:
    """Return the code of a star schema, with a comment for what nobody could tell."""
    dimensions = [_dimension(each, places) for each in draft.dimensions.values()]
    facts = [_fact(each, places) for each in draft.facts]
    if any(name == "date" for fact in draft.facts for name, _ in fact.roles.values()):
        dimensions.insert(0, call("DateDimension", [text("date")]))
    code = call("StarSchema", [named("dimensions", listed(dimensions)), named("facts", listed(facts))]).written()
    left = "".join(f"# {name} is in no star: {why}.\n" for name, why in draft.left.items())
    names = ", ".join(each for each in _NAMES if re.search(rf"\b{each}\(", code))
    return _SCHEMA.format(source=places.source, names=names, code=code) + (f"\n{left}" if left else "")


def _dimension(each: DraftDimension, places: Places) -> Group:
    source = text(f"{places.lake}/{each.entity.name}")
    return call("Dimension", [text(each.name), named("source", source), named("key", key_of(each.key))], each.said)


def _fact(each: DraftFact, places: Places) -> Group:
    measures = [f"{kind}({text(column)})" for column, kind in each.measures.items()]
    items: list[Code] = [
        text(each.name),
        named("source", text(f"{places.lake}/{each.entity.name}")),
        named("grain", listed(map(text, each.entity.key))),
        *([named("at", text(each.at))] if each.at else []),
        named("dimensions", mapped({role: _role(role, *found) for role, found in each.roles.items()})),
        named("measures", listed(["Count()", *measures])),
        *([named("keep", listed(map(text, each.keep)))] if each.keep else []),
    ]
    return call("Fact", items, each.said)


def _role(role: str, dimension: str, columns: Sequence[str]) -> Code:
    if role == dimension and len(columns) == 1:
        return text(columns[0])
    return call("Role", [text(dimension), key_of(columns)])
