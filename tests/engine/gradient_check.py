"""A gradient check in one random direction: cheap enough for everything."""

from __future__ import annotations

import numpy as np

from engine.network import Network


def relative_error(network: Network, x: np.ndarray, target: np.ndarray, gradient: np.ndarray, seed: int = 0) -> float:
    """How far ``gradient`` is from a central difference of the loss, along a random direction, relative to the
    gradient's norm.
    """
    direction = np.random.default_rng(seed).standard_normal(network.parameters.size)
    direction /= np.linalg.norm(direction)
    start, step = network.parameters.copy(), 1e-5
    losses = []
    for sign in (1, -1):
        network.parameters[...] = start + sign * step * direction
        losses.append(network.loss_and_gradient(x, target))
    network.parameters[...] = start
    difference = (losses[0] - losses[1]) / (2 * step)
    return float(abs(difference - gradient @ direction) / max(np.linalg.norm(gradient), 1e-3))
