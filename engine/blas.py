"""One thread for numpy's matrix products: several collapse under load and make results depend on the machine."""

from __future__ import annotations

import os
import sys

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def prepare() -> None:
    """Sets what the user has not set. It is read when numpy is first imported; a numpy that is there is told."""
    for variable in THREADS:
        os.environ.setdefault(variable, "1")
    if "numpy" in sys.modules:
        from threadpoolctl import ThreadpoolController

        for library in ThreadpoolController().select(internal_api="openblas").lib_controllers:
            library.set_num_threads(int(os.environ["OPENBLAS_NUM_THREADS"]))
