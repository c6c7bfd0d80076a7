"""What a pipeline of each kind says: one template a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kedro_faucet.cli.scaffold.code import call, listed, named, text
from kedro_faucet.cli.scaffold.render import PIPELINE, Places, schema_text
from kedro_faucet.cli.scaffold.tables.draft import Draft, draft, draft_fact
from kedro_faucet.cli.scaffold.tables.entities import Entity
from kedro_faucet.documents.notebook import as_text
from kedro_faucet.documents.percent import cell_of, notebook_of
from kedro_faucet.exceptions import ConfigError


@dataclass(frozen=True)
class Asked:
    """What a pipeline is asked for.

    Args:
        name: its name.
        sources: the resources that it reads.
        target: the provider that it writes; none for that of its kind.
        key: columns that tell rows, or series, apart; of a cube attributes.
        time: the column that tells when.
        value: the column that is summed.
        entities: the sources with their columns and keys, for a kind that needs them.
        star: for a cube: the pipeline that has the star schema, the fact, and attributes to begin with.
    """

    name: str
    sources: tuple[str, ...]
    target: str | None = None
    key: tuple[str, ...] = ()
    time: str | None = None
    value: str | None = None
    entities: tuple[Entity, ...] = ()
    star: tuple[str, str, tuple[str, ...]] = ("", "", ())


@dataclass(frozen=True)
class Made:
    """A pipeline to be: its files, below its folder, and what it needs.

    Args:
        files: the text of each.
        outputs: the resources that it makes.
        entries: what the catalog says of them.
        providers: the providers that it writes, with the format of their files.
        notebooks: files below the package.
    """

    files: Mapping[str, str]
    outputs: tuple[str, ...]
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    providers: Mapping[str, str] = field(default_factory=dict)
    notebooks: Mapping[str, str] = field(default_factory=dict)


def _pipeline(title: str, code: str, more: str = "") -> dict[str, str]:
    return {"pipeline.py": PIPELINE.format(title=title, more=more, code=code)}


def ingest(asked: Asked) -> Made:
    """Copy resources of one provider.

    >>> made = ingest(Asked("words", ("source/words",)))
    >>> made.files["pipeline.py"].splitlines()[-1].strip(), made.outputs
    ('return pipelines.copy("source", "lake", ["words"])', ('lake/words',))

    Raises:
        ConfigError: if they are of several.
    """
    target = asked.target or "lake"
    providers = {each.partition("/")[0] for each in asked.sources}
    if len(providers) > 1:
        raise ConfigError(f"An ingest copies from one provider, not from {', '.join(sorted(providers))}: add one each.")
    names = [each.partition("/")[2] for each in asked.sources]
    code = call("pipelines.copy", [text(providers.pop()), text(target), listed(map(text, names))]).written(4, 7)
    outputs = tuple(f"{target}/{name}" for name in names)
    return Made(
        _pipeline(f"Ingest: {', '.join(names)}, as they are, into {target}.", code), outputs, {}, {target: "delta"}
    )


def history(asked: Asked) -> Made:
    """Keep the versions of a resource."""
    [source], target = asked.sources, asked.target or "lake"
    output = f"{target}/{source.partition('/')[2]}"
    at = [named("at", text(asked.time))] if asked.time else []
    code = call("pipelines.history", [text(source), text(output), *at]).written(4, 7)
    key: Any = asked.key[0] if len(asked.key) == 1 else list(asked.key)
    entry = {"type": "kedro_faucet.HistoryDataset", "provider": target, "key": key}
    title = f"History: every snapshot of {source} becomes versions in an append-only log."
    return Made(_pipeline(title, code), (output,), {output: entry}, {target: "delta"})


def star(asked: Asked) -> Made:
    """Make a star schema: of one resource a fact, of several what their relations tell."""
    target, lake = asked.target or "star", asked.sources[0].partition("/")[0]
    made = draft(asked.entities) if len(asked.entities) > 1 else Draft()
    if len(asked.entities) == 1:
        draft_fact(made, asked.entities[0], asked.name, asked.time)
    if not made.facts:
        raise ConfigError(f"No fact can be drafted of {', '.join(asked.sources)}: {'; '.join(made.left.values())}.")
    places = Places(lake, lake, target, asked.name, "")
    more = "\nfrom .schema import SCHEMA\n"
    code = call("pipelines.star", ["SCHEMA", *([] if target == "star" else [text(target)])]).written(4, 7)
    files = _pipeline(f"Star: {asked.name}, and by what it is looked at.", code, more)
    outputs = tuple(f"{target}/fact_{fact.name}" for fact in made.facts)
    return Made({**files, "schema.py": schema_text(made, places)}, outputs, {}, {target: "parquet"})


def cube(asked: Asked) -> Made:
    """Count a fact by attributes of its dimensions."""
    (module, fact, attributes), target = asked.star, asked.target or "cube"
    by = listed(map(text, asked.key or attributes))
    items = [text(asked.name), named("fact", text(fact)), named("by", by)]
    items.append(named("measures", f"SCHEMA.fact({text(fact)}).measures"))
    brick = call("Cube", items)
    more = f"from kedro_faucet.nodes.cube import Cube\n\nfrom ..{module}.schema import SCHEMA\n"
    more += f"\nCUBE = {brick.written(0, 7)}\n"
    source = asked.sources[0].partition("/")[0]
    where = [] if (source, target) == ("star", "cube") else [text(source), text(target)]
    code = call("pipelines.cubes", ["[CUBE]", "SCHEMA", *where]).written(4, 7)
    files = _pipeline(f"Cube: {asked.name}, counted once for those who ask again and again.", code, more)
    return Made(files, (f"{target}/{asked.name}",), {}, {target: "parquet"})


def forecast(asked: Asked) -> Made:
    """Forecast a sum, or the number of rows, a day."""
    [source], target = asked.sources, asked.target or "forecast"
    if not asked.time:
        raise ConfigError(f"{source} has no column with times: a forecast needs one, as in --time ordered_on.")
    measure = f"Sum({text(asked.value)})" if asked.value else "Count()"
    by = [named("by", listed(map(text, asked.key)))] if asked.key else []
    items = [named("time", text(asked.time)), named("every", text("day")), *by, named("measure", measure)]
    series = call("TimeSeries", items)
    more = "from kedro_faucet.nodes.forecast import TimeSeries\n"
    more += f"from kedro_faucet.nodes.star import {measure.partition('(')[0]}\n\nDAILY = {series.written(0, 8)}\n"
    where = [] if target == "forecast" else [named("target", text(target))]
    wanted = [text(asked.name), named("source", text(source)), named("series", "DAILY"), named("horizon", "28"), *where]
    files = _pipeline(
        f"Forecast: {asked.name} a day, four weeks ahead.", call("pipelines.forecast", wanted).written(4, 7), more
    )
    output = f"{target}/{asked.name}"
    save_args = {"mode": "merge", "key": ["unique_id", "cutoff", "ds"]}
    entry = {"type": "kedro_faucet.ResourceDataset", "provider": target, "save_args": save_args}
    return Made(files, (output,), {output: entry}, {target: "delta"})


def report(asked: Asked) -> Made:
    """Show resources in a notebook that becomes one HTML file."""
    cells = [cell_of(f"# {asked.name.replace('_', ' ').capitalize()}\n\nWhat it shows, and for whom.", "markdown")]
    names = [each.partition("/")[2].replace("/", "_") for each in asked.sources]
    loads = [f"{name} = catalog.load({text(each)})" for name, each in zip(names, asked.sources, strict=True)]
    cells.append(cell_of("\n".join(["%load_ext kedro_faucet", *loads]), tags=["inputs"]))
    cells += [cell_of(name) for name in names]
    code = f'Pipeline([pipelines.notebook_node("notebooks/{asked.name}.ipynb", report={text(asked.name)})])'
    title = "Report: a notebook that runs as a node, and becomes one HTML file."
    entry = {"type": "kedro_faucet.ReportDataset", "filepath": f"data/report/{asked.name}.html", "code": "hidden"}
    notebooks = {f"notebooks/{asked.name}.ipynb": as_text(notebook_of(cells))}
    return Made(_pipeline(title, code), (asked.name,), {asked.name: entry}, {}, notebooks)


def publish(asked: Asked) -> Made:
    """Publish resources as one set, which readers see change at once."""
    code = call("pipelines.publish", [listed(map(text, asked.sources)), text(asked.name)]).written(4, 7)
    entry = {"type": "kedro_faucet.MartDataset", "filepath": f"data/{asked.name}.duckdb"}
    title = "Publish: one set of tables that BI tools see change at once."
    return Made(_pipeline(title, code), (asked.name,), {asked.name: entry})


KINDS: dict[str, Callable[[Asked], Made]] = {
    "ingest": ingest,
    "history": history,
    "star": star,
    "cube": cube,
    "forecast": forecast,
    "report": report,
    "publish": publish,
}
"""The kinds of pipelines."""
