"""A web server over a folder that can be told to misbehave: states, passwords, silence, slowness, cut answers.

Up at once; a thread of the tests' own process.
"""

from __future__ import annotations

import base64
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from .process import HOST


@dataclass
class Switches:
    """How a path is answered; without any, its file is sent."""

    status: int | None = None  # answer with this status and no file
    redirect: str | None = None  # send there (302)
    login: tuple[str, str] | None = None  # ask for this user and password
    silent: bool = False  # accept, and never answer
    delay: float = 0.0  # seconds before the answer
    ranges: bool = True  # honour `Range`
    length: int | None = None  # lie about the length
    cut: int | None = None  # break the connection after so many bytes of the file


@dataclass
class Web:
    """A web server over a folder; `switches` by path (`/orders.csv`), the others plain; `requests` were asked for."""

    folder: Path
    switches: dict[str, Switches] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)  # method, path, Range
    posted: list[bytes] = field(default_factory=list)  # what was sent to it

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> Self:
        """Begin to serve."""
        handler = type("Handler", (_Handler,), {"web": self})
        self.released = threading.Event()
        self.server = _Listener((HOST, getattr(self, "port", 0)), handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop to serve, and let go of clients that are kept waiting."""
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self) -> Self:
        """Begin to serve."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop to serve."""
        self.stop()


class _Listener(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    web: Web
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.web.requests.append((self.command, self.path, self.headers.get("Range")))
        path = self.path.split("?")[0]
        switches = self.web.switches.get(path, Switches())
        if switches.silent:
            self.web.released.wait()
            self.close_connection = True
            return
        time.sleep(switches.delay)
        if not self._refused(switches):
            self._send(self.web.folder / path.lstrip("/"), switches)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self.web.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        switches = self.web.switches.get(self.path, Switches())
        if switches.silent:
            self.web.released.wait()
            self.close_connection = True
        elif not self._refused(switches):
            self._answer(201, {})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _refused(self, switches: Switches) -> bool:
        if switches.login:
            text = base64.b64encode(":".join(switches.login).encode()).decode()
            if self.headers.get("Authorization") != f"Basic {text}":
                self._answer(401, {"WWW-Authenticate": 'Basic realm="shop"'})
                return True
        if switches.redirect:
            self._answer(302, {"Location": switches.redirect})
        elif switches.status:
            self._answer(switches.status, {})
        return bool(switches.redirect or switches.status)

    def _answer(self, status: int, headers: dict[str, str], length: int = 0) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, path: Path, switches: Switches) -> None:
        if not path.is_file():
            return self._answer(404, {})
        data, headers = path.read_bytes(), {"Accept-Ranges": "bytes"} if switches.ranges else {}
        status, part = 200, data
        if switches.ranges and (found := re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))):
            first, last = _span(found[1], found[2], len(data))
            if first >= len(data):
                return self._answer(416, {"Content-Range": f"bytes */{len(data)}"})
            status, part = 206, data[first : last + 1]
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        self._answer(status, headers, len(part) if switches.length is None else switches.length)
        if self.command == "GET":
            self.wfile.write(part if switches.cut is None else part[: switches.cut])
        self.close_connection = switches.cut is not None or switches.length is not None
        return None


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last or size), size - 1)
