"""The pieces of the program that depend on the project; the rest is the same for all and stands in its template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.exports import schedules
from engine.exports.code import Words, call, noted
from engine.exports.pytorch.layers import LAYERS
from engine.exports.pytorch.training import INITIALIZERS, LOSSES, ONE_HOT_RIGHT, OPTIMIZERS, RIGHT
from engine.exports.settings import Pieces, indented, settings, stops
from engine.exports.source import code_names
from engine.initializers import Initializer
from engine.network import Network
from engine.project import Project

if TYPE_CHECKING:
    from engine.data.parts import Dataset

TOLERANCES = {"float32": "1e-4", "float64": "1e-6"}


def of(network: Network, train: Dataset) -> Pieces:
    """Everything that the template leaves open."""
    return _settings(network) | _network(network) | _training(network.project) | _judging(network.project, train)


def _settings(network: Network) -> Pieces:
    project, training = network.project, network.project.training
    shares = [block.smallest_batch(shape) for block, shape in zip(project.chain, network.shapes, strict=False)]
    return {
        **settings(project),
        "remarks": _remarks(project),
        "dtype": training.dtype,
        "tolerance": TOLERANCES[training.dtype],
        "smallest": str(max(shares)),
        "constants": list(_constants(project)),
    }


def _remarks(project: Project) -> list[str]:
    """What is not the same in several processes as in one."""
    lines = [line for kind, remark in REMARKS.items() if _has(project, kind) for line in remark]
    return ["", *lines] if lines else []


REMARKS = {
    "dropout": (
        "Each process draws its own dropout: the losses of several differ a little from",
        "those of one.",
    ),
    "batch_norm": (
        "Batch norm takes mean and variance over a process's share of the batch (over the",
        "whole batch on graphics cards): the losses of several differ a little from those of",
        "one.",
    ),
}


def _constants(project: Project) -> Iterator[str]:
    """Settings that only some projects have."""
    names = code_names(project)
    frozen = [f'"{names[block.name]}."' for block in project.chain if not block.moves]
    if len(frozen) > 1:
        yield from ["FROZEN = (", *(f"    {each}," for each in frozen), ")"]
    else:
        yield f"FROZEN = ({''.join(f'{each},' for each in frozen)})"
    if project.training.l1:
        yield f"L1 = {project.training.l1!r}"
    if project.training.clip_norm is not None:
        yield f"CLIP_NORM = {project.training.clip_norm!r}"


def _network(network: Network) -> Pieces:
    """The module: what it holds, what it computes, how it starts."""
    names = code_names(network.project)
    wanted = {source for block in network.project.chain for source in block.sources}
    modules, forward, initialise = [], [], []
    for block, shape in zip(network.project.chain, network.shapes, strict=False):
        name, written = names[block.name], LAYERS[block.kind](block, shape)
        if written.module:
            modules += noted(written.construction(name), block.name + ("" if block.moves else ", frozen"))
        sources = [_kept(names[source]) for source in block.sources]
        output = written.output.format(
            x="x.detach()" if block.cut else "x", self=f"self.{name}", source=" + ".join(sources)
        )
        target = f"x = {_kept(name)} = " if block.name in wanted else "x = "
        forward += noted(target + output, block.name + (", cut" if block.cut else ""))
        for parameter in block.public_shapes(shape):
            initialise.append(_start(f"{name}.{parameter}", block.initializers()[parameter]))
    return {"modules": modules, "forward": forward, "initialise": initialise}


def _kept(name: str) -> str:
    """The output of a block, for a shortcut from it."""
    return name.replace("block", "output")


def _start(key: str, start: Initializer) -> str:
    """How a parameter gets its first values. What goes by fans takes a vector for a column."""
    if start.written:
        return f'        self.{key}.copy_(data["written.{key}"])'
    draw = INITIALIZERS[start.kind](start)
    column = key.endswith(".bias") and start.goes_by_fans
    return "        nn.init." + draw.format(f"self.{key}" + ".view(-1, 1)" * column)


def _training(project: Project) -> Pieces:
    rule = OPTIMIZERS[project.optimizer.kind](project.optimizer)
    given = Words('[{"params": moving(network)}]')
    making = call(
        f"torch.optim.{rule.function}",
        given,
        before="return ",
        indent=4,
        lr=Words("LEARNING_RATE"),
        **rule.arguments,
    )
    cut = any(block.cut for block in project.chain)
    return {
        "loss": [f"    return {LOSSES[project.loss.kind](project.loss)}"],
        "schedule": indented(schedules.factor(project.training.schedule), 4),
        "optimizer": [f"    {making}"],
        "backward": list(_backward(project, cut)),
        "check_backward": indented(_backward_call(cut), 4),
        "unused": ", find_unused_parameters=True" if cut else "",
        "synchronise": indented(SYNCHRONISE, 8) if _has(project, "batch_norm") else [],
        **stops(project, "loss", "training.steps", "self.steps"),
    }


SYNCHRONISE = ['if self.device.type == "cuda":', "    network = nn.SyncBatchNorm.convert_sync_batchnorm(network)"]


def _backward_call(cut: bool) -> list[str]:
    """Where a cut lets nothing through at all, there is no way back."""
    return ["if loss.requires_grad:", "    loss.backward()"] if cut else ["loss.backward()"]


def _backward(project: Project, cut: bool) -> Iterator[str]:
    """From the loss to what the optimizer is given: l1, then clipping."""
    yield from indented(_backward_call(cut), 8)
    if cut:
        yield "        for parameter in self.network.parameters():"
        yield "            if parameter.grad is None:  # nothing passes a cut: it is 0"
        yield "                parameter.grad = torch.zeros_like(parameter)"
    if project.training.l1:
        yield "        for parameter in moving(self.network):"
        yield "            parameter.grad += L1 * parameter.detach().sign()"
    if project.training.clip_norm is not None:
        yield "        nn.utils.clip_grad_norm_(moving(self.network), CLIP_NORM)"


def _judging(project: Project, train: Dataset) -> Pieces:
    if train.classes is None:
        return {"and_accuracy": "", "accuracy": []}
    right = RIGHT.get(project.loss.kind, ONE_HOT_RIGHT)
    lines = [f"right = {right}", 'words += f" accuracy {float(right.double().mean()):.6g}"']
    return {"and_accuracy": " and accuracy", "accuracy": indented(lines, 4)}


def _has(project: Project, kind: str) -> bool:
    return any(block.kind == kind for block in project.chain)
