"""``kedro faucet show``: the merged configuration, and where each value was written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import click
import yaml
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.project import loader_class, open_loader
from kedro_faucet.config.secrets import HIDDEN, is_secret, without_passwords

SECTIONS = ("engine", "providers", "catalog", "parameters")


class Masked:
    """Makes a loader show which environment variable a value comes from, never the value: it may be a secret."""

    @staticmethod
    def _get_env(name: str, *default: Any) -> Any:
        return default[0] if default and name not in os.environ else f"${{env:{name}}}"


@click.command()
@click.argument("section", type=click.Choice(SECTIONS))
@env_option
@click.pass_obj
def show(metadata: ProjectMetadata, section: str, env: str | None) -> None:
    """Show one part of the merged configuration, each value with its file and line."""
    loader = open_loader(metadata, env, type("MaskedLoader", (Masked, loader_class()), {}))
    rows = list(lines(loader.written(section)))
    width = min(max((len(text) for text, _ in rows), default=0), 80)
    for text, path in rows:
        click.echo(f"{text.ljust(width)}  # {loader.origin(section, path)}" if path else text)


def lines(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the lines of a mapping in YAML, those of values with the keys that lead there.

    >>> list(lines({"engine": {"type": "duckdb"}}))
    [('engine:', ()), ('  type: duckdb', ('engine', 'type'))]
    """
    for key, inner in value.items():
        indent = "  " * len(path)
        if isinstance(inner, dict) and inner:
            yield f"{indent}{key}:", ()
            yield from lines(inner, (*path, key))
        else:
            shown = HIDDEN if is_secret(str(key)) and _is_literal(inner) else inner
            yield f"{indent}{key}: {without_passwords(flow(shown))}", (*path, key)


def _is_literal(value: Any) -> bool:
    """Tell whether a value itself is shown, not the variable that it comes from."""
    return isinstance(value, str) and not value.startswith("${")


def flow(value: Any) -> str:
    """Return a value in YAML, on one line.

    >>> flow(["a", None]), flow("2013-01-31")
    ('[a, null]', "'2013-01-31'")
    """
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("...\n").strip()
