"""Real servers on this machine's loopback, started by the tests and ended by them; `fixtures` gives each to tests.

Each has `start`, `stop`, `kill9`, `restart` (the same port and data), `pause` and `resume`, so that tests can break it.
"""
