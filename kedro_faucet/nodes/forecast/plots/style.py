"""What all plots share: colours that every eye can tell, fonts, panels and labels beside what they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kedro_faucet.engines.conversion import require

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Of Okabe and Ito's colours, told apart also by colour-blind readers and in grey. What has no colour of its own takes
# that of the text, and every colour is seen on white and on black, since Kedro-Viz draws on its own ground.
INK, BLUE, ORANGE, GREY, LIGHT = "#333333", "#0072B2", "#D55E00", "#7A7A7A", "#B4B4B4"
FAINT, NONE = "rgba(128, 128, 128, 0.2)", "rgba(0, 0, 0, 0)"
PANEL, TOP, BOTTOM, GAP = 170, 76, 44, 60
"""Heights in pixels: of a panel, above the first, below the last, and between two."""

LINE = 15
"""The height of a line of text in pixels."""

LETTER = 0.0095
"""What a letter right of a panel takes of the figure's width."""


def panels(titles: Sequence[Any]) -> Figure:
    """Return a figure with a panel below the other, each with its title."""
    count = len(titles)
    height = count * PANEL + (count - 1) * GAP
    figure: Figure = require("plotly.subplots", "forecast").make_subplots(
        rows=count,
        cols=1,
        subplot_titles=[f"<b>{escape(title)}</b>" for title in titles],
        vertical_spacing=GAP / height,
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    figure.update_layout(height=height + TOP + BOTTOM)
    return figure


def finish(figure: Figure, title: str, note: str, labels: Sequence[str] = ()) -> Figure:
    """Give a figure its title, a note below it, fonts, quiet axes and room for the labels on the right."""
    small = f'  <span style="font-size:12px;color:{GREY}">{note}</span>'
    figure.update_layout(
        template="plotly_white",
        title={"text": title + small, "x": 0, "xref": "paper", "font": {"size": 17}},
        font={"family": "Inter, Helvetica Neue, Helvetica, Arial, sans-serif", "size": 12, "color": INK},
        margin={"l": 64, "r": 24, "t": TOP, "b": BOTTOM},
        showlegend=False,
        hovermode="x unified",
        hoverlabel={"bgcolor": "white"},
    )
    figure.update_xaxes(showgrid=False, zeroline=False, linecolor=GREY, ticks="outside", tickcolor=GREY)
    figure.update_yaxes(gridcolor=FAINT, zeroline=False, ticks="outside", tickcolor=NONE, automargin=True)
    figure.update_yaxes(exponentformat="none", separatethousands=True)
    if labels:
        figure.update_xaxes(domain=[0, 1 - LETTER * (1 + max(map(len, labels)))])
    return figure


def label_ends(figure: Figure, row: int, labels: Sequence[tuple[str, float, str]], span: tuple[float, float]) -> None:
    """Write texts right of a panel, each at its value as far as they do not overlap."""
    low, high = span
    gap = LINE * (high - low) / PANEL
    ordered = sorted(labels, key=lambda label: label[1])
    for (text, _, ink), place in zip(ordered, spread([value for _, value, _ in ordered], gap), strict=True):
        where = {"xref": f"{axis('x', row)} domain", "yref": axis("y", row), "xanchor": "left", "xshift": 4}
        figure.add_annotation(
            text=escape(text), x=1, y=place, showarrow=False, font={"color": ink, "size": 12}, **where
        )


def axis(letter: str, number: int) -> str:
    """Return the name of a panel's axis.

    >>> axis("x", 1), axis("x", 2)
    ('x', 'x2')
    """
    return letter if number == 1 else f"{letter}{number}"


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move ascending places apart, around where they were.

    >>> spread([1.0, 1.5, 9.0], gap=1.0)
    [0.75, 1.75, 9.0]
    """
    groups: list[list[float]] = []
    for place in places:
        groups.append([place])
        while len(groups) > 1 and _first(groups[-1], gap) - _last(groups[-2], gap) < gap:
            groups[-2:] = [groups[-2] + groups[-1]]
    return [_first(group, gap) + gap * index for group in groups for index in range(len(group))]


def _first(group: Sequence[float], gap: float) -> float:
    return sum(group) / len(group) - gap * (len(group) - 1) / 2


def _last(group: Sequence[float], gap: float) -> float:
    return _first(group, gap) + gap * (len(group) - 1)


def colour(hexadecimal: str, opacity: float) -> str:
    """Return a colour through which others are seen.

    >>> colour("#0072B2", 0.2)
    'rgba(0, 114, 178, 0.2)'
    """
    parts = ", ".join(str(int(hexadecimal[start : start + 2], 16)) for start in (1, 3, 5))
    return f"rgba({parts}, {opacity})"


def escape(text: Any) -> str:
    """Return a text as a plot shows it, tags and all.

    >>> escape("A<b>&co")
    'A&lt;b&gt;&amp;co'
    """
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def short(number: float | None) -> str:
    """Return a number as a reader takes it in.

    >>> short(12345.67), short(1.23456), short(None)
    ('12,346', '1.235', '–')
    """
    if number is None:
        return "–"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
