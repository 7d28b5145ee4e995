"""How long large files take to read.

    python -m tests.benchmarks.bench_data [ROUNDS]

A million rows of ten numbers, read as data of a project (looked at, read, judged and fingerprinted), against the
time of ``numpy.loadtxt`` for the same file; beside it the same rows with a column of words.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.data.files import load
from engine.data.formats import TextFormat

ROWS, COLUMNS = 1_000_000, 10
MOST = 2.0  # times numpy.loadtxt


def best(act: Callable[[], object], rounds: int) -> float:
    """The shortest of several times, in seconds of this process."""
    found = []
    for _ in range(rounds):
        load._kept.clear()
        began = time.process_time()
        act()
        found.append(time.process_time() - began)
    return min(found)


def take(path: Path, words: bool) -> object:
    form = TextFormat(
        header=False,
        inputs=tuple(range(COLUMNS - 1)),
        targets=(COLUMNS - 1,),
        text=(COLUMNS - 1,) if words else (),
    )
    load.look(path)
    return load.take(load.Choice(path, form, classes=words))


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        numbers, worded = Path(folder) / "numbers.csv", Path(folder) / "words.csv"
        values = np.random.default_rng(0).normal(size=(ROWS, COLUMNS))
        np.savetxt(numbers, values, fmt="%.6g", delimiter=",")
        lines = numbers.read_text().splitlines()
        worded.write_text("".join(f"{line[: line.rindex(',')]},{'abc'[i % 3]}\n" for i, line in enumerate(lines)))
        del lines
        peer = best(lambda: np.loadtxt(numbers, delimiter=","), rounds)
        print(f"{'numpy.loadtxt':<28}{peer:6.2f} s")
        for name, path, words in (("as data", numbers, False), ("with a column of words", worded, True)):
            ours = best(lambda path=path, words=words: take(path, words), rounds)
            print(f"{name:<28}{ours:6.2f} s   {ours / peer:.2f} times" + ("" if words else f", at most {MOST:g}"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
