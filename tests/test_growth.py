"""Time grows with the length of a value, a line or an output, not with its square; a message stays a screen."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kedro_faucet import engines
from kedro_faucet.documents import html, markdown, outputs, percent
from kedro_faucet.documents.markup import highlight
from kedro_faucet.documents.markup import markdown as as_html
from kedro_faucet.engines.dialect.errors import sql_error, stopped
from kedro_faucet.engines.files import explain
from kedro_faucet.exceptions import SCREEN, FaucetError, did_you_mean, listed
from kedro_faucet.notebooks import python
from kedro_faucet.notebooks.shell.capture import Outputs

LENGTH = 20_000
PARTS = (
    "a", "-", " ", "\r", "a ", "a, ", "a=", "<", "[", "?", "#", "\x1b[1;", "\x1b]", "/.faucet/", 'in file "', "file = ",
    "CSV Error on Line: 1\nOriginal Line:\t", "Caused by: a.b: ", 'column "', "Aa b ", "import ", "\n ",
)  # fmt: skip


def captured(text: str) -> list[dict[str, Any]]:
    """What a cell shows that prints a text."""
    shown = Outputs()
    shown.write("stdout", text)
    return shown.taken()


def cell(text: str, kind: str = "code") -> dict[str, Any]:
    """A notebook of one cell, which prints what it is."""
    printed = [{"output_type": "stream", "name": "stdout", "text": text}]
    return {"cells": [{"cell_type": kind, "metadata": {}, "source": text, "outputs": printed}]}


READERS: dict[str, Callable[[str], Any]] = {
    "capture": captured,
    "output": lambda text: outputs.as_html({"output_type": "stream", "name": "stdout", "text": text}),
    "error": lambda text: outputs.as_html({"output_type": "error", "traceback": [text]}),
    "markdown": as_html,
    "python": partial(highlight, language="python"),
    "report": lambda text: html.render(cell(text, "markdown")),
    "markdown report": lambda text: markdown.render(cell(text)),
    "to script": lambda text: percent.to_percent(cell(text)),
    "from script": lambda text: percent.from_percent(f"# %% {text}"),
    "cell": python.python_of,
    "magics": python.magics_of,
    "variables": python.may_set_anything,
    "sql error": lambda text: sql_error(text, text, {}),
    "stopped": stopped,
    "explained": lambda text: explain(f"CSV Error{text}", []),
    "names": lambda text: did_you_mean(text, [f"{text}x", "a"]) + listed([text] * 20, near=text),
}


def seconds(function: Callable[[str], Any], text: str) -> float:
    """The processor's time that a function takes, whatever it says of the text."""
    gc.disable()  # what it collects is what other tests have left
    start = time.process_time()
    try:
        with suppress(FaucetError, SyntaxError):
            function(text)
        return time.process_time() - start
    finally:
        gc.enable()


def assert_grows_evenly(function: Callable[[str], Any], part: str) -> None:
    """Four times the length takes far less than sixteen times the time, at one of three attempts: others work too."""
    text = part * (LENGTH // len(part))
    times = ((seconds(function, text), seconds(function, text * 4)) for _ in range(3))
    assert any(long < 10 * max(short, 0.02) for short, long in times), repr(part)


@pytest.mark.parametrize("reader", READERS)
def test_a_text_of_any_kind_is_read_in_time(reader: str) -> None:
    """Whatever a long line, source or message is made of, four times as much takes about four times as long."""
    for part in PARTS:
        assert_grows_evenly(READERS[reader], part)


@pytest.mark.parametrize(
    ("format", "row"), [("csv", "n,s\n1,{}\n"), ("csv", "n,s\n{},1\n"), ("json", '{{"n":"{}"}}\n')]
)
def test_a_long_value_in_a_file_is_read_or_refused_in_time(tmp_path: Path, format: str, row: str) -> None:
    """A file with a long value is read, or refused, in time that grows with the value's length."""
    engine = engines.connect()

    def read(text: str) -> None:
        path = tmp_path / f"x.{format}"
        path.write_text(row.format(text))
        engine.rows(engine.read_files(format, [str(path)], columns={"n": "BIGINT"}))

    assert_grows_evenly(read, "x")


def test_a_wrong_name_among_many_is_told_on_a_screen() -> None:
    """A wrong column among a thousand is named with the nearest ones, not with all."""
    engine = engines.connect()
    table = engine.from_frame(pa.table({f"column_{number}": [1] for number in range(1000)}))
    with pytest.raises(FaucetError, match=r"(?s)Did you mean 'column_777'.*and 988 more") as error:
        engine.sql("select colum_777 from t", t=table)
    assert len(error.value.message) < 1000


def test_a_message_is_no_longer_than_a_screen() -> None:
    """Of a longer one the beginning and the end are left: what is wrong, and what to do."""
    error = FaucetError(f"What is wrong: {'x' * 1_000_000}. What to do.")
    assert len(error.message) == SCREEN
    assert error.message.startswith("What is wrong: x")
    assert error.message.endswith("x. What to do.")
