"""Log records that tell run, node and profile, and lines of JSON."""

from __future__ import annotations

import json
import logging
import os
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from kedro_faucet.config.run import current_run

node: ContextVar[str | None] = ContextVar("node", default=None)
"""The name of the node that this thread is at."""

KNOWN = ("run", "node", "profile")


def install() -> None:
    """Let each log record of this process carry ``kedro_run``, ``kedro_node``, ``kedro_profile``, ``kedro_context``."""
    made = logging.getLogRecordFactory()
    if not hasattr(made, "tells_the_node"):

        def record(*args: Any, **named: Any) -> logging.LogRecord:
            return told(made(*args, **named))

        record.tells_the_node = True  # type: ignore[attr-defined]
        logging.setLogRecordFactory(record)


def told(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record with what is known of where it was made."""
    values = (current_run().id, node.get(), os.environ.get("KEDRO_FAUCET_PROFILE"))
    for name, value in zip(KNOWN, values, strict=True):
        setattr(record, f"kedro_{name}", value or "-")
    context = ", ".join(f"{name} {value}" for name, value in zip(KNOWN, values, strict=True) if value)
    is_own = values[1] and not record.name.startswith("kedro.")
    record.kedro_context = f"  [{context}]" if is_own else ""
    return record


class JsonLines(logging.Formatter):
    """Each record as one object of JSON on a line.

    >>> record = logging.makeLogRecord({"name": "shop", "levelname": "INFO", "msg": "3 late", "created": 0.0})
    >>> print(JsonLines().format(record))
    {"at": "1970-01-01T00:00:00.000+00:00", "level": "INFO", "logger": "shop", "message": "3 late"}
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage().strip(),
            **{name: value for name in KNOWN if (value := getattr(record, f"kedro_{name}", "-")) != "-"},
            **getattr(record, "kedro_about", {}),
        }
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str, ensure_ascii=False)
