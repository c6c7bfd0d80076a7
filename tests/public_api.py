"""The public API as a text, to be reviewed like code: ``python tests/public_api.py`` writes ``tests/api.txt``.

It names things by the path that users import them from, and never says in which module they are written.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click

from kedro_faucet.cli import commands
from kedro_faucet.cli.starters import STARTERS
from kedro_faucet.config.entries import ENTRIES
from kedro_faucet.config.models import ENGINES
from kedro_faucet.config.profiles.layers import Said
from kedro_faucet.engines.dialect.types import TYPES
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.nodes.forecast.catalogue import CLASSES, _snake
from kedro_faucet.nodes.forecast.forecasting import read
from kedro_faucet.notebooks.jupyter.magics import FaucetMagics
from kedro_faucet.services.registry import OURS, find_service
from kedro_faucet.services.settings import Strict

HOUSE = "kedro_faucet"
PACKAGES = (
    "datasets",
    "engines",
    "nodes.cube",
    "nodes.forecast",
    "nodes.history",
    "nodes.hygiene",
    "nodes.star",
    "nodes",
    "notebooks.execute",
    "pipelines",
)
MEMBERS = (property, cached_property, classmethod, staticmethod)
Lines = Iterator[str]


def public_api() -> str:
    """Return the whole text."""
    chapters = (packages(), errors(), models(), files(), command_line())
    return "\n\n".join("\n".join(chapter) for chapter in chapters) + "\n"


def packages() -> Lines:
    """List every public name; one that several packages give is described in the first."""
    yield "# Python"
    seen: dict[int, str] = {}
    for path in (*(f"{HOUSE}.{package}" for package in PACKAGES), HOUSE):
        yield f"\n{path}"
        package = import_module(path)
        for name in sorted(package.__all__):
            value = getattr(package, name)
            first = seen.setdefault(id(value), path)
            yield from (f"  {line}" for line in described(name, value)) if first == path else [f"  {name}: see {first}"]


def described(name: str, value: Any) -> Lines:
    """Describe a function, a class with its members, or another value."""
    if not inspect.isclass(value) or not ours(value):
        yield name + (signature(value) if inspect.isfunction(value) else "")
        return
    yield f"class {name}" + signature(value).removesuffix(" -> None")
    found = {name: member for kind in reversed(value.__mro__) if ours(kind) for name, member in vars(kind).items()}
    for each, member in sorted(found.items()):
        if not each.startswith("_") and (inspect.isfunction(member) or isinstance(member, MEMBERS)):
            yield f"  .{each}" + (method(value, each) if callable(getattr(value, each)) else property_type(member))


def ours(kind: type) -> bool:
    """Tell whether a class is ours, not one that ours inherit from."""
    return kind.__module__.partition(".")[0] == HOUSE


def property_type(member: property | cached_property[Any]) -> str:
    """Return a property's type, as an attribute's is written."""
    getter = member.fget if isinstance(member, property) else member.func
    return ": " + annotation(inspect.signature(getter).return_annotation)


def method(kind: type, name: str) -> str:
    """Return a method's signature, as it is called."""
    static = isinstance(inspect.getattr_static(kind, name), (staticmethod, classmethod))
    return signature(getattr(kind, name), skip=0 if static else 1)


def signature(function: Callable[..., Any], skip: int = 0) -> str:
    """Return a signature, its annotations as they are written."""
    found = inspect.signature(function)
    own = [each.replace(annotation=written(each.annotation)) for each in list(found.parameters.values())[skip:]]
    return str(found.replace(parameters=own, return_annotation=written(found.return_annotation)))


class Written(str):
    """An annotation that is shown without quotes."""

    def __repr__(self) -> str:
        """Return the text itself."""
        return str(self)


def written(given: Any) -> Any:
    """Return an annotation as it is shown, if there is one."""
    return given if given is inspect.Signature.empty else Written(annotation(given))


def annotation(given: Any) -> str:
    """Return an annotation without the modules of ours that it names."""
    return re.sub(rf"\b{HOUSE}(\.\w+)*\.", "", given if isinstance(given, str) else word(given))


def errors() -> Lines:
    """Draw the tree of errors."""
    yield "# Errors: kedro_faucet.exceptions\n"
    yield from branch(FaucetError)


def branch(error: type, depth: int = 0) -> Lines:
    """Draw an error and those below it, each deeper by one step."""
    yield "  " * depth + error.__name__
    for each in sorted(error.__subclasses__(), key=lambda kind: kind.__name__):
        if each.__module__ == error.__module__:
            yield from branch(each, depth + 1)


def models() -> Lines:
    """List the models that have names, and how a panel is read by all functions that take one."""
    yield "# Forecasts\n"
    yield "models: " + ", ".join(sorted(_snake(name) for names in CLASSES.values() for name in names))
    yield "**reading, and among **options: " + ", ".join(
        str(each.replace(annotation=written(each.annotation)))
        for each in list(inspect.signature(read).parameters.values())[2:]
    )


def files() -> Lines:
    """List the keys of the YAML files."""
    yield "# YAML\n"
    for name, entry in ENTRIES.items():
        yield from (f"catalog.yml, type: {HOUSE}.{name}", *keys(entry), "")
    yield from ("types in load_args: columns: " + ", ".join(TYPES), "")
    for name, engine in ENGINES.items():
        yield from (f"engine.yml, type: {name}", *keys(engine), "")
    for name in OURS:
        yield from (f"providers.yml, service: {name}", *keys(find_service(name)), "")
    yield "profile.yml"
    yield from (f"  {name}: {word(kind)}" for name, kind in get_type_hints(Said).items())


def keys(model: type[Strict], depth: int = 1) -> Lines:
    """List a mapping's keys with their types and defaults, those of a mapping within it below."""
    for name, field in model.model_fields.items():
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if is_mapping(kind)]
        default = "" if field.is_required() or field.default is None or inner else f" = {field.default!r}"
        needed = " (required)" if field.is_required() else ""
        name = field.alias or name
        yield "  " * depth + name + (":" if inner else f": {word(field.annotation)}{default}") + needed
        for kind in inner:
            yield from keys(kind, depth + 1)


def is_mapping(kind: Any) -> bool:
    """Tell whether a type is a model of a mapping."""
    return inspect.isclass(kind) and issubclass(kind, Strict)


def word(kind: Any) -> str:
    """Return a type as it is written in Python, None left out."""
    if get_origin(kind) in (Union, UnionType):
        return " | ".join(word(each) for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is Literal:
        return " | ".join(str(each) for each in get_args(kind))
    return (
        word(get_args(kind)[0])
        if get_origin(kind) is Annotated
        else inspect.formatannotation(kind).replace("typing.", "")
    )


def command_line() -> Lines:
    """List the commands with their arguments and options, the starters, and the magics of notebooks."""
    yield "# Command line\n"
    for name, command in sorted(commands.commands.items()):
        yield from leaves(command, f"kedro {name}")
    yield "kedro new --starter=" + "|".join(starter.alias for starter in STARTERS)
    for mark, kind in (("%", "line"), ("%%", "cell")):
        yield from (f"{mark}{name}" for name in sorted(FaucetMagics.magics[kind]))


def leaves(command: click.Command, path: str) -> Lines:
    """List a command, or those of a group."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            yield from leaves(found, f"{path} {name}") if found else ()
    else:
        yield " ".join([path, *map(parameter, command.params)])


def parameter(given: click.Parameter) -> str:
    """Return an argument or option as a usage line has it."""
    values = given.type.choices if isinstance(given.type, click.Choice) else (given.human_readable_name.upper(),)
    value = "|".join(values) + ("..." if given.nargs == -1 else "")
    if isinstance(given, click.Option):
        value = "|".join(given.opts) + ("" if given.is_flag else f" {value}")
    return value if given.required else f"[{value}]"


if __name__ == "__main__":
    Path(__file__).with_name("api.txt").write_text(public_api(), encoding="utf-8")  # Kedro logs to the standard output
