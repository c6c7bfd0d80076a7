"""A new notebook: it opens in Jupyter, and it runs as a node."""

from __future__ import annotations

from kedro_faucet.documents.notebook import Notebook
from kedro_faucet.documents.percent import cell_of, notebook_of

# With it, the notebooks of the package are modules in every process: also in one that starts with them.
PACKAGE = '"""Notebooks that are nodes, modules and reports."""\n\nimport kedro_faucet  # noqa: F401\n'
_INPUTS = """\
%load_ext kedro_faucet
settings = catalog.load("parameters")
# planes = catalog.load("lake/planes")"""
_OUTPUTS = '# catalog.save("lake/clean", clean)'


def new_notebook(name: str) -> Notebook:
    """Return a notebook whose cells say where parameters, inputs and outputs go.

    >>> [cell["metadata"].get("tags") for cell in new_notebook("clean")["cells"]]
    [None, ['parameters'], ['inputs'], None, ['outputs']]
    """
    title = name.replace("_", " ").capitalize()
    cells = [
        cell_of(f"# {title}\n\nWhat it makes, of what, and for whom.", "markdown"),
        cell_of("limit = 5", tags=["parameters"]),
        cell_of(_INPUTS, tags=["inputs"]),
        cell_of("clean = dict(list(settings.items())[:limit])\nclean"),
        cell_of(_OUTPUTS, tags=["outputs"]),
    ]
    return notebook_of(cells)
