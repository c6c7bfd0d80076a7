"""Errors of a user's own node, in the user's own frames."""

from __future__ import annotations

from pathlib import Path

from kedro_faucet.console.faults import own_frames


def fail(path: Path, text: str) -> BaseException:
    """The error that code of a project's file raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    try:
        exec(compile(text, str(path), "exec"), {})
    except Exception as error:
        return error
    raise AssertionError("It did not fail.")


def test_frames_of_the_project_are_shown(tmp_path):
    """File, line and code of what is in the project, seen from there; nothing of what called it."""
    said = own_frames(fail(tmp_path / "src/nodes.py", "import json\njson.loads('{')\n"), tmp_path)
    assert said is not None
    assert said.splitlines()[0].startswith("json.decoder.JSONDecodeError: Expecting property name")
    assert said.count("File ") == 1
    assert '  File "src/nodes.py", line 2, in <module>\n    json.loads(' in said


def test_an_error_that_led_to_another_is_shown_with_its_frames(tmp_path):
    """Both places are in the project, and both are shown, in the order of their happening."""
    said = own_frames(fail(tmp_path / "n.py", "try:\n    {}[1]\nexcept KeyError:\n    int('x')\n"), tmp_path)
    assert said is not None
    assert said.index("line 2") < said.index("line 4")


def test_an_error_that_is_nowhere_in_the_project_is_left_to_others(tmp_path):
    """Frames of other packages, also of an environment inside the project, are not the user's."""
    assert own_frames(fail(tmp_path / ".venv/lib/site-packages/x.py", "1 / 0"), tmp_path) is None
    assert own_frames(fail(tmp_path / "x.py", "1 / 0"), tmp_path / "project") is None


def test_a_mistake_of_syntax_is_shown_where_it_is(tmp_path):
    """A module that cannot be read has a file and a line, though no frame."""
    said = own_frames(fail(tmp_path / "src/nodes.py", "def f(:\n"), tmp_path)
    assert said is not None
    assert 'File "src/nodes.py", line 1' in said
