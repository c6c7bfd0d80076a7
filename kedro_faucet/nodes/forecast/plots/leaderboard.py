"""The plot of a leaderboard: errors beside the baseline's, and coverage beside what was promised."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

from kedro_faucet.engines import engine_of
from kedro_faucet.engines.conversion import require
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.forecast.evaluation.metrics import BASELINE
from kedro_faucet.nodes.forecast.plots.style import BLUE, GREY, LIGHT, ORANGE, TOP, axis, escape, finish
from kedro_faucet.nodes.forecast.tables import as_table
from kedro_faucet.nodes.star.keys import check_columns

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_BAR, _BOTTOM = 30, 60
"""Heights in pixels: of a model's bar with the space around it, and below the last."""

_LOOKS = ((BLUE, "circle"), (ORANGE, "diamond"), (GREY, "square"), (LIGHT, "cross"))


def plot_leaderboard(leaderboard: Any) -> Figure:
    """Return a figure of each model's MASE, the best on top, and of its intervals' coverage beside the nominal one.

    >>> import pyarrow as pa
    >>> board = pa.table({"model": ["Theta", "SeasonalNaive"], "mase": [0.8, 1.1], "coverage_80": [78.0, 81.0]})
    >>> [trace.name for trace in plot_leaderboard(board).data if trace.name]
    ['MASE', '80 % intervals']

    Args:
        leaderboard: what ``leaderboard`` made, with one row for each model.

    Raises:
        DataError: if it has no such columns, or a model has many rows.
    """
    table, _ = as_table(leaderboard)
    check_columns(["model", "mase"], table.columns, "The leaderboard")
    rows = sorted(engine_of(table).to_arrow(table).to_pylist(), key=_place)
    if len({row["model"] for row in rows}) < len(rows):
        raise DataError("The leaderboard has many rows for a model: plot one that is made with by=None.")
    levels = [name.removeprefix("coverage_") for name in table.columns if name.startswith("coverage_")]
    figure: Figure = require("plotly.subplots", "forecast").make_subplots(
        cols=2 if levels else 1,
        shared_yaxes=True,
        column_widths=[0.6, 0.4] if levels else None,
        horizontal_spacing=0.06,
    )
    names = [escape(row["model"]) for row in rows]
    _add_bars(figure, rows, names)
    for level, look in zip(levels, cycle(_LOOKS), strict=False):
        _add_coverage(figure, rows, names, level, look)
    if levels:
        figure.update_xaxes(title_text="coverage in % (dotted: as it should be)", row=1, col=2)
    finish(figure, "Leaderboard", _note(rows))
    figure.update_layout(height=_BAR * len(rows) + TOP + _BOTTOM, hovermode="closest", margin_b=_BOTTOM)
    figure.update_xaxes(title_font_size=12)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what orders the models as a leaderboard does: a stored one may have lost its order."""
    error = row["mase"]
    return -(row.get("forecasts") or 0), error is None, error or 0.0, row["model"]


def _add_bars(figure: Figure, rows: list[dict[str, Any]], names: list[str]) -> None:
    """Draw the errors: of models that are better than the baseline in another colour."""
    errors = [row["mase"] for row in rows]
    baseline = next((row["mase"] for row in rows if row["model"] == BASELINE), None)
    inks = [BLUE if baseline is None or (error is not None and error < baseline) else LIGHT for error in errors]
    figure.add_trace(
        {"type": "bar", "orientation": "h", "x": errors, "y": names, "name": "MASE", "marker": {"color": inks}}
        | {"text": ["" if error is None else f"{error:.3f}" for error in errors], "textposition": "outside"}
        | {"cliponaxis": False, "hovertemplate": "%{y}: MASE %{x:.4f}<extra></extra>", "width": 0.62},
        row=1,
        col=1,
    )
    highest = max((error for error in errors if error is not None), default=1.0)
    figure.update_xaxes(range=[0, 1.14 * highest or 1.0], row=1, col=1)
    figure.update_xaxes(title_text="MASE (lower is better)", row=1, col=1)
    if baseline is not None:
        _add_mark(figure, 1, baseline, BASELINE, GREY)


def _add_coverage(
    figure: Figure, rows: list[dict[str, Any]], names: list[str], level: str, look: tuple[str, str]
) -> None:
    """Draw how much the intervals of a level held, and what they should have."""
    ink, symbol = look
    found = [row[f"coverage_{level}"] for row in rows]
    nominal = float(level)
    ways = {"x": [x for value in found for x in (nominal, value, None)], "y": [n for name in names for n in [name] * 3]}
    line = {"type": "scatter", "mode": "lines", "line": {"color": ink, "width": 2}, "hoverinfo": "skip"}
    figure.add_trace({**line, **ways, "name": ""}, row=1, col=2)
    figure.add_trace(
        {"type": "scatter", "mode": "markers", "x": found, "y": names, "name": f"{level} % intervals"}
        | {"marker": {"color": ink, "symbol": symbol, "size": 9}}
        | {"hovertemplate": f"%{{y}}: %{{x:.1f}} % in {level} % intervals<extra></extra>"},
        row=1,
        col=2,
    )
    _add_mark(figure, 2, nominal, f"{level} %", ink)


def _add_mark(figure: Figure, col: int, value: float, text: str, ink: str) -> None:
    """Draw a line through all rows, with its name above."""
    figure.add_vline(value, row=1, col=col, line={"color": ink, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        text=text,
        x=value,
        y=1,
        xref=axis("x", col),
        yref="paper",
        yanchor="bottom",
        showarrow=False,
        font={"color": ink},
    )


def _note(rows: list[dict[str, Any]]) -> str:
    """Say what was measured, and which models were not measured by all of it."""
    most = max((row.get("forecasts") or 0 for row in rows), default=0)
    series = max((row.get("series") or 0 for row in rows), default=0)
    fewer = [escape(row["model"]) for row in rows if (row.get("forecasts") or 0) < most]
    note = f"{most:,} forecasts of {series:,} series" if most else ""
    return f"{note}; fewer by {', '.join(fewer)}" if fewer else note
