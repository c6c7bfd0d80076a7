"""How the rows of one table are read: found once, used wherever its series are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.forecast.frequency import Frequency, Times, infer_frequency
from kedro_faucet.nodes.forecast.frequency.inference import FITTING, guess_frequency, show
from kedro_faucet.nodes.forecast.frequency.periods import Integers
from kedro_faucet.nodes.forecast.panel import Panel
from kedro_faucet.nodes.forecast.preparation.arguments import check_fill, seasons_of
from kedro_faucet.nodes.forecast.preparation.chunks import series_batches
from kedro_faucet.nodes.forecast.preparation.columns import Columns, arrow_type, check_columns, word
from kedro_faucet.nodes.forecast.preparation.panels import read_panel
from kedro_faucet.nodes.forecast.preparation.rows import rows_of


@dataclass(frozen=True)
class Reading:
    """How rows become panels, and panels' series rows again; it can be pickled.

    >>> rows = pa.table({"unique_id": ["a", "a", "b"], "ds": [2011, 2012, 2012], "y": [1, 2, 5]})
    >>> reading = Reading.of(rows)
    >>> [(panel, faults)] = reading.panels(rows.to_batches(), size=1000)
    >>> panel.values.tolist(), [column.to_pylist() for column in reading.future(panel, 2)]
    ([[1.0, nan], [2.0, 5.0]], [['a', 'a', 'b', 'b'], [2013, 2014, 2013, 2014]])

    Args:
        columns: what the columns are called.
        frequency: the periods.
        seasons: their lengths, the shortest first.
        fill: what gaps are filled with.
        types: the types of the series' names and of the times, in DuckDB's words.
        ahead: whether features must be known ahead: not for what is only looked at as it was.
        max_filled: what part of a series may be interpolated.
    """

    columns: Columns
    frequency: Frequency
    seasons: tuple[int, ...] = ()
    fill: str | float = "interpolate"
    types: tuple[str, str] = ("VARCHAR", "TIMESTAMP")
    ahead: bool = True
    max_filled: float = 1.0

    @classmethod
    def of(
        cls,
        sample: pa.Table,
        columns: Columns | None = None,
        *,
        freq: str | int | Frequency | None = None,
        season_length: Any = None,
        fill: Any = "interpolate",
    ) -> Reading:
        """Return how to read a table, from rows of some of its series.

        Args:
            sample: the rows, ordered by series and time.
            columns: what the columns are called.
            freq: the frequency; default: the one that most series have.
            season_length: how many periods a season has, or several such; default: the frequency's usual ones.
            fill: ``interpolate``, or the number that stands for nothing.

        Raises:
            DataError: if a column is missing or of no use, there are no rows, or most series have another frequency.
            ConfigError: if what is asked for cannot be.
        """
        columns = columns or Columns()
        check_columns(sample.schema, columns)
        fill = check_fill(fill)
        types = (word(sample.schema.field(columns.unique_id).type), word(sample.schema.field(columns.ds).type))
        frequency = find_frequency(sample, columns, freq)
        return cls(columns, frequency, seasons_of(season_length, frequency), fill, types)

    def panels(
        self, batches: Iterable[pa.RecordBatch], size: int, horizon: int = 0
    ) -> Iterator[tuple[Panel, dict[Any, str]]]:
        """Yield panels of about so many series, each with the series that cannot be forecast, and why.

        Args:
            batches: rows ordered by series and time.
            size: how many series a panel has; of long series fewer.
            horizon: how many periods ahead the features must be known.
        """
        for chunk in series_batches(batches, self.columns, size):
            yield self.panel(chunk, horizon)

    def panel(self, rows: pa.Table, horizon: int = 0) -> tuple[Panel, dict[Any, str]]:
        """Return one panel of rows that are all at hand, and why each series that cannot be forecast cannot."""
        options: dict[str, Any] = {"seasons": self.seasons, "fill": self.fill, "ahead": self.ahead}
        options["max_filled"] = self.max_filled
        return read_panel(rows, self.columns, self.frequency, horizon=horizon, **options)

    def future(self, panel: Panel, horizon: int) -> tuple[pa.Array, pa.Array]:
        """Return the names and times of the rows that follow each series, in the types that they were read in."""
        numbers = panel.ends[:, None] + np.arange(1, horizon + 1)
        return self.names(panel.ids, horizon), self.times(numbers.reshape(-1))

    def names(self, ids: Any, times: int = 1) -> pa.Array:
        """Return series' names, each so many times."""
        names = pa.array(list(ids), arrow_type(self.types[0]))
        return names.take(pa.array(np.repeat(np.arange(len(names)), times)))

    def times(self, numbers: Integers) -> pa.Array:
        """Return the times that date periods."""
        return pa.array(self.frequency.times(numbers)).cast(arrow_type(self.types[1]))


def find_frequency(sample: pa.Table, columns: Columns, freq: str | int | Frequency | None = None) -> Frequency:
    """Return the frequency that most series have, or check that they have the one asked for.

    >>> sample = pa.table({"unique_id": ["a"] * 3, "ds": [1997, 2001, 2003], "y": [1, 2, 3]})
    >>> find_frequency(sample, Columns(), "2")
    Frequency(alias='2', phase=1, offset=0)

    Raises:
        DataError: if there are no rows, or most series have no frequency in common, or another one.
        ConfigError: if there is no such frequency, or the times cannot have it.
    """
    rows = rows_of(sample, columns)
    dated = rows.dated & np.isin(rows.series, np.flatnonzero(rows.ids != None))  # noqa: E711 - of each
    if not dated.any():
        raise DataError("The panel is empty: there is no row with a series and a time.")
    times, series = rows.times[dated], rows.series[dated]
    starts = np.flatnonzero(np.diff(series, prepend=-1))
    names = rows.ids[series[starts]].tolist()
    if freq is None:
        return infer_frequency(times, starts, names)
    frequency = freq if isinstance(freq, Frequency) else Frequency(str(freq)).fitted(times)
    _check_kind(frequency, sample.schema.field(columns.ds).type, columns.ds)
    _check_most(frequency, times, starts, names)
    return frequency


def _check_kind(frequency: Frequency, kind: pa.DataType, ds: str) -> None:
    if frequency.is_integer != pa.types.is_integer(kind):
        instead = "an integer, such as 1" if not frequency.is_integer else "a name, such as 'D' or 'MS'"
        raise ConfigError(
            f"freq='{frequency.alias}' does not fit the column '{ds}' of type {word(kind)}: give {instead}."
        )
    if frequency.is_within_day and pa.types.is_date(kind):
        raise ConfigError(
            f"freq='{frequency.alias}' is within days, but the column '{ds}' is a DATE: make it a TIMESTAMP."
        )


def _check_most(frequency: Frequency, times: Times, starts: Integers, names: list[Any]) -> None:
    lengths = np.diff(np.append(starts, len(times)))
    fits = np.add.reduceat(frequency.aligned(times), starts, dtype=np.int64) >= FITTING * lengths
    if 2 * fits.sum() >= len(fits):
        return
    one = int(np.argmin(fits))
    few = show(times[starts[one] : np.append(starts[1:], len(times))[one]][:3])
    found = guess_frequency(times, starts)
    hint = f" They look like freq='{found.alias}'." if found else ""
    raise DataError(f"freq='{frequency.alias}' does not fit most series: {names[one]!r} has {', '.join(few)}.{hint}")
