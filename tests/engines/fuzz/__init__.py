"""Random SQL and random files on both engines: what they are compared by beyond the corpus.

``python -m fuzz SEED SECONDS``, with tests and tests/engines on the path, runs it for as long as one likes, and prints
the smallest of what differs. A seed writes the same each time.
"""
