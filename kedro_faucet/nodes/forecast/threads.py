"""One thread for numpy's and scikit-learn's kernels: how they split sums would change the last bits."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Keep numpy and scikit-learn to one thread within.

    >>> with one_thread():
    ...     pass
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits
