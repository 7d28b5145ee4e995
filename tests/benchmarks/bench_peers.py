"""One optimisation step beside PyTorch, JAX, scikit-learn and plain numpy: how many times faster, chain by chain.

    python -m tests.benchmarks.bench_peers [ROUNDS] [CHAIN ...]

A step is a shuffled batch, forward, loss, backward and an Adam update, in float32. Every measurement is a process of
its own, held to one processor: JAX takes up to 1.7 of them where it is asked for one thread. The peers take turns, so
that a disturbance hits all of them, and the medians of the steps are compared. Peers that are not installed are left
out and said. Statistics for the heatmap are off.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median

from tests.benchmarks.chains import CHAINS, SAMPLES
from tests.benchmarks.peers import PEERS

ENGINE = "cascade"
SECONDS = 1.2
WARM_UP = 20
NARROWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # hold numpy to an older processor, and no peer
BARS = {  # at least so many times PyTorch eager, the best of PyTorch, JAX
    "T1": (30, 20, 2.5), "T2": (19, 11, 1.7), "M1": (4.3, 3.3, 0.95), "L1": (1.2, 1.05, 0.95), "L2": (1.1, 0.95, 0.95),
    "C1": (2.8, 2.2, 2.1), "C2": (1.75, 1.1, 2.5), "D10": (27, 14, 3), "D100": (27, 14, 3), "D1000": (22, 13, None),
}  # fmt: skip


def measure(peer: str, chain: str) -> float:
    """The median time of a step in this process, in microseconds."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    step = PEERS[peer](chain)
    for _ in range(WARM_UP if CHAINS[chain][0] != (784,) else 3):
        step()
    times = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return median(times) * 1e6 / (SAMPLES // CHAINS[chain][3] if peer == "jax scan" else 1)


def in_a_process(peer: str, chain: str) -> float | None:
    """The median time of a step; None where the peer is not installed or does not do this chain."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    flags = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
    wide = {key: value for key, value in os.environ.items() if key not in NARROWING}
    command = [sys.executable, "-m", "tests.benchmarks.bench_peers", "--measure", peer, chain]
    run = subprocess.run(command, env={**wide, **one, **flags}, capture_output=True, text=True, timeout=300)
    return float(run.stdout.split()[-1]) if run.returncode == 0 and run.stdout.split() else None


def row(chain: str, rounds: int) -> dict[str, float]:
    """The median over the rounds for every peer that takes part."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for peer in PEERS:
            if (found := in_a_process(peer, chain)) is not None:
                taken.setdefault(peer, []).append(found)
    return {peer: median(times) for peer, times in taken.items()}


def main(rounds: int, chains: list[str]) -> None:
    """Prints one table: microseconds of a step of ours, and how many times longer each peer takes."""
    others = [peer for peer in PEERS if peer != ENGINE]
    print(f"{'chain':<7}{'us/step':>10}" + "".join(f"{peer:>13}" for peer in others) + "   at least (eager, best, jax)")
    missing = set(others)
    for chain in chains:
        found = row(chain, rounds)
        missing -= set(found)
        ours = found[ENGINE]
        cells = [f"{found[peer] / ours:.2f}" if peer in found else "-" for peer in others]
        bars = ", ".join("-" if bar is None else f"{bar:g}" for bar in BARS[chain])
        print(f"{chain:<7}{ours:>10.1f}" + "".join(f"{cell:>13}" for cell in cells) + f"   {bars}", flush=True)
    if narrowed := [name for name in NARROWING if name in os.environ]:
        print(f"set here, and not for the measurements: {', '.join(narrowed)}")
    if missing:
        print(f"left out, because not installed here: {', '.join(sorted(missing))}")


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["--measure"]:
        print(measure(*words[1:]))
    else:
        main(int(words[0]) if words else 5, words[1:] or list(CHAINS))
