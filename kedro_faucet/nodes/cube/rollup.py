"""Reading a cube: the cells of one set of attributes, added up where that is right, and ratios from their parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.cube.definition import CubeDefinition, column_of
from kedro_faucet.nodes.star.measures import CountDistinct, Measure


def rollup(cube: CubeDefinition, cells: Table, by: Sequence[str], measures: Sequence[Measure]) -> Table:
    """Return a cube's measures by some of its attributes.

    Args:
        cube: the cube.
        cells: its cells.
        by: the attributes; none for the total.
        measures: the measures.

    Raises:
        DataError: if the cube lacks an attribute or a measure, or a distinct count would have to be added up.
    """
    _check_attributes(cube, by)
    for measure in measures:
        _check_measure(cube, measure)
    engine = engine_of(cells)
    text = _sql(cube, by, measures, stored(cube, by, measures), engine.schema(cells))
    return engine.sql(text, cells=cells)


def _sql(
    cube: CubeDefinition, by: Sequence[str], measures: Sequence[Measure], found: Iterable[str], types: dict[str, str]
) -> str:
    found = set(found)
    names = [quote(column_of(name)) for name in by]
    parts = {part.name: part for measure in measures for part in measure.parts}
    # Also the stored total is added up: so it is a row, with counts of 0, where there are no cells.
    same = found == set(by) and (bool(by) or not all(measure.additive for measure in measures))
    columns = [quote(name) if same else part.from_cells(types[name]) for name, part in parts.items()]
    grouped = f" group by {', '.join(names)}" if names and not same else ""
    shown = [*names, *(f"{measure.derived()} as {quote(measure.name)}" for measure in measures)]
    return f"""
select {", ".join(shown)}
from (select {", ".join([*names, *columns])} from cells where grouping_id = {cube.bits(found)}{grouped}) as chosen"""


def stored(cube: CubeDefinition, by: Sequence[str], measures: Sequence[Measure]) -> tuple[str, ...]:
    """Return the set to read: the one that was asked for, else the smallest that contains it."""
    sets = [chosen for chosen in cube.grouping_sets if set(by) <= set(chosen)]
    exact = next((chosen for chosen in sets if set(chosen) == set(by)), None)
    if exact is not None:
        return exact
    wanted = f"[{', '.join(by)}]"
    if not sets:
        raise DataError(f"Cube '{cube.name}' stores no set that contains {wanted}: add it to its sets.")
    for measure in measures:
        if not measure.additive:
            raise DataError(
                f"{measure} by {wanted} is not stored in cube '{cube.name}', and distinct counts cannot be added up: "
                "the same value may be in many cells. Add the set to the cube's sets, or count the fact."
            )
    return min(sets, key=len)


def _check_attributes(cube: CubeDefinition, by: Sequence[str]) -> None:
    for attribute in by:
        if attribute not in cube.by:
            hint = did_you_mean(attribute, cube.by)
            raise DataError(f"Cube '{cube.name}' has no attribute '{attribute}'; it has {', '.join(cube.by)}.{hint}")


def _check_measure(cube: CubeDefinition, measure: Measure) -> None:
    if measure in cube.measures:
        return
    for own in cube.measures:
        if own.name in measure.columns and own.name not in {part.name for part in own.parts}:
            raise DataError(f"{measure} would count averages as if each stood for one row: ask for {own}.")
        if own.name in measure.columns and isinstance(own, CountDistinct):
            raise DataError(f"{measure} would count a value once for every cell that it is in: ask for {own}.")
    named = {str(own): own for own in cube.measures}
    hint = did_you_mean(str(measure), named)
    raise DataError(f"Cube '{cube.name}' has no {measure}; it has {', '.join(named)}.{hint}")
