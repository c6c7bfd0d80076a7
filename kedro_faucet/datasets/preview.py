"""What Kedro-Viz shows of a table."""

from __future__ import annotations

from typing import Any, NewType

from kedro_faucet.engines import Engine, Table

# Kedro-Viz looks at the name of the annotation alone.
TablePreview = NewType("TablePreview", dict[str, Any])


def preview(engine: Engine, table: Table, nrows: int) -> TablePreview:
    """Return the first rows of a table."""
    rows = engine.to_arrow(engine.sql(f"select * from resource limit {int(nrows)}", resource=table))
    data = [[_shown(value) for value in row.values()] for row in rows.to_pylist()]
    return TablePreview({"index": list(range(len(data))), "columns": rows.column_names, "data": data})


def _shown(value: Any) -> Any:
    """Return what a browser shows as it is: it would round integers that a double does not hold, such as keys.

    >>> _shown(2**53), _shown(144270923288519069), _shown(None)
    (9007199254740992, '144270923288519069', None)
    """
    exact = not isinstance(value, int) or abs(value) <= 2**53
    return value if value is None or (isinstance(value, bool | int | float | str) and exact) else str(value)
