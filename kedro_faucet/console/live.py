"""The line that lives in a terminal: what is done, what is on, and for how long."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from kedro_faucet.config import current
from kedro_faucet.console import journal
from kedro_faucet.console.logs import is_json

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text


class LiveLine:
    """A line at the end of standard error, drawn anew four times a second; nothing where that is no terminal."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._total, self._began = 0, time.monotonic()
        self._live: Live | None = None

    def begin(self, total: int) -> None:
        """Begin to draw, if there is a terminal.

        Args:
            total: how many nodes the run has.
        """
        self._total, self._began = total, time.monotonic()
        if not sys.stderr.isatty() or is_json():
            return
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        if not console.is_dumb_terminal:
            # What is printed goes above the line, and stays out of it where standard output is a file.
            whole = sys.stdout.isatty()
            current.is_watched = True
            self._live = Live(get_renderable=self.line, console=console, transient=True, redirect_stdout=whole)
            self._live.start()

    def end(self) -> float:
        """Take the line away, and return how many seconds the run took."""
        if self._live is not None:
            self._live.stop()
            self._live, current.is_watched = None, False
        return time.monotonic() - self._began

    def line(self) -> Text:
        """Return the line."""
        from rich.text import Text

        done, going = doing(journal.read())
        seconds = time.monotonic() - self._began
        text = f"{done} of {self._total} nodes, {seconds:.0f} s: {', '.join(going)}{part_done()}"
        return Text(text, no_wrap=True, overflow="ellipsis", style="dim")


def doing(said: list[dict[str, object]]) -> tuple[int, list[str]]:
    """Return how many nodes are done, and what the others do.

    >>> doing([{"node": "a", "doing": "runs"}, {"node": "b", "doing": "loads x"}, {"node": "a", "seconds": 1.0}])
    (1, ['b loads x'])
    """
    last = {line["node"]: line for line in said}
    going = [f"{node} {line['doing']}" for node, line in last.items() if "doing" in line]
    return len(last) - len(going), going


def part_done() -> str:
    """Return how much of what is computed now is done, where the engine knows; it is asked while others use it.

    >>> part_done()
    ''
    """
    if connections := sys.modules.get("kedro_faucet.engines.connections"):
        with suppress(Exception):  # an engine that is closed meanwhile stops no run
            return f" {percent:.0f} %" if (percent := connections.progress()) else ""
    return ""


LINE = LiveLine()
"""That of this process."""
