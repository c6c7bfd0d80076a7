"""Log lines: their settings, and what they carry."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest

import kedro_faucet.console
from kedro_faucet.console import records
from kedro_faucet.console.records import JsonLines

OWN = Path(kedro_faucet.console.__file__).with_name("logging.yml")
STARTERS = Path(__file__).parents[2] / "starters"


@pytest.mark.parametrize("starter", ["faucet", "faucet-empty"])
def test_projects_of_the_starters_have_the_settings_that_others_get(starter):
    """A starter's conf/logging.yml is the one that holds where a project has none."""
    [found] = (STARTERS / starter).glob("*/conf/logging.yml")
    assert found.read_text() == OWN.read_text()


@pytest.fixture
def lines():
    """A logger that writes lines of JSON, and what it has written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.Logger("shop")
    logger.addHandler(handler)
    return logger, stream


def test_a_line_of_json_holds_whatever_is_logged(lines):
    """Lines, quotes, values that JSON lacks and errors stay one object on one line."""
    logger, stream = lines
    try:
        raise ValueError("a\nb")
    except ValueError:
        logger.exception('said "%s"\n%s', Path("x"), {1})
    said = json.loads(stream.getvalue())
    assert said["message"] == 'said "x"\n{1}'
    assert said["error"].endswith("ValueError: a\nb")


def test_a_record_tells_the_node_that_its_thread_is_at(lines):
    """The node counts while it is on; names of its own that a user adds to a record are the user's."""
    logger, stream = lines
    records.node.set(None)  # a run in this process may have ended in a node
    token = records.node.set("fact_flight")
    logger.warning("late", extra={"node": 1, "run": 2, "profile": 3})
    records.node.reset(token)
    logger.warning("none")
    late, none = map(json.loads, stream.getvalue().splitlines())
    assert late["node"] == "fact_flight"
    assert "node" not in none
