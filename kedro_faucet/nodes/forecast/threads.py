"""One thread for numpy's and scikit-learn's kernels: how they split sums would change the last bits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ALONE = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep numpy and scikit-learn to one thread within.

    The limits are the process's: whoever left first would take them from all others, so they come in one by one.

    >>> with one_thread():
    ...     pass
    """
    from threadpoolctl import threadpool_limits

    with _ALONE, threadpool_limits(1):
        yield
