"""What somebody asks of: a dataset, or a column of it."""

from __future__ import annotations

from collections.abc import Iterable

from kedro_faucet.exceptions import ResourceError, did_you_mean, listed
from kedro_faucet.ledger.lineage.graph import Lineage
from kedro_faucet.nodes.lineage import ALL, Place


def find(lineage: Lineage, text: str) -> Place:
    """Return the column that a text names, as in ``lake/flights.dep_delay``; of a dataset alone, any of them.

    A column of a mart may leave out the schema of its table: ``mart.fact_flight.dep_delay``.

    Raises:
        ResourceError: if there is none of that name, or there are several; with the nearest.
    """
    dataset = max((each for each in lineage.datasets if f"{text}.".startswith(f"{each}.")), key=len, default=None)
    if dataset is None:
        start = text.partition(".")[0]
        hint = did_you_mean(text, lineage.datasets) or did_you_mean(start, lineage.datasets)
        raise ResourceError(f"No node reads or makes '{start}'.{hint} There are {listed(lineage.datasets, text)}.")
    asked, columns = text[len(dataset) + 1 :], list(lineage.columns(dataset))
    return Place(dataset, _column(asked, dataset, columns) if asked else ALL)


def _column(asked: str, dataset: str, columns: list[str]) -> str:
    found = list(_named(asked.lower(), columns))
    if len(found) == 1 or (not found and ALL in columns):
        return found[0] if found else asked
    if found:
        raise ResourceError(f"'{asked}' may be each of {listed(found)} of '{dataset}': name the table too.")
    hint = did_you_mean(asked, [*columns, *(each.partition(".")[2] for each in columns)])
    raise ResourceError(f"'{dataset}' has no column '{asked}'.{hint} It has {listed(columns, asked)}.")


def _named(asked: str, columns: Iterable[str]) -> Iterable[str]:
    """Return the columns of a name, with or without what stands before its dots."""
    tried = [asked, f"{asked.rpartition('.')[0]}.{ALL}"]  # or any column of a table whose columns are not known
    for name in tried[: 1 + ("." in asked)]:
        found = [each for each in columns if f".{each.lower()}".endswith(f".{name}")]
        if found:
            return [each for each in found if each.lower() == name] or found
    return []
