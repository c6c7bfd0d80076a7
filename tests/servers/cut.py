"""A TCP proxy before any server: it passes everything, until it is told to cut or to stall."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

from .process import HOST


class Cut:
    """A proxy before `port`; a context manager.

    Args:
        port: The server's port on this machine.
        after: So many bytes of answers are passed in all; then what `how` says happens. None passes all.
        how: `cut` resets the connections, and refuses further bytes; `stall` keeps them open, and passes nothing more.
    """

    def __init__(self, port: int, *, after: int | None = None, how: str = "cut") -> None:
        self.target, self.after, self.how = port, after, how
        self.passed = 0
        self._lock, self._pairs = threading.Lock(), list[socket.socket]()

    @property
    def broken(self) -> bool:
        """Whether the limit was reached."""
        return self.after is not None and self.passed >= self.after

    def cut(self) -> None:
        """Reset every connection that is open; new ones are passed on."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for each in pairs:
            reset(each)

    def heal(self) -> None:
        """Pass everything again, for new connections."""
        self.after = None

    def __enter__(self) -> Self:
        """Listen."""
        self._listener = socket.create_server((HOST, 0))
        self.host, self.port = HOST, self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((HOST, self.target), 5)
        except OSError:
            reset(client)
            return
        server.settimeout(None)
        with self._lock:
            self._pairs += [client, server]
        for source, target, counted in ((client, server, False), (server, client, True)):
            threading.Thread(target=self._pass, args=(source, target, counted), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(self._allowed(data) if counted else data)
                if self.broken:
                    if self.how == "cut":
                        self.cut()
                    return
            if target in self._pairs:  # it ended by itself
                target.shutdown(socket.SHUT_WR)

    def _allowed(self, data: bytes) -> bytes:
        with self._lock:
            part = data if self.after is None else data[: max(0, self.after - self.passed)]
            self.passed += len(part)
            return part


def reset(connection: socket.socket) -> None:
    """Close a connection at once, as a broken network does: the other side gets a reset."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.shutdown(socket.SHUT_RD)  # wakes a thread that receives, and sends nothing
    connection.close()
