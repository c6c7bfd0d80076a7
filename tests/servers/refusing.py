"""A proxy before an object store, which answers itself as soon as it is told what, as a store whose token expired."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

BODY = "<?xml version='1.0'?><Error><Code>{}</Code><Message>no</Message><RequestId>1</RequestId></Error>"


class Refusing:
    """The proxy, at `endpoint`.

    Args:
        port: of the store.
    """

    def __init__(self, port: int) -> None:
        self.refusal: tuple[int, str] | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, body = outer.refused() or outer.passed(port, self, content)
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def refused(self) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """What it answers itself."""
        if self.refusal is None:
            return None
        body = BODY.format(self.refusal[1]).encode()
        return self.refusal[0], [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))], body

    def passed(self, port: int, asked: Any, content: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the store answers."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.putrequest(asked.command, asked.path, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers.items():
            connection.putheader(name, value)
        connection.endheaders(content)
        found = connection.getresponse()
        body = found.read()
        kept = [(name, value) for name, value in found.getheaders() if name.lower() not in _OF_THE_WAY]
        length = found.getheader("Content-Length") if asked.command == "HEAD" else str(len(body))
        return found.status, [*kept, ("Content-Length", length or "0")], body

    def __enter__(self) -> Self:
        """Begin to answer."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


_OF_THE_WAY = ("content-length", "transfer-encoding", "connection")
