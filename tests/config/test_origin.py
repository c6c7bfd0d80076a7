"""Where a value was written."""

from __future__ import annotations

import pytest

from kedro_faucet.config.origin import Place, find, keys_of

TEXT = """\
# a comment
lake/flights:
  type: x
  save_args: {mode: merge,
    key: [a,
          b]}
"spark.sql.x": 1
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("lake/flights", "save_args", "mode"), Place(3, 4)),
        (("lake/flights", "save_args", "key", 1), Place(4, 6)),
        (("lake/flights", "nothing"), Place(1, 2)),
        (("spark.sql.x",), Place(1, 7)),
        (("nothing",), Place(0, 1)),
    ],
)
def test_the_line_of_a_key(path, place):
    """Keys in blocks, in flow style and in lists are found; of a missing key the deepest that is there."""
    assert find(TEXT, path) == place


def test_an_empty_file_has_no_keys():
    """In a file without a document nothing is found, and nothing fails."""
    assert find("# nothing\n", ("a",)) == Place(0, 1)


def test_keys_that_hold_dots_are_told_from_dots_between_keys():
    """What OmegaConf writes with dots and brackets leads back to the keys."""
    config = {"lake/a.b": {"x": {"y.z": 1}}, "list": [{"a": 1}]}
    assert keys_of(config, "lake/a.b.x.y.z") == ("lake/a.b", "x", "y.z")
    assert keys_of(config, "list[0].a") == ("list",)
    assert keys_of(config, "none.such") == ()
