"""New files of a project: none takes the place of another, each is written whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
import yaml

from kedro_faucet.cli.show import flow
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.storage.atomic import write_atomic

INIT = 'from .pipeline import create_pipeline\n\n__all__ = ["create_pipeline"]\n'
"""What makes a pipeline's folder one that Kedro finds."""
_WIDTH = 110
_PROVIDERS = "conf/base/providers.yml"
_NEW = "{{service: file, path: data/{name}, format: {form}}}"


def check_free(project: Path, files: Iterable[str]) -> None:
    """Refuse to write files that are there.

    Raises:
        ConfigError: naming them.
    """
    if taken := [name for name in files if (project / name).exists()]:
        many = "is" if len(taken) == 1 else "are"
        raise ConfigError(f"{', '.join(taken)} {many} there already, and nothing is overwritten: nothing was written.")


def write_new(project: Path, files: Mapping[str, str], *, dry_run: bool) -> None:
    """Write files, or print them.

    Args:
        project: the project's folder.
        files: what is in them, by their paths below it.
        dry_run: print them instead.
    """
    for name, content in files.items():
        if dry_run:
            click.echo(f"# ==> {name}\n{content}")
        else:
            write_atomic(project / name, content.encode())
            click.echo(f"Wrote {name}")


def add_providers(project: Path, there: Mapping[str, object], wanted: Mapping[str, str], *, dry_run: bool) -> None:
    """Give a project the providers that it lacks: folders of their own below its data.

    Args:
        project: the project's folder.
        there: the providers that there are.
        wanted: the formats of those that are needed.
        dry_run: only say so.

    Raises:
        ConfigError: if providers.yml is written in a way that lines cannot be added to.
    """
    new = {name: _NEW.format(name=name, form=form) for name, form in wanted.items() if name not in there}
    if not new:
        return
    text = with_providers((project / _PROVIDERS).read_text(encoding="utf-8"), new)
    if not dry_run:
        write_atomic(project / _PROVIDERS, text.encode())
    click.echo(f"{'Would write' if dry_run else 'Wrote'} {', '.join(new)} into {_PROVIDERS}")


def check_name(name: str, package: Path) -> None:
    """Refuse a name that no pipeline can have, or that one has.

    Raises:
        ConfigError: if so.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ConfigError(f"A pipeline cannot be called '{name}': use lower-case letters, digits and underscores.")
    if (package / "pipelines" / name).exists():
        raise ConfigError(f"There is a pipeline '{name}' already, in pipelines/{name}: take another name.")


def entries_text(title: str, entries: Mapping[str, Mapping[str, object]]) -> str:
    """Return the entries of a catalog, a line a key, long mappings on several.

    >>> print(entries_text("What differs.", {"lake/fleet": {"type": "kedro_faucet.HistoryDataset", "key": ["a", "b"]}}))
    # What differs.
    <BLANKLINE>
    lake/fleet:
      type: kedro_faucet.HistoryDataset
      key: [a, b]
    <BLANKLINE>
    """
    blocks = [
        f"{flow(name)}:\n" + "".join(f"  {key}:{_value(value)}\n" for key, value in entry.items())
        for name, entry in entries.items()
    ]
    return "\n".join([f"# {title}\n", *blocks])


def _value(value: object) -> str:
    """Return a value in YAML; one level below a mapping too long for a line, on lines of their own."""
    said = _flow(value, 10**6)
    if len(said) <= _WIDTH or not isinstance(value, Mapping):
        return f" {said}"
    inner = [f"    {flow(key)}: {_flow(each, _WIDTH)}\n" for key, each in value.items()]
    return "\n" + "".join(inner).rstrip("\n")


def _flow(value: object, width: int) -> str:
    said = yaml.safe_dump(value, default_flow_style=True, width=width, allow_unicode=True, sort_keys=False)
    return said.removesuffix("...\n").strip().replace("\n", "\n    ")


def with_providers(text: str, providers: Mapping[str, str]) -> str:
    """Return the text of providers.yml with further providers at its end.

    >>> print(with_providers("providers:\\n  lake: {path: data/lake}\\n", {"star": "{path: data/star}"}))
    providers:
      lake: {path: data/lake}
      star: {path: data/star}
    <BLANKLINE>

    Raises:
        ConfigError: if the file is written in another way; with the lines to write.
    """
    before = yaml.safe_load(text) or {}
    first = re.search(r"^providers:[^\n]*\n(?:\s*#[^\n]*\n|\s*\n)*( +)", text, re.MULTILINE)
    indent = first[1] if first else "  "
    lines = "".join(f"{indent}{name}: {said}\n" for name, said in providers.items())
    after = text.rstrip("\n") + "\n" + lines
    wanted = {**before, "providers": {**(before.get("providers") or {}), **_parsed(providers)}}
    try:
        is_right = yaml.safe_load(after) == wanted
    except yaml.YAMLError:
        is_right = False
    if not is_right:
        raise ConfigError(f"conf/base/providers.yml lacks providers; write these lines below 'providers:':\n{lines}")
    return after


def _parsed(providers: Mapping[str, str]) -> dict[str, object]:
    return {name: yaml.safe_load(said) for name, said in providers.items()}
