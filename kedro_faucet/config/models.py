"""What the YAML files may say: every key and value, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PositiveInt, ValidationError

from kedro_faucet.config.origin import Fault, Path
from kedro_faucet.exceptions import ConfigError, MissingExtraError, did_you_mean
from kedro_faucet.services.registry import find_service, of_url
from kedro_faucet.services.service import Service
from kedro_faucet.services.settings import Strict


class DuckDBEngine(Strict):
    """The embedded engine."""

    type: Literal["duckdb"] = "duckdb"
    memory_limit: Annotated[str, Field(pattern=r"(?i)^\d+(\.\d+)? *([kmgt](i?b)?|b|bytes|%)$")] | None = None
    threads: PositiveInt | None = None
    temp_directory: str | None = None
    config: dict[str, Any] = Field({})


class SparkEngine(Strict):
    """Apache Spark."""

    type: Literal["spark"]
    master: str | None = None
    config: dict[str, Any] = Field({})


ENGINES: dict[str, type[Strict]] = {"duckdb": DuckDBEngine, "spark": SparkEngine}


def check_engine(config: Mapping[str, Any]) -> None:
    """Refuse an engine that does not exist, and keys that it does not have.

    >>> check_engine({"type": "duckdb", "memory_limit": "4GB"})

    Raises:
        Fault: with what is wrong at which key.
    """
    kind = config.get("type", "duckdb")
    if kind not in ENGINES:
        text = f"no engine '{kind}'; there are {', '.join(ENGINES)}.{did_you_mean(str(kind), ENGINES)}"
        raise Fault("engine", [(("engine", "type"), text)])
    check(ENGINES[kind], config, "engine", ("engine",))


def check_provider(name: str, config: Any) -> Service:
    """Return a provider's service with its settings, or refuse what it does not understand.

    >>> check_provider("lake", {"path": "data/lake"}).service
    'file'

    Raises:
        Fault: with what is wrong at which key.
    """
    service = "file"
    if isinstance(config, Mapping):
        config = of_url(config)
        service = str(config.get("service", "file"))
    try:
        kind = find_service(service)
    except (ConfigError, MissingExtraError) as error:
        raise Fault("providers", [(("providers", name, "service"), str(error))]) from None
    check(kind, config, "providers", ("providers", name))
    return kind(**config)


def check(model: type[Strict], config: Any, key: str, path: Path) -> None:
    """Refuse a mapping that does not fit its model: each key that is unknown, missing or wrong.

    Args:
        model: what the mapping may say.
        config: the mapping.
        key: the kind of file that it comes from.
        path: the keys that lead to it in that file.

    Raises:
        Fault: with what is wrong at which key.
    """
    try:
        model.model_validate(config)
    except ValidationError as error:
        faults = [
            ((*path, *each["loc"]), f"'{path[-1]}': {_explain(model, each)}")
            for each in error.errors()
            if not (isinstance(each["input"], str) and "{" in each["input"])  # a pattern's placeholder is filled later
        ]
        if faults:
            raise Fault(key, faults) from None


def _explain(model: type[Strict], error: Any) -> str:
    name = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        known = _model_at(model, error["loc"][:-1]).known_keys()
        return f"unknown key '{name}'.{did_you_mean(name, known)} Allowed: {', '.join(known)}."
    if error["type"] == "literal_error":
        allowed = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        hint = did_you_mean(error["input"], allowed)
        return f"the {name} '{error['input']}' does not exist.{hint} Allowed: {', '.join(allowed)}."
    if error["type"] == "missing":
        return f"the key '{name}' is missing."
    if name == "memory_limit":
        return "memory_limit is a number and a unit, as in memory_limit: 4GB."
    if error["type"] == "model_type":
        return f"it must hold names and values: {', '.join(_model_at(model, error['loc']).known_keys())}."
    return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}."


def _model_at(model: type[Strict], loc: Path) -> type[Strict]:
    """Return the model that a path of keys leads to."""
    for name in loc:
        inner = next(each.annotation for key, each in model.model_fields.items() if (each.alias or key) == name)
        model = next(kind for kind in (inner, *get_args(inner)) if isinstance(kind, type) and issubclass(kind, Strict))
    return model
