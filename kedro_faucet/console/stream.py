"""Standard error, as log lines are written to it beside a line that lives there."""

from __future__ import annotations

import os
import sys
from multiprocessing import parent_process

_CLEAR = "\r\x1b[2K"


class Stderr:
    """Standard error, whichever it is when something is written.

    A worker of a parallel run clears the line that its parent draws in the terminal; the parent draws it again below.
    """

    def write(self, text: str) -> int:
        """Write a text."""
        is_above = text.strip() and parent_process() is not None and self.isatty()
        return sys.stderr.write(f"{_CLEAR}{text}" if is_above else text)

    def flush(self) -> None:
        """Let it be seen."""
        sys.stderr.flush()

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return sys.stderr.isatty()


def _undo() -> None:
    """Write to the terminal itself again, in a process that has no thread that draws."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        setattr(sys, name, getattr(stream, "rich_proxied_file", stream))


os.register_at_fork(after_in_child=_undo)
STDERR = Stderr()
"""What a logging.yml names as ``ext://kedro_faucet.console.STDERR``."""
