"""The gradient check of a run at one moment: its backward pass, broken where the run's is, beside differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.breaks import fitting
from engine.data.parts import dataset
from engine.explain.check import GradientCheck, check, in_double
from engine.lazy import Array
from engine.network import Network
from engine.run.snapshot import Snapshot


def network_of(snapshot: Snapshot) -> Network:
    """The run's network where its gradient was taken, in double precision, with the run's breaks."""
    network = Network(snapshot.project, breaks=fitting(snapshot.breaks, snapshot.project))
    network.parameters[...] = snapshot.origin
    network.statistics[...] = snapshot.statistics
    return in_double(network)


def batch_of(snapshot: Snapshot) -> tuple[Array, Array]:
    """Inputs and targets of the batch over which the snapshot's gradient is the mean."""
    train = dataset(snapshot.project).train
    return train.inputs[snapshot.chosen], train.targets[snapshot.chosen]


def check_snapshot(snapshot: Snapshot, entries: int, told: Callable[[int, int], bool] | None = None) -> GradientCheck:
    """Checks the gradient at the snapshot's ``origin`` over its batch; see ``engine.explain.check``."""
    x, target = batch_of(snapshot)
    with np.errstate(all="ignore"):
        return check(network_of(snapshot), x, target, entries, told=told)
