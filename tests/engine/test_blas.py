"""Matrix products keep to one thread, and give the same bits, whoever imports numpy first."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from engine.blas import THREADS

PRODUCT = """
from threadpoolctl import threadpool_info
generator = numpy.random.default_rng(0)
a, b = (generator.standard_normal((n, 96)).astype("f4") for n in (300, 700))
(threads,) = [each["num_threads"] for each in threadpool_info() if each["internal_api"] == "openblas"] or ["?"]
print(threads, hash((a @ b.T).tobytes()))
"""


def said(first: str, **variables: str) -> list[str]:
    """The number of threads in a fresh interpreter, and what stands for the bits of a product."""
    clean = {key: value for key, value in os.environ.items() if key not in THREADS}
    command = [sys.executable, "-W", "error", "-c", first + PRODUCT]
    run = subprocess.run(
        command,
        env={**clean, "PYTHONHASHSEED": "0", **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return run.stdout.split()


def test_numpy_before_the_engine_gives_what_it_gives_after_it() -> None:
    before, after = said("import numpy, engine"), said("import engine, numpy")
    assert before == after
    assert before[0] in ("1", "?")  # "?": another library than OpenBLAS


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one processor only")
def test_what_the_user_has_set_stays() -> None:
    for first in ("import numpy, engine", "import engine, numpy"):
        assert said(first, OPENBLAS_NUM_THREADS="2")[0] in ("2", "?")
