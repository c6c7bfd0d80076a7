"""What a run did, as events of OpenLineage: a START and a COMPLETE or FAIL of the run, and of each node that ran."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from kedro import __version__ as kedro_version
from openlineage.client import facet_v2 as facets
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState, set_producer
from openlineage.client.facet_v2 import column_lineage_dataset as lineages
from openlineage.client.facet_v2 import parent_run, schema_dataset, symlinks_dataset
from openlineage.client.uuid import generate_static_uuid

import kedro_faucet
from kedro_faucet.config.secrets import without_passwords
from kedro_faucet.datasets.places import source_of
from kedro_faucet.ledger.lineage.graph import Lineage, is_parameter, plain
from kedro_faucet.ledger.lineage.naming import Naming, named
from kedro_faucet.ledger.lineage.schemas import stored
from kedro_faucet.ledger.records import RunRecord, Step
from kedro_faucet.nodes.lineage import ALL, Place
from kedro_faucet.nodes.sql import SqlQuery

set_producer(f"urn:kedro-faucet:{kedro_faucet.__version__}")

DIRECT, INDIRECT = "DIRECT", "INDIRECT"
_STATES = {"done": RunState.COMPLETE, "failed": RunState.FAIL}


@dataclass
class Events:
    """Tells what a run did.

    Args:
        pipeline: Kedro's.
        catalog: Kedro's.
        namespace: of its jobs, and of datasets that lie nowhere.
        parent: the namespace, job and run that began this one, if another program did.
    """

    pipeline: Any
    catalog: Any
    namespace: str
    parent: tuple[str, str, str] | None = None
    _names: dict[str, Naming] = field(default_factory=dict)
    _schemas: dict[str, Mapping[str, str] | None] = field(default_factory=dict)

    def begin(self, run: RunRecord) -> RunEvent:
        """Return the event of a run that begins."""
        return self._run(run, RunState.START, run.head["at"])

    def end(self, run: RunRecord) -> Iterator[RunEvent]:
        """Yield the events of the nodes that ran, and that of the run's end."""
        for node in self.pipeline.nodes:
            step = run.steps.get(node.name)
            if step is not None and step.status in _STATES and step.at:
                yield self._node(run, node, step, RunState.START, _before(step.at, step.seconds or 0))
                yield self._node(run, node, step, _STATES[step.status], step.at)
        if run.end:
            yield self._run(run, _STATES[run.end["status"]], run.end["at"], run.end.get("error"))

    def _run(self, run: RunRecord, state: RunState, at: str, error: str | None = None) -> RunEvent:
        said = Run(_id(run), {**_engine(), **_error(error), **(_parent(*self.parent) if self.parent else {})})
        job = Job(self.namespace, self._job(run), {**_type("PIPELINE")})
        return RunEvent(eventTime=at, eventType=state, run=said, job=job)

    def _job(self, run: RunRecord) -> str:
        return ",".join(run.head["asked"].get("pipeline_names") or ["__default__"])

    def _node(self, run: RunRecord, node: Any, step: Step, state: RunState, at: str) -> RunEvent:
        above = _parent(self.namespace, self._job(run), _id(run))
        said = Run(
            _id(run, node.name), {**_engine(), **above, **_error(step.error if state is RunState.FAIL else None)}
        )
        inputs = [
            InputDataset(*self._name(name), facets=self._about(name, step.inputs.get(name)))
            for name in _data(node.inputs)
        ]
        outputs = [self._output(name, step.outputs.get(name) or {}, state) for name in _data(node.outputs)]
        job = Job(self.namespace, node.name, {**_type("NODE"), **_sql(node)})
        return RunEvent(eventTime=at, eventType=state, run=said, job=job, inputs=inputs, outputs=outputs)

    def _output(self, name: str, saved: Mapping[str, Any], state: RunState) -> OutputDataset:
        if state is not RunState.COMPLETE:
            return OutputDataset(*self._name(name), facets=self._symlink(name))
        counts = facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=saved.get("rows"), size=saved.get("bytes")
        )
        told = {**self._about(name, saved.get("version")), **self._columns(plain(name))}
        return OutputDataset(*self._name(name), facets=told, outputFacets={"outputStatistics": counts} if saved else {})

    def _name(self, name: str) -> Naming:
        if name not in self._names:
            dataset = self.catalog.get(name)
            read = dataset if plain(name) in self._lineage.makers else source_of(dataset)
            self._names[name] = named(plain(name), read, self.namespace)
        return self._names[name]

    def _about(self, name: str, version: str | None) -> dict[str, Any]:
        """Return what there is to tell of a dataset as it is."""
        told = self._symlink(name)
        if version:
            told["version"] = facets.dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=version)
        if types := self._types(plain(name)):
            columns = [schema_dataset.SchemaDatasetFacetFields(column, kind) for column, kind in types.items()]
            told["schema"] = schema_dataset.SchemaDatasetFacet(columns)
        return told

    def _symlink(self, name: str) -> dict[str, Any]:
        """Return what the catalog calls a dataset that has another name by its place."""
        other = symlinks_dataset.Identifier(self.namespace, plain(name), "TABLE")
        is_other = self._name(name) != (other.namespace, other.name)
        return {"symlinks": symlinks_dataset.SymlinksDatasetFacet([other])} if is_other else {}

    @cached_property
    def _lineage(self) -> Lineage:
        return Lineage(self.pipeline, self.catalog)

    def _types(self, dataset: str) -> Mapping[str, str] | None:
        if dataset not in self._schemas:
            self._schemas[dataset] = stored(dataset, self.catalog)[0] or self._lineage.table(dataset).types
        return self._schemas[dataset]

    def _columns(self, dataset: str) -> dict[str, Any]:
        """Return where the columns of a dataset come from, as far as it is known by column."""
        made = self._lineage.made(self._lineage.makers[dataset])[dataset]
        fields = {
            name: lineages.Fields([*self._fields(origin.values, DIRECT), *self._fields(origin.uses, INDIRECT)])
            for name, origin in made.columns.items()
            if name != ALL
        }
        known = {name: each for name, each in fields.items() if each.inputFields}
        rows = self._fields(made.rows, INDIRECT)
        return {"columnLineage": lineages.ColumnLineageDatasetFacet(known, rows)} if known or rows else {}

    def _fields(self, places: Iterable[Place], how: str) -> list[lineages.InputField]:
        found = [place for place in places if place.column != ALL]
        return [
            lineages.InputField(*self._name(place.dataset), place.column, [lineages.Transformation(how)])
            for place in found
        ]


def _data(names: Iterable[str]) -> list[str]:
    return [name for name in names if not is_parameter(name)]


def _before(at: str, seconds: float) -> str:
    """Return a time some seconds earlier.

    >>> _before("2013-01-31T12:00:00.500Z", 1.5)
    '2013-01-31T11:59:59.000Z'
    """
    moment = datetime.fromisoformat(at) - timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _id(run: RunRecord, node: str = "") -> str:
    """Return the name of a run, or of a node's: the same whenever it is asked for."""
    return str(generate_static_uuid(datetime.fromisoformat(run.head["at"]), f"{run.place}\n{node}".encode()))


def _parent(namespace: str, job: str, run: str) -> dict[str, Any]:
    return {"parent": parent_run.ParentRunFacet(parent_run.Run(run), parent_run.Job(namespace, job))}


def _engine() -> dict[str, Any]:
    about = facets.processing_engine_run.ProcessingEngineRunFacet(kedro_version, "Kedro", kedro_faucet.__version__)
    return {"processing_engine": about}


def _type(kind: str) -> dict[str, Any]:
    return {"jobType": facets.job_type_job.JobTypeJobFacet("BATCH", "KEDRO", kind)}


def _error(message: str | None) -> dict[str, Any]:
    return {"errorMessage": facets.error_message_run.ErrorMessageRunFacet(message, "PYTHON")} if message else {}


def _sql(node: Any) -> dict[str, Any]:
    """Return the text of a node that is one SELECT."""
    owner = getattr(node.func, "__self__", None)
    if not isinstance(owner, SqlQuery):
        return {}
    return {"sql": facets.sql_job.SQLJobFacet(without_passwords(owner.text), "duckdb" if owner.portable else None)}
