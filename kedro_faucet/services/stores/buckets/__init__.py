"""Stores of buckets, by obstore: a save is a conditional put, a read names the content that it means."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import IO, Any, ClassVar

from kedro_faucet.exceptions import ConflictError, MissingExtraError, ResourceError
from kedro_faucet.services.stores.refusals import refusal
from kedro_faucet.services.stores.spool import copies
from kedro_faucet.services.stores.store import Object, Over, Store

LARGEST = 2**30
"""Bytes of an object that is compared before it is replaced: such a put is one request, held in memory."""
_TEXTS = (".csv", ".json", ".jsonl", ".ndjson", ".tsv", ".txt", ".gz", ".zst")
_BLOCK = 8 * 2**20
_clients: dict[tuple[Any, ...], Any] = {}
_answered: set[str] = set()
# A store that does not answer is told within ten seconds; one that has answered is given time.
_HASTY = {"connect_timeout": "3s", "timeout": "4s"}, {"max_retries": 1, "retry_timeout": timedelta(seconds=8)}
_PATIENT = (
    {"connect_timeout": "5s", "timeout": "300s", "read_timeout": "30s"},
    {
        "max_retries": 6,
        "retry_timeout": timedelta(seconds=60),
    },
)


class Buckets(Store):
    """A service whose path begins with a bucket's name."""

    extra: ClassVar[str]
    """The extra that brings its client."""

    @abstractmethod
    def client(self, bucket: str, client_options: dict[str, Any], retry_config: Any) -> Any:
        """Return obstore's client of a bucket."""

    def _client(self, bucket: str, *, hasty: bool = False) -> Any:
        key = (self.protocol, bucket, hasty)
        if key not in _clients and self._obstore:
            options, retries = _HASTY if hasty else _PATIENT
            _clients[key] = self.client(bucket, dict(options), retries)
        return _clients[key]

    @property
    def _obstore(self) -> Any:
        try:
            return import_module("obstore")
        except ImportError:
            raise MissingExtraError("obstore", self.extra) from None

    def check(self) -> None:
        """Ask for one name."""
        bucket, _, prefix = self.locate("").partition("://")[2].partition("/")
        with self._told(bucket, look=False):
            client = self._client(bucket, hasty=True)
            next(iter(self._obstore.list(client, prefix or None, chunk_size=1)), None)

    @contextmanager
    def _told(self, key: str, *, look: bool = True) -> Iterator[None]:
        """Turn what a store says into a sentence; of a refusal without a reason, ask for one."""
        self._obstore  # noqa: B018  # or which extra brings it
        from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

        try:
            if look:
                self.answering()
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise ResourceError(refusal(str(error), self, key)) from None
            raise
        except (PreconditionError, AlreadyExistsError):
            url = f"{self.scheme}://{key}"
            raise ConflictError(f"Another process wrote {url} meanwhile; nothing was written. Run again.") from None
        except (BaseError, OSError) as error:
            if look and "<Code>" not in str(error) and re.search("code: 40[03]", str(error)):
                self.check()
            raise ResourceError(refusal(str(error), self, key)) from None

    def answering(self) -> None:
        """Refuse, before the first request that may take long, a store that does not answer."""
        if self.protocol not in _answered:
            self.check()
            _answered.add(self.protocol)

    def find(self, key: str) -> Object | None:
        """Ask for an object's head."""
        bucket, _, rest = key.partition("/")
        if not rest:
            return None
        try:
            with self._told(key):
                return self._noted(bucket, self._obstore.head(self._client(bucket), rest))
        except FileNotFoundError:
            return None

    def _noted(self, bucket: str, found: Any) -> Object:
        version = found["version"] if found["version"] != "null" else None
        # Azure's lists leave out the quotes.
        e_tag = f'"{found["e_tag"].strip(chr(34))}"' if found["e_tag"] else None
        mark = f"v{version.encode().hex()}" if version else f"e{(e_tag or '').encode().hex()}"
        known = Object(f"{bucket}/{found['path']}", found["size"], mark, found["last_modified"], e_tag)
        return self.noted(known)

    def objects(self, prefix: str) -> Iterator[Object]:
        """List a bucket; what is put meanwhile may be missing."""
        bucket, _, rest = prefix.partition("/")
        folder = rest.rpartition("/")[0]  # obstore lists whole folders
        with self._told(prefix):
            for chunk in self._obstore.list(self._client(bucket), folder or None):
                for each in chunk:
                    if each["path"].startswith(rest):
                        yield self._noted(bucket, each)

    def read(self, key: str, mark: str, start: int, end: int) -> bytes:
        """Ask for a range, on condition that the content is the one that is meant.

        A text is read twice, to find its types and for its rows: one that is not too large is fetched once.
        """
        if self._spools and key.endswith(_TEXTS) and self.known(key, mark).size <= copies.largest:
            return copies.read(f"{self.protocol}/{key}/{mark}", lambda file: self._copy(key, mark, file), start, end)
        with self._meant(key):
            return bytes(self._get(key, mark, range=(start, end)).bytes())

    def _copy(self, key: str, mark: str, file: IO[bytes]) -> None:
        with self._meant(key):
            for block in self._get(key, mark).stream(min_chunk_size=_BLOCK):
                file.write(block)

    def _get(self, key: str, mark: str, **options: Any) -> Any:
        bucket, _, rest = key.partition("/")
        return self._obstore.get(self._client(bucket), rest, options={**options, **_condition(mark)})

    @contextmanager
    def _meant(self, key: str) -> Iterator[None]:
        """Say of an object that is not the one that was loaded to load it again."""
        try:
            with self._told(key):
                yield
        except ConflictError:
            raise ResourceError(f"{self.scheme}://{key} has changed since it was loaded: load it again.") from None
        except FileNotFoundError:
            raise ResourceError(f"{self.scheme}://{key} is there no more: load it again.") from None

    def put(self, key: str, content: Path | bytes, over: Over = "any") -> None:
        """Put an object, in parts where it replaces whatever there is."""
        bucket, _, rest = key.partition("/")
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        if over != "any" and size > LARGEST:
            raise ResourceError(
                f"{self.scheme}://{key} would have {size / 2**30:.1f} GB, and one that is compared with what is there "
                "may have 1: give the resource format: delta, or mode: overwrite."
            )
        mode = _put_over(over) if isinstance(over, Object) else {"any": "overwrite", "none": "create"}[over]
        with self._told(key):
            self._obstore.put(self._client(bucket), rest, content, mode=mode)

    def remove(self, key: str) -> None:
        """Remove an object."""
        bucket, _, rest = key.partition("/")
        with self._told(key):
            self._obstore.delete(self._client(bucket), rest)


def _condition(mark: str) -> dict[str, str]:
    """Return the options of a request for one content alone."""
    text = bytes.fromhex(mark[1:]).decode()
    return {"version" if mark[:1] == "v" else "if_match": text} if text else {}


def _put_over(found: Object) -> dict[str, str | None]:
    """Return the condition of a put: stores compare tags, but Google's versions."""
    condition = _condition(found.mark)
    return {"e_tag": found.e_tag, **({"version": condition["version"]} if "version" in condition else {})}


def delta_patience() -> dict[str, str]:
    """Return how long delta-rs waits, in its words: whether the store answers is asked before."""
    return {"connect_timeout": "5s", "timeout": "300s", "max_retries": "4", "retry_timeout": "30s"}
