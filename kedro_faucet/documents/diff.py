"""What differs between two notebooks, for readers."""

from __future__ import annotations

import subprocess
from difflib import unified_diff
from pathlib import Path

from kedro_faucet.documents.clean import cleaned
from kedro_faucet.documents.notebook import Notebook, parse_notebook
from kedro_faucet.documents.percent import to_percent
from kedro_faucet.exceptions import ResourceError


def diff(before: Notebook, after: Notebook, names: tuple[str, str] = ("before", "after")) -> str:
    r"""Return what differs in the sources and tags of two notebooks, as a diff of their scripts; outputs do not count.

    >>> from kedro_faucet.documents.percent import cell_of, notebook_of
    >>> before, after = notebook_of([cell_of("x = 1")]), notebook_of([cell_of("x = 2")])
    >>> print(diff(before, after, ("HEAD:clean.ipynb", "clean.ipynb")))
    --- HEAD:clean.ipynb
    +++ clean.ipynb
    @@ -1,3 +1,3 @@
     # %%
    -x = 1
    +x = 2
    <BLANKLINE>
    """
    old, new = (to_percent(cleaned(notebook)).split("\n") for notebook in (before, after))
    found = unified_diff(old, new, *names, lineterm="")
    return "\n".join(line if line.strip() else "" for line in found)


def committed(path: Path) -> Notebook:
    """Return a notebook as it is in the last commit of its repository.

    Raises:
        ResourceError: if git does not know it.
    """
    command = ["git", "show", f"HEAD:./{path.name}"]
    try:
        done = subprocess.run(command, cwd=path.parent, capture_output=True, check=False)
    except OSError as error:
        raise ResourceError(f"There is nothing to compare {path} with: {error}.") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise ResourceError(f"There is no committed version of {path} to compare it with: name another.\ngit: {reason}")
    return parse_notebook(done.stdout.decode("utf-8"), f"HEAD:{path}")
