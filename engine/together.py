"""Two calls at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np


def together(first: Callable[[], None], second: Callable[[], None]) -> None:
    """Makes both calls, the second in a thread that ends with it: to start one takes 0.05 ms, to keep one, a keeper.

    Whoever asks has switched off numpy's warnings, which each thread does for itself only.
    """

    def quietly() -> None:
        with np.errstate(all="ignore"):
            second()

    with ThreadPoolExecutor(1, "second half") as other:
        done = other.submit(quietly)
        first()
        done.result()
