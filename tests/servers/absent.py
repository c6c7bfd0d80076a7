"""What this machine does not have: its tests are skipped, loudly, or fail where everything has to be tested."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

# Set by .ci/run: a server that cannot be had is a failure there.
REQUIRED = "FAUCET_REQUIRE_SERVERS"
SIGN = "IS NOT TESTED: "


class Absent(Exception):
    """A server cannot be had on this machine; the message says why, and what to install."""


def absent(name: str, why: object, *, is_required: bool = True) -> NoReturn:
    """Skip the test, and say why; fail where every server is required."""
    text = f"{name.upper()} {SIGN}{why}"
    if is_required and os.environ.get(REQUIRED):
        pytest.fail(f"{text}. It is required, because {REQUIRED} is set.", pytrace=False)
    pytest.skip(text)
