"""The JSON Schema of ``providers.yml``, by which an editor completes and checks it."""

from __future__ import annotations

from typing import Any

from kedro_faucet.services.registry import find_service, services

_LATER = {"type": "string", "pattern": r"^\$\{"}
"""What is filled in later, as ``${env:PORT}`` is."""


def json_schema() -> dict[str, Any]:
    """Return the schema of the providers of all services, those of other packages too.

    >>> sorted(json_schema()["properties"])
    ['providers']
    """
    kinds = [_of(name) for name in services()]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"providers": {"type": "object", "additionalProperties": {"anyOf": kinds}}},
        "additionalProperties": False,
    }


def _of(name: str) -> dict[str, Any]:
    found = find_service(name).model_json_schema(by_alias=True)
    kept = {key: value for key, value in found.items() if key not in {"$defs", "title"}}
    kept["properties"]["service"] = {"const": name}
    filled: dict[str, Any] = _filled_later(_inlined(kept, found.get("$defs", {})))
    # A provider that names no service is of files; a profile may say only what differs from another's.
    return {**filled, "required": [] if name == "file" else ["service"]}


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema with definitions in the place of their names, as several schemas stand in one."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items()}


def _filled_later(schema: dict[str, Any]) -> dict[str, Any]:
    """Let numbers and booleans be a text that is filled in later."""
    known = schema.get("properties", {})
    given = {
        key: value if value.get("type") == "string" else {"anyOf": [value, _LATER]} for key, value in known.items()
    }
    return {**schema, "properties": {**given, "service": known["service"]}}
