"""Makes the smallest project that Kedro runs, for tests to write their own files into."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

SKELETON = {
    "pyproject.toml": """\
        [tool.kedro]
        package_name = "shop"
        project_name = "Shop"
        kedro_init_version = "1.7.0"
    """,
    ".telemetry": "consent: false\n",
    "conf/base/parameters.yml": "where: ${where_from}\nwhere_from: base\nnested: {a: 1, b: 2}\n",
    "conf/local/.gitkeep": "",
    "src/shop/__init__.py": "",
    "src/shop/settings.py": """\
        from kedro_faucet import FaucetConfigLoader

        CONFIG_LOADER_CLASS = FaucetConfigLoader
    """,
    "src/shop/pipeline_registry.py": """\
        from kedro.pipeline import node, pipeline


        def same(value):
            return value


        def register_pipelines():
            return {"__default__": pipeline([node(same, "params:where", "out", name="write_out")])}
    """,
    "conf/base/catalog.yml": "out: {type: json.JSONDataset, filepath: data/out.json}\n",
}
# As in an activated environment, whichever way the tests were started.
SEARCHED = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
ENVIRONMENT = {**os.environ, "PATH": SEARCHED, "COLUMNS": "400", "DO_NOT_TRACK": "1"}


def make_project(root: Path, files: Mapping[str, str] | None = None) -> Path:
    """Write the skeleton of a project, and a test's own files over it."""
    return write_files(root, {**SKELETON, **(files or {})})


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write files into a project."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return root


def kedro(root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the real command line in a project."""
    command = [sys.executable, "-m", "kedro", *arguments]
    environment = {**ENVIRONMENT, **(env or {})}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
