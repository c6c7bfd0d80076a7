"""``kedro faucet copy``: the names of what a provider has, written into the pipeline that copies them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.project import open_loader, open_provider
from kedro_faucet.exceptions import ConfigError, listed
from kedro_faucet.storage.atomic import write_atomic

_WIDTH = 100
_TEMPLATE = '''"""Ingest: what {source} has, copied into {target}."""

from kedro.pipeline import Pipeline
from kedro_faucet import pipelines


def create_pipeline(**kwargs: object) -> Pipeline:
    return pipelines.copy("{source}", "{target}", {names})
'''


class Names(NamedTuple):
    """The list of names in a call of ``pipelines.copy``: its file, its lines and columns, and what it holds."""

    file: Path
    node: ast.List

    @property
    def values(self) -> list[str]:
        """The names."""
        return [str(each.value) for each in self.node.elts if isinstance(each, ast.Constant)]


@click.command()
@click.argument("source")
@click.argument("target")
@click.argument("patterns", nargs=-1, required=True)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out names like this; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@env_option
@click.pass_obj
def copy(
    metadata: ProjectMetadata,
    source: str,
    target: str,
    patterns: Sequence[str],
    exclude: Sequence[str],
    dry_run: bool,
    env: str | None,
) -> None:
    """Write the names of what SOURCE has into the pipeline that copies it into TARGET.

    \b
    kedro faucet copy shop lake '*' --exclude 'tmp_*'
    """
    loader = open_loader(metadata, env)
    open_provider(loader, target)
    there = open_provider(loader, source).resources()
    names = chosen(there, patterns, exclude)
    if not names:
        known = listed(there) or "none"
        raise ConfigError(f"Nothing on '{source}' is like {' '.join(patterns)}. There are: {known}.")
    package = metadata.source_dir / metadata.package_name
    found = find_call(package, source, target)
    file = found.file if found else package / "pipelines" / f"copy_{source}_{target}".replace("-", "_") / "pipeline.py"
    before = found.values if found else []
    # What no pattern speaks of stays; what one does, and is gone, goes.
    names = [*(each for each in before if each not in chosen(before, patterns)), *names]
    click.echo("\n".join(changes(before, names)))
    click.echo(f"{len(names)} names {'for' if dry_run else 'in'} {file.relative_to(metadata.project_path)}")
    if not dry_run:
        write(file, found, source, target, names)


def chosen(there: Sequence[str], patterns: Sequence[str], exclude: Sequence[str] = ()) -> list[str]:
    """Return the names like one of the patterns, and like none of those to leave out.

    >>> chosen(["orders", "items", "tmp_1"], ["*"], ["tmp_*"])
    ['orders', 'items']
    """
    wanted = [name for name in there if any(fnmatchcase(name, each) for each in patterns)]
    return [name for name in wanted if not any(fnmatchcase(name, each) for each in exclude)]


def changes(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the names, each with a sign if it is new or gone.

    >>> list(changes(["a", "b"], ["b", "c"]))
    ['- a', '  b', '+ c']
    """
    for name in sorted({*before, *after}):
        yield f"{'+' if name not in before else '-' if name not in after else ' '} {name}"


def find_call(package: Path, source: str, target: str) -> Names | None:
    """Return the list of names of the call ``pipelines.copy(source, target, […])``, if a file has one.

    Raises:
        ConfigError: if its names are no list that is written out.
    """
    for file in sorted(package.rglob("*.py")):
        for node in ast.walk(_tree(file)):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="copy") | ast.Name(id="copy"),
                    args=[ast.Constant(value=first), ast.Constant(value=second), *rest],
                ) if (first, second) == (source, target):
                    if not rest or not isinstance(rest[0], ast.List):
                        raise ConfigError(f"{file}:{node.lineno}: the names are no list that is written out.")
                    return Names(file, rest[0])
    return None


def _tree(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise ConfigError(f"{file}:{error.lineno}: {error.msg}.") from None


def write(file: Path, found: Names | None, source: str, target: str, names: Sequence[str]) -> None:
    """Put the names into the call, or a pipeline of a call into a new file, which Kedro finds by itself."""
    if found is None:
        text = _TEMPLATE.format(source=source, target=target, names=_list(names, 4))
        write_atomic(
            file.with_name("__init__.py"),
            b'from .pipeline import create_pipeline\n\n__all__ = ["create_pipeline"]\n',
        )
    else:
        text = _replaced(file.read_text(encoding="utf-8"), found.node, names)
    write_atomic(file, text.encode())


def _replaced(text: str, node: ast.List, names: Sequence[str]) -> str:
    """Return a text with another list in the place of one; columns are counted in bytes."""
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: (node.end_lineno or 1) - 1])) + (node.end_col_offset or 0)
    first = lines[node.lineno - 1]
    indent = len(first) - len(first.lstrip())
    whole = b"".join(lines)
    return (whole[:start] + _list(names, indent).encode() + whole[end:]).decode()


def _list(names: Sequence[str], indent: int) -> str:
    quoted = [f'"{name}"' for name in names]
    line = f"[{', '.join(quoted)}]"
    if len(line) + indent <= _WIDTH:
        return line
    blank = " " * indent
    return "[\n" + "".join(f"{blank}    {each},\n" for each in quoted) + f"{blank}]"
