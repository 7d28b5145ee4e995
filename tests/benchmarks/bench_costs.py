"""What training costs besides training: statistics, the start of a process, and a busy machine.

    python -m tests.benchmarks.bench_costs [ROUNDS]

Statistics: the gradient sizes of every layer at every step, against the step alone. Around: those and all else that a
trainer does around a step. Two threads: a step that they share, against one on one thread. First step: from the start
of a process, without a window, and the most memory that it held until then. Beside a job: a step while another program
multiplies matrices on one processor, or on all of them, against a step in quiet.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

STATISTICS = {"T1": 12.0}  # percent of a step, at most
STATISTICS_ELSEWHERE = 5.0
AROUND = 15.0  # percent of a step, at most
START, MEMORY, BUSY = 0.35, 60.0, 1.5  # seconds, MB, times a quiet step
PIECE = 0.05  # seconds of each piece of the comparison

FIRST_STEP = """
import sys, time
import engine
from engine.trainer import Trainer
Trainer(engine.load("example:xor")).step()
print(time.monotonic() - float(sys.argv[1]))
print(*(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

OTHER_JOB = """
import numpy
a = numpy.random.default_rng(0).standard_normal((1000, 1000))
while True:
    a @ a
"""


def seconds_each(call: Callable[[], object], times: int) -> float:
    """The mean time of a call over a piece."""
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def costs(chain: str, rounds: int) -> tuple[float, float]:
    """What statistics, and all that surrounds a step, add to a step, in percent: medians of pieces that take turns."""
    from tests.benchmarks.peers import trainer_of

    trainer = trainer_of(chain)

    def step() -> None:
        trainer._forward_and_backward()
        trainer._update.step()

    def with_statistics() -> None:
        trainer._forward_and_backward()
        trainer._sizes.measure(trainer.history.sizes)
        trainer._update.step()

    ways = (step, with_statistics, trainer._step)
    times = max(2, int(PIECE / max(seconds_each(ways[0], 5), 1e-6)))
    rows = [[seconds_each(way, times) for way in ways] for _ in range(8 * rounds)]
    return tuple(100 * (median(row[way] / row[0] for row in rows) - 1) for way in (1, 2))  # type: ignore[return-value]


def second_thread(chain: str, rounds: int) -> float:
    """How many times faster a step is where two threads share it: the median of pieces that take turns."""
    from tests.benchmarks.peers import cascade

    one, two = cascade(chain), cascade(chain, threads=2)
    times = max(2, int(PIECE / max(seconds_each(one, 5), seconds_each(two, 5))))
    return median(seconds_each(one, times) / seconds_each(two, times) for _ in range(8 * rounds))


def start() -> tuple[float, float]:
    """Seconds to the first step, and MB."""
    command = [sys.executable, "-c", FIRST_STEP, str(time.monotonic())]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    seconds, memory = map(float, run.stdout.split())
    return seconds, memory


def busy(chain: str, processors: int) -> float:
    """How many times longer a step takes, mean over a second, while another program keeps processors at work."""
    from tests.benchmarks.peers import cascade

    step = cascade(chain)
    seconds_each(step, 20)
    times = max(3, int(1 / seconds_each(step, 20)))
    threads = {"OPENBLAS_NUM_THREADS": str(processors), "OMP_NUM_THREADS": str(processors)}
    before = seconds_each(step, times)
    job = subprocess.Popen([sys.executable, "-c", OTHER_JOB], env={**os.environ, **threads})
    try:
        time.sleep(0.7)
        loaded = seconds_each(step, times)
    finally:
        job.kill()
        job.wait()
    return loaded / median((before, seconds_each(step, times)))


def said(what: str, found: float, limit: float, unit: str) -> bool:
    """Prints one line; whether the limit is kept."""
    print(f"{what:<34}{found:>8.2f} {unit:<6} at most {limit:g}", flush=True)
    return found <= limit


def main(rounds: int) -> int:
    """Prints medians beside their limits; 1 when one is passed."""
    kept = []
    for chain in ("T1", "T2", "M1", "D10", "D100", "D1000", "C1", "L1"):
        statistics, around = costs(chain, rounds)
        kept.append(said(f"{chain}: statistics", statistics, STATISTICS.get(chain, STATISTICS_ELSEWHERE), "%"))
        kept.append(said(f"{chain}: all around the step", around, AROUND, "%"))
    for chain in ("M1", "C1", "L1", "C2", "L2"):
        print(f"{chain + ': two threads are':<34}{second_thread(chain, rounds):>8.2f} times as fast", flush=True)
    start()  # from here on the files are in the disk's cache
    starts = [start() for _ in range(2 * rounds + 1)]
    kept.append(said("first step after", median(seconds for seconds, _ in starts), START, "s"))
    kept.append(said("most memory until then", median(memory for _, memory in starts), MEMORY, "MB"))
    for chain in ("T1", "M1", "L1"):
        for processors in sorted({1, os.cpu_count() or 1}):
            found = median(busy(chain, processors) for _ in range(rounds))
            kept.append(said(f"{chain}: beside a job on {processors}", found, BUSY, "times"))
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
