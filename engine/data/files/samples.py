"""Arrays of inputs and targets, as files hold them, in the public shapes."""

from __future__ import annotations

import numpy as np

from engine.data.files.raw import LARGEST, MOST_CLASSES, number_name
from engine.data.samples import Samples
from engine.lazy import Array
from engine.strict import ProjectError

CHANNELS = (1, 3, 4)
BRIGHTEST = 255


def from_arrays(inputs: Array, targets: Array, classes: bool, place: str) -> Samples:
    """Inputs (N, D), (N, H, W) or (N, H, W, C) and targets (N,) or (N, K). Pixels in bytes become 0 to 1, in single
    precision: images are many. Raises ProjectError that begins with ``place``.
    """
    if len(inputs) != len(targets):
        raise ProjectError(f"{place} holds {len(inputs):,} inputs but {len(targets):,} targets.")
    made = _scaled(_public(inputs, place))
    answers = targets.reshape(len(targets), -1).astype(float)
    for name, array in (("inputs", made), ("targets", answers)):
        limit = array.dtype.type(min(LARGEST, float(np.finfo(array.dtype).max)))
        usable = (np.abs(array) <= limit).reshape(len(array), -1).all(axis=1)
        if not usable.all():
            number = int(usable.argmin())
            raise ProjectError(f"{place}: sample {number:,} (from 0) of the {name} is not finite, or above 1e100.")
    if not classes:
        return Samples(made, values=answers)
    labels, names = _labels(answers, place)
    return Samples(made, labels, names)


def _public(inputs: Array, place: str) -> Array:
    """Inputs as (N, D) or (N, C, H, W)."""
    if inputs.ndim == 1:
        return inputs[:, None]
    if inputs.ndim == 3:
        return inputs[:, None]
    if inputs.ndim == 4 and inputs.shape[3] in CHANNELS and inputs.shape[1] not in CHANNELS:
        return np.moveaxis(inputs, 3, 1)
    if inputs.ndim not in (2, 4):
        raise ProjectError(f"{place}: inputs must have two to four axes, given {inputs.shape}.")
    return inputs


def _scaled(inputs: Array) -> Array:
    if inputs.dtype == np.uint8 and inputs.ndim == 4:
        return np.multiply(inputs, 1 / BRIGHTEST, dtype=np.float32)
    return inputs.astype(np.float32 if inputs.ndim == 4 else np.float64)


def _labels(answers: Array, place: str) -> tuple[Array, tuple[str, ...]]:
    """Labels (N,) and the classes' names, from numbers or from rows with a single one."""
    if answers.shape[1] > 1:
        one_hot = ((answers == 0) | (answers == 1)).all() and (answers.sum(axis=1) == 1).all()
        if not one_hot:
            raise ProjectError(f"{place}: targets of classes must be numbers (N,) or rows with a single one.")
        return answers.argmax(axis=1), tuple(map(str, range(answers.shape[1])))
    different, labels = np.unique(answers, return_inverse=True)
    if not 2 <= len(different) <= MOST_CLASSES:
        raise ProjectError(
            f"{place}: the targets are {len(different):,} different values; classes need 2 to {MOST_CLASSES:,}."
        )
    return labels.reshape(-1), tuple(map(number_name, different))
