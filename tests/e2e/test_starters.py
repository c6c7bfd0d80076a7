"""Projects as `kedro new` makes them: by name, by file, empty, and shared with git."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from projects import ENVIRONMENT

ROOT = Path(__file__).parents[2]


def packed(folder: Path) -> set[str]:
    """Return the files in the one wheel of a folder."""
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def git(*arguments: str, cwd: Path) -> None:
    """Run git as a user with a name."""
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


def test_new_asks_for_nothing_but_the_name(template):
    """`kedro new --starter=faucet --name` works without a terminal and makes a project with telemetry off."""
    assert (template / "src/flights/pipelines/star/schema.py").exists()
    assert (template / ".telemetry").read_text() == "consent: false\n"
    assert not [path for path in template.rglob("*") if "cookiecutter" in path.name]


def test_raw_data_are_copied_unchanged(template):
    """Data files, which might hold braces, are not rendered: every byte is as in the starter."""
    starter = ROOT / "starters/faucet/{{ cookiecutter.repo_name }}/data/01_raw"
    files = [path.relative_to(starter) for path in starter.rglob("*") if path.is_file()]
    assert len(files) == 29
    assert all((starter / file).read_bytes() == (template / "data/01_raw" / file).read_bytes() for file in files)


def test_raw_data_are_small_and_say_where_they_come_from(template):
    """The packed example is at most 5 MB, with a note on its source and licence."""
    raw = template / "data/01_raw"
    assert sum(path.stat().st_size for path in raw.rglob("*") if path.is_file()) <= 5_000_000
    assert "CC0" in (raw / "README.md").read_text()


def test_new_from_a_configuration_file(kedro, tmp_path):
    """`kedro new --config` takes every name from a file."""
    names = {"project_name": "Night Flights", "repo_name": "nights", "python_package": "night_flights"}
    (tmp_path / "names.yml").write_text("".join(f"{key}: {value}\n" for key, value in names.items()))
    kedro("new", "--starter=faucet", "--config", "names.yml", cwd=tmp_path)
    assert (tmp_path / "nights/src/night_flights/settings.py").exists()
    assert "__default__" in kedro("registry", "list", cwd=tmp_path / "nights").stdout


def test_empty_project_runs(kedro, tmp_path):
    """`--starter=faucet-empty` makes a project without the example, which runs too."""
    kedro("new", "--starter=faucet-empty", "--name", "Bare", cwd=tmp_path)
    kedro("run", cwd=tmp_path / "bare")
    assert (tmp_path / "bare/data/lake/words/_delta_log").is_dir()
    assert not (tmp_path / "bare/data/01_raw/flights").exists()


def test_a_colleague_can_clone_and_run(kedro, template, fresh, tmp_path):
    """What git takes from a new project is all that a clone needs to run."""
    git("init", "-q", cwd=fresh)
    git("add", ".", cwd=fresh)
    git("commit", "-q", "-m", "start", cwd=fresh)
    git("clone", "-q", str(fresh), str(tmp_path / "clone"), cwd=tmp_path)
    kedro("run", cwd=tmp_path / "clone")
    assert (tmp_path / "clone/data/mart.duckdb").exists()
    assert (tmp_path / "clone/.telemetry").exists()


def test_git_leaves_out_what_a_run_makes(mine):
    """A run adds nothing that git would take."""
    git("init", "-q", cwd=mine)
    git("add", ".", cwd=mine)
    taken = subprocess.run(["git", "ls-files"], cwd=mine, check=True, capture_output=True, text=True).stdout.split()
    assert "data/01_raw/planes.csv" in taken
    assert not [path for path in taken if path.startswith("data/") and not path.startswith("data/01_raw/")]


@pytest.mark.slow
def test_the_projects_own_tests_pass(fresh):
    """A new project's own tests pass."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=fresh, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.slow
def test_the_package_takes_its_sql_and_notebooks_along(kedro, fresh):
    """`kedro package` ships the SQL files and the notebooks that are nodes, and what the project needs, silently."""
    done = kedro("package", cwd=fresh)
    assert "would be ignored" not in done.stdout + done.stderr
    files = packed(fresh / "dist")
    assert {"flights/sql/clean_weather.sql", "flights/notebooks/report.ipynb"} <= files
    (wheel,) = (fresh / "dist").glob("*.whl")
    about = zipfile.ZipFile(wheel).read(next(file for file in files if file.endswith("METADATA"))).decode()
    needed = {line.partition(": ")[2] for line in about.splitlines() if line.startswith("Requires-Dist")}
    assert needed == {"kedro-datasets", "kedro-faucet[forecast,notebooks,pandas]", "matplotlib"}
    run_apart(fresh, wheel)


def run_apart(project: Path, wheel: Path) -> None:
    """Run a chapter in an environment and a folder that have the wheel, its configuration and the data alone."""
    folder = project.parent / "apart"
    venv.create(folder / "venv", with_pip=False)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    (site / "dependencies.pth").write_text("\n".join([str(ROOT), *filter(os.path.isdir, sys.path)]))
    shutil.copytree(project / "data/01_raw", folder / "data/01_raw")
    shutil.copy(project / "dist/conf-flights.tar.gz", folder)
    command = [str(folder / "venv/bin/python"), "-m", "flights", "--pipelines", "ingest", "--conf-source"]
    done = subprocess.run(
        [*command, "conf-flights.tar.gz"], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert list((folder / "data").rglob("weather*/_delta_log"))


@pytest.mark.slow
def test_the_wheel_carries_starters_and_factory_profiles(tmp_path):
    """Every file of the starters, hidden ones too, and of the factory profiles is in the wheel."""
    subprocess.run([sys.executable, "-m", "build", "--wheel", "-o", str(tmp_path), str(ROOT)], check=True)
    tracked = subprocess.run(["git", "ls-files", "-z", "starters", "conf"], cwd=ROOT, check=True, capture_output=True)
    expected = {f"kedro_faucet/{name}" for name in tracked.stdout.decode().split("\0") if name}
    assert len(expected) > 80
    assert expected - packed(tmp_path) == set()


def test_a_push_passes_the_project_s_own_workflow(kedro, fresh):
    """Each command of the workflow for GitHub succeeds in a new project, and GitLab runs the same ones."""
    github = yaml.safe_load((fresh / ".github/workflows/ci.yml").read_text())
    commands = [step["run"] for step in github["jobs"]["ci"]["steps"] if "run" in step]
    assert yaml.safe_load((fresh / ".gitlab-ci.yml").read_text())["ci"]["script"] == commands
    environment = {**ENVIRONMENT, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{ENVIRONMENT['PATH']}"}
    for command in commands[1:]:  # what the first installs is here
        words = ["bash", "-ec", command]
        done = subprocess.run(words, cwd=fresh, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert (fresh / "data/test/mart.duckdb").exists()
    assert not (fresh / "data/mart.duckdb").exists()
