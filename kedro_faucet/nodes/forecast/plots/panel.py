"""One panel of a plot of series: lines, fans and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kedro_faucet.nodes.forecast.plots.rows import Row, Shown
from kedro_faucet.nodes.forecast.plots.style import BLUE, GREY, colour, escape, label_ends, short

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@dataclass(frozen=True)
class SeriesPanel:
    """The panel of one series.

    Args:
        figure: the figure.
        row: which panel of it, from 1.
        time_col: the column of the times.
        target_col: the column of what was.
        own: the columns of the model.
        name: the model's name.
    """

    figure: Figure
    row: int
    time_col: str
    target_col: str
    own: Shown
    name: str

    def line(self, rows: Sequence[Row], name: str) -> None:
        """Draw what was."""
        values = [row[self.target_col] for row in rows]
        texts = [f"{name}: {short(value)}" for value in values]
        self._add(rows, values, name, texts, line={"color": GREY, "width": 1.5})

    def forecast(self, rows: Sequence[Row], start: Row | None = None, fans: bool = True) -> None:
        """Draw a forecast and its fans, joined to the last point before it if there is one."""
        joined = [start, *rows] if start else list(rows)
        for number, (level, bounds) in enumerate(reversed([*self.own.bounds.items()]) if fans else ()):
            self._fan(joined, level, bounds, opacity=0.16 + 0.14 * number)
        values = [row[self.own.model] for row in joined]
        look = {"color": BLUE, "width": 2 if fans else 1.5}
        if start:
            self._add(joined[:2], values[:2], "", None, line=look)
        self._add(rows, values[bool(start) :], self.name, [self._text(row) for row in rows], line=look)

    def mark(self, time: Any) -> None:
        """Draw the time at which a forecast was made."""
        self.figure.add_vline(time, row=self.row, col=1, line={"color": GREY, "width": 1, "dash": "dot"})

    def finish(self, rows: Sequence[Row], actual: str = "", fans: bool = True) -> None:
        """Write right of the panel what ends there, and give it room for all that it shows."""
        bounds = self.own.bounds if fans else {}
        columns = [self.target_col, self.own.model, *(bound for pair in bounds.values() for bound in pair)]
        found = {column: [row[column] for row in rows if row.get(column) is not None] for column in columns}
        values = [value for column in columns for value in found[column]] or [0.0, 1.0]
        room = 0.06 * (max(values) - min(values)) or 1.0
        span = min(values) - room, max(values) + room
        self.figure.update_yaxes(range=span, row=self.row, col=1)
        texts = {high: (f"{level} %", BLUE) for level, (_, high) in bounds.items()}
        texts |= {self.own.model: (self.name, BLUE), **({self.target_col: (actual, GREY)} if actual else {})}
        labels = [(text, found[column][-1], ink) for column, (text, ink) in texts.items() if found[column]]
        label_ends(self.figure, self.row, labels, span)

    def _fan(self, rows: Sequence[Row], level: str, bounds: tuple[str, str], opacity: float) -> None:
        low, high = bounds
        rows = [row for row in rows if row[low] is not None and row[high] is not None]
        values = [row[high] for row in rows] + [row[low] for row in reversed(rows)]
        look = {"fill": "toself", "fillcolor": colour(BLUE, opacity), "line": {"width": 0, "color": BLUE}}
        self._add([*rows, *reversed(rows)], values, f"{level} %", None, **look)

    def _text(self, row: Row) -> str:
        """Return what is read at a point of the forecast."""
        bounds = [
            f"{level} %: {short(row[low])} to {short(row[high])}" for level, (low, high) in self.own.bounds.items()
        ]
        return "<br>".join([f"{escape(self.name)}: {short(row[self.own.model])}", *bounds])

    def _add(self, rows: Sequence[Row], values: Sequence[Any], name: str, texts: list[str] | None, **look: Any) -> None:
        hover = {"text": texts, "hovertemplate": "%{text}<extra></extra>"} if texts else {"hoverinfo": "skip"}
        times = [row[self.time_col] for row in rows]
        trace = {"type": "scatter", "mode": "lines", "x": times, "y": values, "name": name, **hover, **look}
        self.figure.add_trace(trace, row=self.row, col=1)
