"""Ctrl-C while an engine computes: the main thread may wait in a library that looks at no signal until it is done."""

from __future__ import annotations

import os
import signal
import socket
import threading

_ends: list[socket.socket] = []
_noticed = threading.Event()


def watch() -> None:
    """Stop the engines from now on when Ctrl-C is typed; processes that are forked end with it, without a word."""
    if _ends or threading.current_thread() is not threading.main_thread():
        return
    _ends.extend(socket.socketpair())
    _ends[1].setblocking(False)
    # Written to by the system's own handler, whatever Python is doing.
    signal.set_wakeup_fd(_ends[1].fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(_ends[0],), daemon=True).start()
    os.register_at_fork(after_in_child=end)


def end() -> None:
    """Let Ctrl-C end this process, a worker: saves are whole or not at all."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def noticed() -> bool:
    """Tell whether it was typed."""
    return _noticed.is_set()


def _wait(reader: socket.socket) -> None:
    while received := reader.recv(1):
        if received[0] == signal.SIGINT:
            from kedro_faucet.engines.connections import interrupt

            _noticed.set()
            interrupt()
