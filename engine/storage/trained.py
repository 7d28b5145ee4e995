"""The state of a run as arrays: weights under the names and in the shapes of the textbook, the optimizer's memory
under the same names, and what decides batches and noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from engine.batches import BatchesState
from engine.checkpoint import Checkpoint, GrowthState, Watch
from engine.findings import UNITS_NAMED, Finding
from engine.lazy import Array, np
from engine.network import Layout, generators_of, layout
from engine.project import Project, change
from engine.saved import Saved
from engine.storage import tensors
from engine.storage.tensors import HEADER_MOST, Form, Tensors
from engine.strict import MAXIMUM_BLOCKS, MESSAGE_LENGTH, ProjectError

LARGEST = 2**53
Count = Annotated[int, Meta(ge=0, le=LARGEST)]
ORDER, RANDOM, LOSSES = "training/order", "training/random", "training/losses"
EDITED = ("data", "chain", "loss", "optimizer", "training")
"""What of a project decides its run."""
GENERATOR = 6  # numbers that a generator's state takes: two of 128 bits in halves, and what is left of one draw
HALF = 2**64


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole numbers of a run, what was found, and what the project was ``before`` it could not be trained."""

    steps: Count
    updates: Count
    epoch: Count
    position: Count
    evaluate_at: Count
    examine_at: Count
    begin: Count
    mark: Count
    marked: Count
    findings: Annotated[tuple[Finding, ...], Meta(max_length=MAXIMUM_BLOCKS)] = ()
    exploding: Finding | None = None
    before: dict[str, Any] | None = None
    format: Literal[1] = 1


@dataclass(frozen=True)
class Vectors:
    """The flat vectors of a run: parameters, running statistics, and the optimizer's memory by name."""

    parameters: Array
    statistics: Array
    memory: dict[str, Array]

    @classmethod
    def empty(cls, project: Project, place: Layout) -> Vectors:
        """Such as a run of the project has, to be filled."""
        parameters = np.zeros(place.size, project.training.dtype)
        memory = {name: np.zeros_like(parameters) for name in project.optimizer.vectors}
        return cls(parameters, np.zeros(place.statistics_size, parameters.dtype), memory)

    def named(self, place: Layout) -> dict[str, Array]:
        """Views of every piece in the textbook's order: ``"dense_1.weight"``, ``"batch_norm_1.running_mean"`` and, of
        the memory, ``"m/dense_1.weight"``.
        """
        found: dict[str, Array] = {}
        vectors = {"": self.parameters, **{f"{name}/": vector for name, vector in self.memory.items()}}
        for block in place.blocks:
            for name, vector in vectors.items():
                found |= {f"{name}{block.name}.{key}": view for key, view in block.public(vector).items()}
            statistics = block.statistics_views(self.statistics)
            found |= {f"{block.name}.{key}": view for key, view in statistics.items()}
        return found


def packed(saved: Saved) -> bytes:
    """The bytes of a run's state, which has a watch."""
    project, checkpoint = saved.run_of, saved.checkpoint
    assert checkpoint
    assert checkpoint.watch
    growth, batches = checkpoint.watch.growth, checkpoint.batches
    vectors = Vectors(checkpoint.parameters, checkpoint.statistics, checkpoint.vectors)
    generators = [batches.generator, *(checkpoint.generators[name] for name in generators_of(project))]
    losses = (checkpoint.loss_of_epoch, checkpoint.watch.epoch_loss, growth.first_loss, growth.longest, growth.loud)
    arrays = {
        **vectors.named(layout(project)),
        ORDER: batches.order,
        RANDOM: np.array([_numbers(each) for each in generators], np.uint64),
        LOSSES: np.array(losses),
    }
    return tensors.packed(arrays, _state(checkpoint, checkpoint.watch, _before(saved)))


def _state(checkpoint: Checkpoint, watch: Watch, before: dict[str, Any] | None) -> State:
    growth, batches = watch.growth, checkpoint.batches
    return State(
        steps=checkpoint.steps,
        updates=checkpoint.updates,
        epoch=batches.epoch,
        position=batches.position,
        evaluate_at=watch.evaluate_at,
        examine_at=watch.examine_at,
        begin=growth.begin,
        mark=growth.mark,
        marked=growth.marked,
        findings=watch.findings,
        exploding=growth.finding,
        before=before,
    )


def _before(saved: Saved) -> dict[str, Any] | None:
    """What has been edited since the run could go on."""
    if saved.trained is None:
        return None
    then, now = (msgspec.to_builtins(each) for each in (saved.trained, saved.project))
    return {name: then[name] for name in EDITED if then[name] != now[name]}


def project_of(project: Project, start: bytes) -> Project:
    """The project that the run is one of, whose member begins like this. Raises ProjectError."""
    before = Tensors(start, whole=False).state(State).before
    if before is None or not set(before) <= set(EDITED):
        raise ProjectError(f"a chain that cannot be trained has weights only with what it was: {', '.join(EDITED)}.")
    return change(project, **before)


def most(project: Project) -> int:
    """Bytes that the state of a project's run may take at most."""
    return _size(project) + HEADER_MOST + tensors.LENGTH


def unpacked(project: Project, data: bytes, edited: bool = False) -> Checkpoint:
    """The state of a run of the project, whose chain can be trained; ``edited`` where that was found beside it. Raises
    ProjectError for anything else.
    """
    found = Tensors(data)
    if found.size != _size(project):  # before there are arrays for it
        raise ProjectError(f"the chain has {_size(project):,} bytes of weights and state, here are {found.size:,}.")
    state = found.state(State)
    if (state.before is not None) != edited:
        raise ProjectError("there is another project beside the weights, although this one can be trained.")
    vectors, arrays = _filled(project, found)
    _judge(project, state, arrays[ORDER])
    loss_of_epoch, *losses = arrays[LOSSES].tolist()
    shuffle, *drawing = map(_generator, arrays[RANDOM].tolist())
    return Checkpoint(
        state.steps,
        state.updates,
        loss_of_epoch,
        vectors.parameters,
        vectors.statistics,
        vectors.memory,
        BatchesState(shuffle, arrays[ORDER].copy(), state.epoch, state.position),
        dict(zip(generators_of(project), drawing, strict=True)),
        _watch(state, *losses),
    )


def _filled(project: Project, found: Tensors) -> tuple[Vectors, dict[str, Array]]:
    """The vectors with the numbers that were found, and all arrays."""
    place, kind = layout(project), str(project.training.dtype)
    vectors = Vectors.empty(project, place)
    views = vectors.named(place)
    arrays = found.arrays({name: (view.shape, kind) for name, view in views.items()} | _forms(project))
    for name, view in views.items():
        view[...] = arrays[name]
        if not (np.isfinite(view) | (np.isinf(view) & ("/" in name))).all():  # squares of gradients may overflow
            raise ProjectError(f"{name} holds a number that is not finite.")
    return vectors, arrays


def _watch(state: State, epoch_loss: float, first_loss: float, longest: float, loud: float) -> Watch:
    growth = GrowthState(state.begin, state.mark, state.marked, first_loss, longest, loud, state.exploding)
    return Watch(epoch_loss, state.evaluate_at, state.examine_at, state.findings, growth)


def _forms(project: Project) -> dict[str, Form]:
    """The arrays of a state besides weights and their like."""
    samples = project.data.count - project.data.held_out
    generators = 1 + len(generators_of(project))
    return {
        ORDER: ((samples,), "int64"),
        RANDOM: ((generators, GENERATOR), "uint64"),
        LOSSES: ((5,), "float64"),
    }


def _size(project: Project) -> int:
    place, forms = layout(project), _forms(project)
    numbers = place.size * (1 + len(project.optimizer.vectors)) + place.statistics_size
    return numbers * np.dtype(project.training.dtype).itemsize + tensors.size_of(forms)


def _judge(project: Project, state: State, order: Array) -> None:
    """Refuses what no run can have reached."""
    if not np.array_equal(np.sort(order), np.arange(len(order))):
        raise ProjectError(f"{ORDER} must hold each sample number once.")
    if state.position > len(order) or state.updates > state.steps:
        raise ProjectError("its position in the epoch or its number of updates is larger than can be.")
    names = {block.name for block in project.chain}
    for finding in (*state.findings, *([state.exploding] if state.exploding else [])):
        words = (finding.kind, finding.text, finding.short, finding.suggestion)
        numbers = (finding.step, finding.count, finding.of, *finding.units)
        small = all(0 <= number <= LARGEST for number in numbers) and len(finding.units) <= UNITS_NAMED
        if finding.block not in names or not small or not all(map(_is_line, words)):
            raise ProjectError("a finding is not about a block of the chain, or its words or numbers are none.")


def _is_line(word: str) -> bool:
    return word.isprintable() and len(word) <= MESSAGE_LENGTH


def _numbers(state: dict[str, Any]) -> list[int]:
    """The state of a generator as whole numbers of 64 bits."""
    inner = state["state"]
    pairs = (divmod(inner["state"], HALF), divmod(inner["inc"], HALF))
    return [*pairs[0], *pairs[1], state["has_uint32"], state["uinteger"]]


def _generator(numbers: list[int]) -> dict[str, Any]:
    """The state of a generator from its numbers. Raises ProjectError where it can have no such state."""
    high, low, step_high, step_low, held, rest = numbers
    if not step_low % 2 or held > 1 or rest >= 2**32:
        raise ProjectError(f"{RANDOM} holds no state of a generator.")
    inner = {"state": high * HALF + low, "inc": step_high * HALF + step_low}
    return {"bit_generator": "PCG64", "state": inner, "has_uint32": held, "uinteger": rest}
