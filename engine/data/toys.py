"""Points drawn in the plane, and curves: small data sets whose answer can be seen. Classes are as equal in number as
possible.
"""

from __future__ import annotations

import numpy as np

from engine.data.samples import Samples
from engine.lazy import Array

TWO_CLASSES = ("0", "1")


def xor(generator: np.random.Generator, samples: int, noise: float) -> Samples:
    """Points (N, 2) around the corners of the unit square; class 1 where the two coordinates of the corner differ."""
    corners = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], float)[np.arange(samples) % 4]
    return _with_noise(generator, corners, (corners[:, 0] != corners[:, 1]).astype(int), noise, TWO_CLASSES)


def circles(generator: np.random.Generator, samples: int, noise: float, ratio: float) -> Samples:
    """Class 0 on a ring of radius 1, class 1 on a ring of radius ``ratio``."""
    labels = np.arange(samples) % 2
    angle = generator.uniform(0, 2 * np.pi, samples)
    radius = np.where(labels == 0, 1.0, ratio)
    return _with_noise(generator, _polar(radius, angle), labels, noise, TWO_CLASSES)


def moons(generator: np.random.Generator, samples: int, noise: float) -> Samples:
    """Class 0 on the upper half circle around (0, 0), class 1 on the lower half circle around (1, 0.5)."""
    labels = np.arange(samples) % 2
    angle = generator.uniform(0, np.pi, samples)
    upper = _polar(np.ones(samples), angle)
    lower = np.array([1.0, 0.5]) - upper
    return _with_noise(generator, np.where(labels[:, None] == 0, upper, lower), labels, noise, TWO_CLASSES)


def spirals(generator: np.random.Generator, samples: int, noise: float, turns: float) -> Samples:
    """Two arms: radius t at angle 2 pi turns t, t even from 0.05 to 1; the second arm turned by half a circle."""
    labels = np.arange(samples) % 2
    along = np.empty(samples)
    for arm in (0, 1):
        along[labels == arm] = np.linspace(0.05, 1, int((labels == arm).sum()))
    points = _polar(along, 2 * np.pi * turns * along + np.pi * labels)
    return _with_noise(generator, points, labels, noise, TWO_CLASSES)


def blobs(generator: np.random.Generator, samples: int, noise: float, classes: int) -> Samples:
    """One round cloud a class; the middles lie evenly on the unit circle."""
    labels = np.arange(samples) % classes
    middles = _polar(np.ones(samples), 2 * np.pi * labels / classes)
    return _with_noise(generator, middles, labels, noise, tuple(map(str, range(classes))))


def checkerboard(generator: np.random.Generator, samples: int, noise: float, squares: int) -> Samples:
    """Points (N, 2) inside the fields of a board from -1 to 1; class 0 in the field at the lower left and every second
    one.
    """
    labels = np.arange(samples) % 2
    row, column = np.divmod(np.arange(squares**2), squares)
    corners = np.stack([column, row], axis=1)
    chosen = np.empty((samples, 2))
    for label in (0, 1):
        of_colour = corners[(row + column) % 2 == label]
        chosen[labels == label] = of_colour[generator.integers(0, len(of_colour), int((labels == label).sum()))]
    points = (chosen + generator.uniform(0, 1, chosen.shape)) * (2 / squares) - 1
    return _with_noise(generator, points, labels, noise, TWO_CLASSES)


def sine(generator: np.random.Generator, samples: int, noise: float) -> Samples:
    """Inputs (N, 1) even from -1 to 1, values (N, 1) of sin(2 pi x); noise lies on the values."""
    x = np.linspace(-1, 1, samples)[:, None]
    return Samples(x, values=np.sin(2 * np.pi * x) + noise * generator.standard_normal(x.shape))


def plane(
    generator: np.random.Generator, samples: int, noise: float, slopes: tuple[float, float], offset: float
) -> Samples:
    """Inputs (N, 2) anywhere from -1 to 1, values (N, 1) of the plane above them; noise lies on the values."""
    x = generator.uniform(-1, 1, (samples, 2))
    y = x @ np.array(slopes)[:, None] + offset
    return Samples(x, values=y + noise * generator.standard_normal(y.shape))


def step(generator: np.random.Generator, samples: int, noise: float) -> Samples:
    """Inputs (N, 1) even from -1 to 1, values (N, 1): 0 below 0, else 1; noise lies on the values."""
    x = np.linspace(-1, 1, samples)[:, None]
    return Samples(x, values=(x >= 0) + noise * generator.standard_normal(x.shape))


def _polar(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _with_noise(
    generator: np.random.Generator, points: Array, labels: Array, noise: float, classes: tuple[str, ...]
) -> Samples:
    return Samples(points + noise * generator.standard_normal(points.shape), labels, classes)
