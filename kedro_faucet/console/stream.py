"""Standard error, as log lines are written to it beside a line that lives there."""

from __future__ import annotations

import os
import sys
from typing import TextIO

_CLEAR = "\r\x1b[2K"


class Stderr:
    """Standard error of the process, also where a notebook's cell keeps what is written to ``sys.stderr``.

    Who does not draw the line that lives in the terminal, as a worker, clears it; it is drawn again below.
    """

    def write(self, text: str) -> int:
        """Write a text."""
        stream = self._stream()
        is_above = text.strip() and not hasattr(stream, "rich_proxied_file") and stream.isatty()
        return stream.write(f"{_CLEAR}{text}" if is_above else text)

    def flush(self) -> None:
        """Let it be seen."""
        self._stream().flush()

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self._stream().isatty()

    def _stream(self) -> TextIO:
        is_drawn = hasattr(sys.stderr, "rich_proxied_file")
        return sys.stderr if is_drawn else sys.__stderr__ or sys.stderr


def _undo() -> None:
    """Write to the terminal itself again, in a process that has no thread that draws."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        setattr(sys, name, getattr(stream, "rich_proxied_file", stream))


os.register_at_fork(after_in_child=_undo)
STDERR = Stderr()
"""What a logging.yml names as ``ext://kedro_faucet.console.STDERR``."""
