"""Files of a web server, to read only: each is fetched whole, once for every load."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Any, ClassVar, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pydantic import Field, PositiveInt, field_validator

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.settings import Strict
from kedro_faucet.services.stores.spool import spool
from kedro_faucet.services.stores.store import Object, Over, Store

_BLOCK = 2**20
_STATES = {
    401: "wants other credentials: give username and password, or token, in credentials.yml ({name})",
    403: "does not allow it to {entry}: ask for the right to read it",
    407: "is behind a proxy that wants credentials: set HTTPS_PROXY with them",
    410: "is there no more: correct path:",
    429: "was asked too often: wait, and run again",
}


class Login(Strict):
    """A user's name and password, or a token (``Authorization: Bearer``)."""

    username: str | None = None
    password: str | None = Field(None, repr=False)
    token: str | None = Field(None, repr=False)


class Http(Store):
    """Files of a web server.

    ```yaml
    web: {service: http, path: "https://example.org/exports", format: csv}
    ```
    """

    service: Literal["http"]
    format: Literal["csv", "json", "parquet"] = "csv"
    timeout: PositiveInt = 9

    writable: ClassVar[bool] = False
    lists: ClassVar[bool] = False
    secrets: ClassVar[type[Strict]] = Login

    @field_validator("path")
    @classmethod
    def _url(cls, value: str) -> str:
        if not urlsplit(value).netloc or not value.startswith(("http://", "https://")):
            raise ValueError("it is a URL, as in https://example.org/exports")
        if "@" in urlsplit(value).netloc:
            raise ValueError("a user and password stand in credentials.yml, not in the URL")
        return value

    @property
    def scheme(self) -> str:
        """Whether it speaks TLS."""
        return urlsplit(self.path).scheme

    def locate(self, path: str) -> str:
        """Return the URL of a file."""
        return f"{self.path.rstrip('/')}/{path}".rstrip("/")

    def check(self) -> None:
        """Ask for the place itself: any answer but a refusal of the credentials is one."""
        try:
            self._open(self.path).close()
        except HTTPError as error:
            if error.code in (401, 407) or error.code >= 500:
                raise self._refused(self.path, error) from None

    def exists(self, key: str) -> bool:
        """Ask for the file, and do not fetch it."""
        try:
            self._open(f"{self.scheme}://{key}").close()
        except HTTPError as error:
            if error.code == 404:
                return False
            raise self._refused(f"{self.scheme}://{key}", error) from None
        return True

    def find(self, key: str) -> Object | None:
        """Fetch a file; its mark is a hash of its content."""
        url = f"{self.scheme}://{key}"
        try:
            with self._open(url) as response:
                size, mark = self._fetch(url, response)
        except HTTPError as error:
            if error.code == 404:
                return None
            raise self._refused(url, error) from None
        return self.noted(Object(key, size, mark, _modified(response)))

    def _open(self, url: str) -> HTTPResponse:
        request = Request(quote(url, safe=":/?&=%#~+,;@!$'()*[]"), headers={"Accept-Encoding": "identity"})
        if said := self._authorization():
            request.add_unredirected_header("Authorization", said)
        try:
            found: HTTPResponse = build_opener(_Redirects).open(request, timeout=self.timeout)
            return found
        except HTTPError:
            raise
        except (URLError, OSError, HTTPException, ValueError) as error:
            raise ResourceError(self._away(url, error)) from None

    def _authorization(self) -> str:
        known = self._credentials
        if not isinstance(known, Login):
            return ""
        if known.token:
            return f"Bearer {known.token}"
        login = f"{known.username}:{known.password or ''}"
        return f"Basic {base64.b64encode(login.encode()).decode()}" if known.username else ""

    def _fetch(self, url: str, response: HTTPResponse) -> tuple[int, str]:
        """Copy a body to this machine's disk, all of it."""
        if response.headers.get_content_type() == "text/html" and not url.endswith((".html", ".htm")):
            raise ResourceError(f"{url} is a page, not a file: correct path:, or give credentials, if it is a login.")
        digest, size = hashlib.sha256(), 0
        try:
            with spool.new() as file:
                while block := response.read(_BLOCK):
                    file.write(block)
                    digest.update(block)
                    size += len(block)
        except (OSError, HTTPException) as error:
            raise ResourceError(self._away(url, error)) from None
        expected = response.headers.get("Content-Length")
        if expected and size != int(expected):
            raise ResourceError(f"{url} came to {size:,} of {int(expected):,} bytes: it was cut off. Run again.")
        mark = f"h{digest.hexdigest()[:32]}"
        spool.keep(file.name, mark)
        return size, mark

    def _refused(self, url: str, error: HTTPError) -> ResourceError:
        if error.code >= 500:
            return ResourceError(f"{url}: the server fails ({error.code} {error.reason}): run again when it is well.")
        told = _STATES.get(error.code, f"is refused ({error.code} {error.reason})")
        entry = f"the entry {self.credentials} of credentials.yml" if self.credentials else "everybody"
        return ResourceError(f"{url} {told.format(name=self.credentials or 'and name the entry', entry=entry)}.")

    def _away(self, url: str, error: Exception) -> str:
        said = str(getattr(error, "reason", None) or error)
        if "CERTIFICATE" in said.upper():
            return f"{url} shows a certificate that is not trusted: trust its authority (SSL_CERT_FILE)."
        if "No space left" in said:
            return f"This machine's disk has no room for {url}: make room, and run again."
        if isinstance(error, HTTPException):
            return f"{url} was cut off ({type(error).__name__}): run again."
        silent = f" within {self.timeout} seconds" if "timed out" in said else ""
        return f"{url} does not answer{silent}: correct path: in providers.yml, or see to the network between."

    def objects(self, prefix: str) -> Iterator[Object]:
        """Refuse: a web server lists nothing."""
        raise ResourceError(f"{self.path} is a web server, which lists nothing: name its files one by one.")

    def read(self, key: str, mark: str, start: int, end: int) -> bytes:
        """Return a range of what was fetched; in another process, of what is fetched again, if it is the same."""
        file = spool.found(mark)
        if not file:
            now = self.find(key)
            if now is None or now.mark != mark:
                raise ResourceError(f"{self.scheme}://{key} has changed since it was loaded: load it again.")
            file = spool.found(mark)
        return _range(file, start, end)

    def put(self, key: str, content: Path | bytes, over: Over = "any") -> None:
        """Refuse: it is to read only."""
        raise ResourceError(f"{self.scheme}://{key} cannot be saved: the service http is to read only.")

    def remove(self, key: str) -> None:
        """Refuse: it is to read only."""
        raise ResourceError(f"{self.scheme}://{key} cannot be removed: the service http is to read only.")

    def fsspec(self) -> dict[str, Any]:
        """Nothing: fsspec asks a web server for no more than the URL."""
        return {}


def _modified(response: HTTPResponse) -> datetime:
    said = response.headers.get("Last-Modified")
    return parsedate_to_datetime(said) if said else datetime.now(UTC)


def _range(file: Path | None, start: int, end: int) -> bytes:
    assert file is not None
    with file.open("rb") as opened:
        opened.seek(start)
        return opened.read(end - start)


class _Redirects(HTTPRedirectHandler):
    """Redirects, followed with the credentials to the same server alone."""

    def redirect_request(
        self, request: Request, body: IO[bytes], code: int, reason: str, headers: HTTPMessage, url: str
    ) -> Request | None:
        """Return the request of the new place."""
        following = super().redirect_request(request, body, code, reason, headers, url)
        said = request.unredirected_hdrs.get("Authorization")
        if following and said and urlsplit(url)[:2] == urlsplit(request.full_url)[:2]:
            following.add_unredirected_header("Authorization", said)
        return following
