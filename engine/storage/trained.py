"""The state of a run as arrays: weights under the names and in the shapes of the textbook, the optimizer's memory
under the same names, and what decides batches and noise.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def packed(saved: Saved) -> bytes:
    """The bytes of a run's state, which has a watch."""
    project, checkpoint = saved.run_of, saved.checkpoint
    assert checkpoint
    assert checkpoint.watch
    place, batches, watch = layout(project), checkpoint.batches, checkpoint.watch
    growth = watch.growth
    vectors = {"": checkpoint.parameters, **{f"{name}/": each for name, each in checkpoint.vectors.items()}}
    arrays = {key: view for before, each in vectors.items() for key, view in _named(place, before, each)}
    arrays |= dict(_statistics(place, checkpoint.statistics))
    generators = [batches.generator, *(checkpoint.generators[name] for name in generators_of(project))]
    arrays[RANDOM] = np.array([_numbers(each) for each in generators], np.uint64)
    arrays[ORDER] = batches.order
    arrays[LOSSES] = np.array(
        [checkpoint.loss_of_epoch, watch.epoch_loss, growth.first_loss, growth.longest, growth.loud]
    )
    state = State(
        checkpoint.steps,
        checkpoint.updates,
        batches.epoch,
        batches.position,
        watch.evaluate_at,
        watch.examine_at,
        growth.begin,
        growth.mark,
        growth.marked,
        watch.findings,
        growth.finding,
        _before(saved),
    )
    return tensors.packed(arrays, state)


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
    place, state = layout(project), found.state(State)
    if (state.before is not None) != edited:
        raise ProjectError("there is another project beside the weights, although this one can be trained.")
    kind = project.training.dtype
    parameters, statistics = np.zeros(place.size, kind), np.zeros(place.statistics_size, kind)
    vectors = {name: np.zeros_like(parameters) for name in project.optimizer.vectors}
    views = dict(_named(place, "", parameters)) | dict(_statistics(place, statistics))
    views |= {key: view for name, each in vectors.items() for key, view in _named(place, f"{name}/", each)}
    arrays = found.arrays({name: (view.shape, str(kind)) for name, view in views.items()} | _forms(project))
    for name, view in views.items():
        view[...] = arrays[name]
        if not (np.isfinite(view) | (np.isinf(view) & ("/" in name))).all():  # squares of gradients may overflow
            raise ProjectError(f"{name} holds a number that is not finite.")
    _judge(project, state, arrays[ORDER])
    loss_of_epoch, epoch_loss, first_loss, longest, loud = arrays[LOSSES].tolist()
    growth = GrowthState(state.begin, state.mark, state.marked, first_loss, longest, loud, state.exploding)
    watch = Watch(epoch_loss, state.evaluate_at, state.examine_at, state.findings, growth)
    shuffle, *drawing = map(_generator, arrays[RANDOM].tolist())
    batches = BatchesState(shuffle, arrays[ORDER].copy(), state.epoch, state.position)
    generators = dict(zip(generators_of(project), drawing, strict=True))
    return Checkpoint(
        state.steps, state.updates, loss_of_epoch, parameters, statistics, vectors, batches, generators, watch
    )


def _named(place: Layout, before: str, vector: Array) -> Iterator[tuple[str, Array]]:
    """The parameters' pieces of a vector, as views in the textbook's order, by ``"dense_1.weight"``."""
    for block in place.blocks:
        for name, view in block.public(vector).items():
            yield f"{before}{block.name}.{name}", view


def _statistics(place: Layout, vector: Array) -> Iterator[tuple[str, Array]]:
    for block in place.blocks:
        for name, view in block.statistics_views(vector).items():
            yield f"{block.name}.{name}", view


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
