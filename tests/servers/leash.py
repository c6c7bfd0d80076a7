"""Ends a server when the tests that started it are gone, even by kill -9: ``python leash.py PID FOLDER``.

Its input is a pipe from the tests: one that closes without a word means that they were killed.
"""

from __future__ import annotations

import contextlib
import shutil
import sys

import psutil


def main(pid: int, folder: str) -> None:
    """Wait for the end of the input; unless it releases, kill the process and its children, and remove its folder."""
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        if sys.stdin.buffer.read():
            return
        tree = [top, *top.children(recursive=True)]
        for each in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(tree, 10)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
