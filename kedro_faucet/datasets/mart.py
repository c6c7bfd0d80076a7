"""A mart: what BI tools read, published as one set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from kedro.io import AbstractDataset

from kedro_faucet import engines
from kedro_faucet.datasets.options import listed
from kedro_faucet.datasets.places import begin_own, file_service, location, opened, refuse_changed, source_of
from kedro_faucet.datasets.preview import TablePreview
from kedro_faucet.exceptions import ResourceError

if TYPE_CHECKING:
    from kedro_faucet.engines import Table
    from kedro_faucet.services.database import Database
    from kedro_faucet.services.sql.publication import Publication


class MartDataset(AbstractDataset["dict[str, Table]", "dict[str, int]"]):
    """Tables of which readers see the old set or the new one, never a mixture: a DuckDB file, or a set in PostgreSQL.

    ```yaml
    mart:
      type: kedro_faucet.MartDataset
      filepath: data/mart.duckdb
    reports/mart:  # reports is a provider of the service postgres
      type: kedro_faucet.MartDataset
      readers: [analysts]
    ```

    >>> import tempfile
    >>> from kedro_faucet import engines
    >>> mart = MartDataset(filepath=tempfile.mkdtemp() + "/mart.duckdb")
    >>> mart.save({"star.dim_date": engines.connect().sql("select 20130101 as date_key")})
    >>> mart.load()
    {'star.dim_date': 1}
    """

    def __init__(
        self,
        *,
        filepath: str | None = None,
        table: str | None = None,
        keep: int = 2,
        readers: str | Sequence[str] = (),
        engine: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        service: Mapping[str, Any] | None = None,
        deferred: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says; the engine is connected when the mart is first saved.

        Args:
            filepath: the DuckDB file.
            table: in the place of ``filepath``: the name of a set of tables in a database.
            keep: how many versions of such a set the database keeps.
            readers: the database's roles that may read the tables.
            engine: the profile's engine; default: the embedded one.
            credentials: for the provider's service.
            metadata: for Kedro-Viz and others; not used here.
            service: the provider's settings, where it is no folder; ``filepath`` is then a URL.
            deferred: where a profile that this one defers to has the mart: it is read there while there is none here.

        Raises:
            ResourceError: if the file would be neither on this machine nor in an object store, or the database keeps no
                such sets.
        """
        if bool(filepath) == bool(table):
            raise ResourceError("A mart is a file at a filepath:, or a table: of a database, one of the two.")
        self._filepath = str(table or filepath).removeprefix("file://")
        if table is None:
            self._service = file_service(service, credentials, self._filepath, "A mart")
            self._publication = None
        else:
            self._service = opened(service, credentials, self._filepath, "A mart")
            self._publication = cast("Database", self._service).publication(table)
        self._keep, self._readers = keep, listed(readers)
        self._engine_config, self._deferred = dict(engine or {}), deferred
        self.metadata = metadata

    def load(self) -> dict[str, int]:
        """Return the names of the tables with their numbers of rows; DuckDB, or any client of the server, reads them.

        Raises:
            ResourceError: if there is no mart yet.
        """
        from kedro_faucet.storage.mart import read_mart

        source: MartDataset = source_of(self)
        if source._publication is None:
            return read_mart(location(source._service, source._filepath))
        if (shown := source._publication.shown()) is None:
            raise ResourceError(
                f"The mart {source.place} does not exist: it is written by the pipeline that publishes."
            )
        return shown.tables

    def save(self, data: dict[str, Table]) -> None:
        """Write tables by their names, ``schema.table``; what else was in the mart is gone.

        Raises:
            ResourceError: if a table cannot be computed or written; the old mart stays.
        """
        from kedro_faucet.storage.errors import reachable
        from kedro_faucet.storage.mart import write_mart
        from kedro_faucet.storage.schema import storable

        begin_own(self, self._filepath, adds=False)
        engine = engines.connect(self._engine_config)
        tables = {name: table if engine.owns(table) else engine.from_frame(table) for name, table in data.items()}
        if self._publication is not None:
            rows = {name: partial(engine.batches, storable(engine, table)) for name, table in tables.items()}
            self._publication.publish(rows, self._keep, self._readers)
        else:
            with reachable(self._filepath):
                write_mart(engine, location(self._service, self._filepath), tables)

    @property
    def place(self) -> str:
        """Where the mart is, in words."""
        return self._filepath if self._publication is None else f"'{self._filepath}' in {self._service.place}"  # type: ignore[union-attr]

    @property
    def publication(self) -> Publication:
        """The versions that a database keeps.

        Raises:
            ResourceError: if the mart is a file, which has none, or another profile's.
        """
        if self._publication is None:
            raise ResourceError(
                f"The mart {self._filepath} is a file, which is replaced as a whole: it has no versions."
            )
        refuse_changed(self, self._filepath)
        return self._publication

    def preview(self) -> TablePreview:
        """Return the tables with their numbers of rows, for Kedro-Viz."""
        rows = [list(row) for row in self.load().items()]
        return TablePreview({"index": list(range(len(rows))), "columns": ["table", "rows"], "data": rows})

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self.place}

    def _exists(self) -> bool:
        if self._publication is not None:
            return self._publication.shown() is not None
        from kedro_faucet.storage.places import place_of

        return place_of(location(self._service, self._filepath)).exists()
