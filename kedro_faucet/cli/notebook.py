"""``kedro faucet notebook``: notebooks made, cleaned, compared, and written as scripts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.documents.clean import clean_file, notebooks_in
from kedro_faucet.documents.diff import committed, diff
from kedro_faucet.documents.notebook import read_notebook, write_notebook
from kedro_faucet.documents.percent import to_percent
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.notebooks.template import PACKAGE, new_notebook

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.group()
def notebook() -> None:
    """Make notebooks, clean and compare them, write them as scripts."""


@notebook.command()
@click.argument("name")
@click.pass_obj
def new(metadata: ProjectMetadata, name: str) -> None:
    """Make a notebook in the package: it opens in Jupyter, and it runs as a node."""
    name = name.removesuffix(".ipynb")
    folder = metadata.source_dir / metadata.package_name / "notebooks"
    check_new(folder, name)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "__init__.py").exists():
        (folder / "__init__.py").write_text(PACKAGE)
    write_notebook(new_notebook(name), folder / f"{name}.ipynb")
    click.echo(f"Made {shown(folder / f'{name}.ipynb', metadata)}")


@notebook.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing, and fail if there is something to clean.")
@click.pass_obj
def clean(metadata: ProjectMetadata, paths: Sequence[Path], check: bool) -> None:
    """Strip outputs and execution counts from notebooks; without PATHS, from all of the project."""
    default = [folder for name in ("src", "notebooks", "tests") if (folder := metadata.project_path / name).is_dir()]
    changed = [path for path in notebooks_in(paths or default) if clean_file(path, check)]
    names = [shown(path, metadata) for path in changed]
    if names and check:
        raise ResourceError(f"Notebooks with outputs: {', '.join(names)}. Run: kedro faucet notebook clean")
    click.echo("\n".join(f"Cleaned {name}" for name in names) or "Nothing to clean.")


@notebook.command(name="diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path), required=False)
def show_diff(before: Path, after: Path | None) -> None:
    """Show what differs in the sources of two notebooks, or of one and its committed version."""
    if after is None:
        new = read_notebook(before)
        text = diff(committed(before), new, (f"HEAD:{before}", str(before)))
    else:
        text = diff(read_notebook(before), read_notebook(after), (str(before), str(after)))
    click.echo("\n".join(click.style(line, fg=COLOURS.get(line[:1])) for line in text.split("\n")))


@notebook.command(name="to-script")
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("script", type=click.Path(path_type=Path), required=False)
def to_script(path: Path, script: Path | None) -> None:
    """Write a notebook as a script whose cells begin with '# %%': into a file, or else to the terminal."""
    text = to_percent(read_notebook(path))
    if script is None:
        click.echo(text, nl=False)
    else:
        script.write_text(text, encoding="utf-8")
        click.echo(f"Wrote {script}")


def check_new(folder: Path, name: str) -> None:
    """Refuse a name that no module can have, or that one has already.

    Raises:
        ResourceError: if so.
    """
    if not name.isidentifier():
        raise ResourceError(f"'{name}' cannot be imported: take letters, digits and '_' for the name of a notebook.")
    for taken in (folder / f"{name}.ipynb", folder / f"{name}.py", folder / name):
        if taken.exists():
            raise ResourceError(f"{taken} is there already: take another name.")


def shown(path: Path, metadata: ProjectMetadata) -> str:
    """Return a path as seen from the project."""
    path, project = path.resolve(), metadata.project_path.resolve()
    return (path.relative_to(project) if path.is_relative_to(project) else path).as_posix()
