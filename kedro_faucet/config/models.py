"""What the YAML files may say: every key and value, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, ValidationError

from kedro_faucet.config.origin import Fault, Path
from kedro_faucet.exceptions import did_you_mean

Format = Literal["delta", "parquet", "csv", "json"]
Names = Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


class Strict(BaseModel):
    """A mapping whose every key is known; its errors never quote what was given, as that may be a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class DuckDBEngine(Strict):
    """The embedded engine."""

    type: Literal["duckdb"] = "duckdb"
    memory_limit: Annotated[str, Field(pattern=r"(?i)^\d+(\.\d+)? *([kmgt](i?b)?|b|bytes|%)$")] | None = None
    threads: PositiveInt | None = None
    temp_directory: str | None = None
    config: dict[str, Any] = {}


class SparkEngine(Strict):
    """Apache Spark."""

    type: Literal["spark"]
    master: str | None = None
    config: dict[str, Any] = {}


class LoadArgs(Strict):
    """How files are read, the same on both engines."""

    columns: dict[str, str] | None = None
    nulls: Names | None = None
    delimiter: str | None = None
    header: bool | None = None
    encoding: str | None = None
    skip: int | None = None
    comment: str | None = None
    quote: str | None = None
    escape: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    date_format: str | None = None
    timestamp_format: str | None = None
    filename: str | None = None
    hive: bool | None = None


class Provider(Strict):
    """Where data live: a service, a location, credentials, a format."""

    service: Literal["file"] = "file"
    path: str
    format: Format = "delta"
    credentials: str | None = None
    load_args: LoadArgs = LoadArgs()


ENGINES: dict[str, type[Strict]] = {"duckdb": DuckDBEngine, "spark": SparkEngine}
SERVICES = ("file", "s3", "hdfs", "postgres", "mysql", "sqlite")


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


def check_provider(name: str, config: Any) -> Provider:
    """Return a provider's model, or refuse what it does not understand.

    >>> check_provider("lake", {"path": "data/lake"}).format
    'delta'

    Raises:
        Fault: with what is wrong at which key.
    """
    service = config.get("service", "file") if isinstance(config, Mapping) else "file"
    if service != "file":
        hint = " is not supported yet" if service in SERVICES else " does not exist"
        text = f"the service '{service}'{hint}; supported today: file.{did_you_mean(str(service), ['file'])}"
        raise Fault("providers", [(("providers", name, "service"), text)])
    check(Provider, config, "providers", ("providers", name))
    return Provider(**config)


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
        known = list(_model_at(model, error["loc"][:-1]).model_fields)
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
        return f"it must hold names and values: {', '.join(_model_at(model, error['loc']).model_fields)}."
    return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}."


def _model_at(model: type[Strict], loc: Path) -> type[Strict]:
    """Return the model that a path of keys leads to."""
    for name in loc:
        inner = model.model_fields[name].annotation
        model = next(kind for kind in (inner, *get_args(inner)) if isinstance(kind, type) and issubclass(kind, Strict))
    return model
