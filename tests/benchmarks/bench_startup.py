"""How long the window takes to be painted, against an empty Qt window, and how long until everything is loaded.

    python -m tests.benchmarks.bench_startup [ROUNDS]

Each round starts two fresh interpreters, one after the other, so that a disturbance hits both. Times count from the
start of the process. Painted: chain, palette and properties have been painted. Loaded: every panel has, and the
training process stands ready. Freeze: the longest stretch after the first painting in which the window did not answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from statistics import median

LIMITS = {"painted, times an empty window": 2.0, "loaded, seconds": 1.0, "longest freeze, milliseconds": 100.0}


def measured(kind: str) -> dict[str, float]:
    """The times of one fresh interpreter, in seconds."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a program that was started before is found compiled
    command = [sys.executable, "-m", "tests.benchmarks.startup_child", kind, str(time.monotonic())]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    return json.loads(run.stdout.splitlines()[-1])


def main(rounds: int) -> int:
    """Prints the medians beside their limits; 1 when one is passed."""
    measured("empty"), measured("cascade")  # from here on the files are in the disk's cache
    pairs = [(measured("empty"), measured("cascade")) for _ in range(rounds)]
    base = median(empty["painted"] for empty, _ in pairs)
    middle = {key: median(cascade[key] for _, cascade in pairs) for key in ("painted", "loaded", "freeze")}
    print(f"empty window painted after {base * 1000:.0f} ms, the program after {middle['painted'] * 1000:.0f} ms")
    found = (middle["painted"] / base, middle["loaded"], middle["freeze"] * 1000)
    for value, (name, limit) in zip(found, LIMITS.items(), strict=True):
        print(f"{name:<34}{value:>8.2f}   at most {limit:g}")
    return int(any(value > limit for value, limit in zip(found, LIMITS.values(), strict=True)))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
