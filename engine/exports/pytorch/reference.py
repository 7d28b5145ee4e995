"""What Cascade computes for one batch, in double precision: the program compares itself with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.exports.source import network_of, with_dtype
from engine.lazy import Array, np
from engine.network import Network

if TYPE_CHECKING:
    from engine.data.parts import Dataset
    from engine.exports import Work


def reference(work: Work, train: Dataset) -> dict[str, Array]:
    """Output, loss and every gradient for the first training samples, in evaluation mode."""
    wide = Network(with_dtype(work.project, "float64"))
    wide.load_state_dict(network_of(work).state_dict())  # the numbers that the program has: those of its precision
    size = work.project.training.batch_size
    inputs, targets = train.inputs[:size], train.targets[:size]
    loss = wide.loss_and_gradient(inputs, targets)
    gradients = {f"check.gradient of {key}": gradient for key, gradient in wide.grad_dict().items()}
    return {
        "check.inputs": inputs,
        "check.targets": targets,
        "check.output": wide.predict(inputs),
        "check.loss": np.array(loss),
        **gradients,
    }
