"""A mart: what BI tools read, published as one set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset

from kedro_faucet import engines
from kedro_faucet.datasets.places import begin_own, file_service, location, source_of
from kedro_faucet.datasets.preview import TablePreview

if TYPE_CHECKING:
    from kedro_faucet.engines import Table


class MartDataset(AbstractDataset["dict[str, Table]", "dict[str, int]"]):
    """Tables in one DuckDB file, which is swapped as a whole: readers see the old set or the new one, never a mixture.

    ```yaml
    mart:
      type: kedro_faucet.MartDataset
      filepath: data/mart.duckdb
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
        filepath: str,
        engine: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        service: Mapping[str, Any] | None = None,
        deferred: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says; the engine is connected when the mart is first saved.

        Args:
            filepath: the DuckDB file.
            engine: the profile's engine; default: the embedded one.
            credentials: for the provider's service.
            metadata: for Kedro-Viz and others; not used here.
            service: the provider's settings, where it is no folder; ``filepath`` is then a URL.
            deferred: where a profile that this one defers to has the mart: it is read there while there is none here.

        Raises:
            ResourceError: if the file would be neither on this machine nor in an object store.
        """
        self._filepath = str(filepath).removeprefix("file://")
        self._service = file_service(service, credentials, self._filepath, "A mart")
        self._engine_config, self._deferred = dict(engine or {}), deferred
        self.metadata = metadata

    def load(self) -> dict[str, int]:
        """Return the names of the tables with their numbers of rows; to read them, open the file with DuckDB.

        Raises:
            ResourceError: if there is no mart yet.
        """
        from kedro_faucet.storage.mart import read_mart

        source = source_of(self)
        return read_mart(location(source._service, source._filepath))

    def save(self, data: dict[str, Table]) -> None:
        """Write tables by their names, ``schema.table``; what else was in the mart is gone.

        Raises:
            ResourceError: if a table cannot be computed or written; the old mart stays.
        """
        from kedro_faucet.storage.errors import reachable
        from kedro_faucet.storage.mart import write_mart

        begin_own(self, self._filepath, adds=False)
        engine = engines.connect(self._engine_config)
        tables = {name: table if engine.owns(table) else engine.from_frame(table) for name, table in data.items()}
        with reachable(self._filepath):
            write_mart(engine, location(self._service, self._filepath), tables)

    def preview(self) -> TablePreview:
        """Return the tables with their numbers of rows, for Kedro-Viz."""
        rows = [list(row) for row in self.load().items()]
        return TablePreview({"index": list(range(len(rows))), "columns": ["table", "rows"], "data": rows})

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}

    def _exists(self) -> bool:
        from kedro_faucet.storage.places import place_of

        return place_of(location(self._service, self._filepath)).exists()
