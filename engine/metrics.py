"""How well a network does on a whole set: mean loss, and accuracy for classes or R2 for real values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.lazy import Array

if TYPE_CHECKING:
    from engine.batches import Batches
    from engine.data.parts import Dataset
    from engine.network import Network

METRICS = ("loss", "accuracy", "r2", "validation_loss", "validation_accuracy", "validation_r2")
"""What is measured, by name: over the training part and over the part held out."""

EVALUATION_COST = 7
"""Evaluating n samples costs about as much as training n / 3; once in 7 n / batch size steps keeps it near 5 %."""

EVALUATION_SPREAD = 20
"""Later evaluations lie a twentieth of the run apart, so that their number grows with its logarithm."""


def evaluate(network: Network, part: Dataset) -> dict[str, float]:
    """``loss`` and ``accuracy`` or ``r2`` over a part, in evaluation mode; empty for an empty part."""
    if not len(part.inputs):
        return {}
    outputs = network.predict(part.inputs)
    flat = outputs.reshape(len(outputs), -1).astype(float)
    rows = network.target_rows(part.targets)
    with np.errstate(all="ignore"):
        value, _ = network.project.loss.value_and_gradient(flat.T, rows.T)
        return {"loss": float(value)} | _metric(network, part, flat, rows)


def pause(samples: int, batches: Batches, steps: int) -> int:
    """Steps, of which so many have been made, until so many samples may be evaluated again."""
    batch = min(batches.size, batches.samples)
    return max(math.ceil(EVALUATION_COST * samples / batch), steps // EVALUATION_SPREAD)


def _metric(network: Network, part: Dataset, outputs: Array, rows: Array) -> dict[str, float]:
    if part.classes is None:
        return {"r2": r2(outputs, rows)} if len(rows) > 1 else {}  # a single sample has no variance to explain
    return {"accuracy": float((network.project.loss.predicted_class(outputs) == true_classes(rows)).mean())}


def true_classes(rows: Array) -> Array:
    """The class numbers (N,) that target rows (N, K) stand for, however the loss has encoded them."""
    return (rows[:, 0] > 0.5).astype(int) if rows.shape[1] == 1 else rows.argmax(axis=1)


def r2(outputs: Array, targets: Array) -> float:
    """The share of the targets' variance that is explained, mean over the columns of (N, K); as scikit-learn's
    ``r2_score``.
    """
    left = ((targets - outputs) ** 2).sum(axis=0)
    whole = ((targets - targets.mean(axis=0)) ** 2).sum(axis=0)
    constant = whole == 0
    share = np.where(constant, np.where(left == 0, 1.0, 0.0), 1 - left / np.where(constant, 1, whole))
    return float(share.mean())
