"""What a cell shows, in the order in which it shows it."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from kedro_faucet.documents.notebook import last_drawn

Output = dict[str, Any]


class Outputs:
    """The outputs of one run, cell by cell, as a notebook keeps them.

    >>> outputs = Outputs()
    >>> outputs.write("stdout", "50 %"); outputs.write("stdout", "\\r100 %")
    >>> outputs.taken()
    [{'output_type': 'stream', 'name': 'stdout', 'text': '100 %'}]
    """

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._shown: list[Output] = []
        self._named: dict[str, list[Output]] = {}
        self._clear_before_next = False

    def taken(self) -> list[Output]:
        """Return what was shown since the last time, and begin anew."""
        shown, self._shown, self._clear_before_next = self._shown, [], False
        for output in shown:
            if output["output_type"] == "stream":
                output["text"] = last_drawn("".join(output["text"]))
        return shown

    def write(self, name: str, text: str) -> None:
        """Add text to ``stdout`` or ``stderr``; what follows directly is one output."""
        last = self._shown[-1] if self._shown and not self._clear_before_next else {}
        if last.get("name") == name:
            last["text"].append(text)
        elif text:
            self._add({"output_type": "stream", "name": name, "text": [text]})

    def display(self, data: Mapping[str, Any], metadata: Mapping[str, Any], name: str | None, update: bool) -> None:
        """Show something, or put it in the place of all that was shown under the same name."""
        content = {"data": dict(data), "metadata": dict(metadata)}
        if update and name in self._named:
            for shown in self._named[name]:
                shown.update(content)
            return
        output = self._add({"output_type": "display_data", **content})
        if name:
            self._named.setdefault(name, []).append(output)

    def result(self, data: Mapping[str, Any], metadata: Mapping[str, Any], number: int) -> None:
        """Show the value of a cell's last line."""
        kind = {"output_type": "execute_result", "execution_count": number}
        self._add({**kind, "data": dict(data), "metadata": dict(metadata)})

    def error(self, kind: str, text: str, traceback: list[str]) -> None:
        """Show an error."""
        self._add({"output_type": "error", "ename": kind, "evalue": text, "traceback": traceback})

    def clear(self, wait: bool) -> None:
        """Forget what this cell has shown: at once, or when the next thing comes."""
        self._clear_before_next = wait
        if not wait:
            self._shown.clear()

    def _add(self, output: Output) -> Output:
        if self._clear_before_next:
            self.clear(wait=False)
        self._shown.append(output)
        return output


class Stream(io.TextIOBase):
    """What stands for ``sys.stdout`` or ``sys.stderr``: threads of others write where they always do."""

    def __init__(self, name: str, real: Any, outputs: Outputs, mine: Callable[[], bool]) -> None:
        """Know where to write, and for whom."""
        self._name, self._real, self._outputs, self._mine = name, real, outputs, mine

    def write(self, text: str) -> int:
        """Write text."""
        if not self._mine():
            return int(self._real.write(text) or 0)
        self._outputs.write(self._name, str(text))
        return len(text)

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def flush(self) -> None:
        """Flush what lies below."""
        self._real.flush()

    def fileno(self) -> int:
        """Return the file that processes of the notebook's write to."""
        return int(self._real.fileno())

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Any text can be kept."""
        return "utf-8"


@contextmanager
def own_threads() -> Iterator[Callable[[], bool]]:
    """Tell whether the thread that asks is this one, or one that it started, or one that those started.

    Processes that are forked meanwhile are not the notebook's: what they kept would be lost with them.
    """
    mine: WeakSet[threading.Thread] = WeakSet([threading.current_thread()])
    start, process = threading.Thread.start, os.getpid()

    def follow(thread: threading.Thread) -> None:
        if threading.current_thread() in mine:
            mine.add(thread)
        start(thread)

    threading.Thread.start = follow  # type: ignore[method-assign, assignment]
    try:
        yield lambda: threading.current_thread() in mine and os.getpid() == process
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
