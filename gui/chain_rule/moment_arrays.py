"""What a moment of a step shows: its arrays with their titles, the numbers that can be chosen in them, and its tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from engine.explain.sweep import rms
from engine.explain.terms import strongest
from engine.lazy import Array, np
from gui import numbers
from gui.canvas.tag_item import Tag
from gui.chain_rule.mode import tr
from gui.chain_rule.timeline import ROLES

if TYPE_CHECKING:
    from engine.explain.moments import Moment
    from engine.explain.transcript import Transcript

UNIT = ""
"""In place of a parameter's name: the number is a value of a unit, at one sample."""

LETTERS = {"weight": "W", "bias": "b"}


class Number(msgspec.Struct, frozen=True):
    """Which number is looked at: a parameter's entry, or a unit's value (``parameter`` is ``UNIT``)."""

    parameter: str
    index: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Shown:
    """One array of a moment. Those with the same ``parameter`` are indexed alike; None: nothing is chosen in it.
    ``reused_by`` are the blocks whose weight gradients it is a factor of.
    """

    title: str
    array: Array
    parameter: str | None = None
    batch: bool = True  # its first axis is the samples
    reused_by: tuple[str, ...] = ()


def shown(moment: Moment, transcript: Transcript) -> tuple[Shown, ...]:
    """The arrays of a moment, in the order in which one follows from the other."""
    made: list[Shown] = {"forward": _forward, "loss": _loss, "backward": _backward, "update": _update}[moment.phase](
        moment, transcript
    )
    return tuple(made)


def _forward(moment: Moment, transcript: Transcript) -> list[Shown]:
    alike = UNIT if moment.slope is not None else None
    return [
        *_values((tr("input x"), moment.input, alike)),
        *(Shown(LETTERS.get(name, name), array, None, batch=False) for name, array in moment.weights.items()),
        *_values((tr("output y"), moment.output, UNIT), (tr("slope ∂y/∂x"), moment.slope, UNIT)),
    ]


def _loss(moment: Moment, transcript: Transcript) -> list[Shown]:
    reused = transcript.reuses(transcript.project.chain[-1].name)
    assert moment.delta_out is not None
    return [
        *_values((tr("output y"), moment.input, UNIT)),
        Shown(tr("so far: ∂E/∂y"), moment.delta_out, UNIT, reused_by=reused),
    ]


def _backward(moment: Moment, transcript: Transcript) -> list[Shown]:
    alike = UNIT if moment.slope is not None else None
    assert moment.delta_out is not None
    assert moment.delta_in is not None
    return [
        Shown(tr("so far: ∂E/∂y"), moment.delta_out, alike, reused_by=transcript.reuses(moment.block)),
        *_values((tr("slope ∂y/∂x"), moment.slope, UNIT), (tr("input x"), moment.input, UNIT)),
        *(
            Shown(f"∂E/∂{LETTERS.get(name, name)}", array, name, batch=False)
            for name, array in moment.weight_gradient.items()
        ),
        Shown(tr("handed on: ∂E/∂x"), moment.delta_in, UNIT, reused_by=_reused_before(moment.block, transcript)),
    ]


def _update(moment: Any, transcript: Transcript) -> list[Shown]:
    found = []
    for name, before in moment.weights.items():
        letter = LETTERS.get(name, name)
        for title, array in (
            (tr("{} before"), before),
            ("∂E/∂{}", moment.weight_gradient[name]),
            (tr("added to {}"), moment.change[name]),
            (tr("{} after"), moment.weights_after[name]),
        ):
            found.append(Shown(title.format(letter), array, name, batch=False))
    return found


def _values(*given: tuple[str, Array | None, str | None]) -> list[Shown]:
    return [Shown(title, array, parameter) for title, array, parameter in given if array is not None]


def _reused_before(block: str, transcript: Transcript) -> tuple[str, ...]:
    """The blocks whose weight gradients contain what a block hands on."""
    chain, place = transcript.project.chain, transcript.project.index(block)
    return transcript.reuses(chain[place - 1].name) if place and not chain[place].cut else ()


def choices(arrays: tuple[Shown, ...]) -> dict[str, tuple[int, ...]]:
    """What can be chosen in a moment: the parameters and units, each with the shape of its index."""
    found: dict[str, tuple[int, ...]] = {}
    for each in arrays:
        if each.parameter is not None:
            found[each.parameter] = each.array.shape[1:] if each.batch else each.array.shape
    return found


def strongest_number(arrays: tuple[Shown, ...]) -> tuple[Number, int]:
    """What is looked at before anybody has chosen, and at which sample: the largest number of the last array that can
    be chosen from and is not all zeros.
    """
    able = [each for each in arrays if each.parameter is not None]
    last = next((each for each in reversed(able) if each.array.any()), able[-1])
    index = strongest(last.array)
    assert last.parameter is not None
    return (Number(last.parameter, index[1:]), index[0]) if last.batch else (Number(last.parameter, index), 0)


def facts(arrays: tuple[Shown, ...], number: Number, sample: int) -> list[tuple[str, float, float | None]]:
    """Everything known of one number: title, value, and for a unit's value at a sample the mean over the batch."""
    found: list[tuple[str, float, float | None]] = []
    for each in arrays:
        if each.parameter != number.parameter:
            continue
        if each.batch:
            whole: Any = (slice(None), *number.index)
            values = each.array[whole]
            found.append((each.title, float(values[sample]), float(values.mean())))
        else:
            found.append((each.title, float(each.array[number.index]), None))
    return found


def tag(moment: Any, transcript: Transcript) -> Tag:
    """What hangs on the block meanwhile: two lines."""
    return Tag(_lines(moment, transcript), role=ROLES[moment.phase])


def _lines(moment: Any, transcript: Transcript) -> tuple[tuple[str, str], ...]:
    if moment.phase == "forward":
        pairs = [_mean(tr("mean |x|"), moment.input), _mean(tr("mean |y|"), moment.output)]
    elif moment.phase == "loss":
        pairs = [(tr("E"), transcript.loss), (tr("∂E/∂y"), _largest(moment.delta_out))]
    elif moment.phase == "update":
        pairs = [(tr("change"), _largest(np.concatenate([each.ravel() for each in moment.change.values()])))]
        pairs.append((tr("rms ∂E/∂w"), rms(np.concatenate([g.ravel() for g in moment.weight_gradient.values()]))))
    elif moment.slope is not None:
        place = strongest(moment.delta_in)
        pairs = [(tr("error"), moment.delta_out[place]), (tr("× slope"), moment.slope[place])]
    else:
        pairs = [_mean(tr("error in"), moment.delta_out), _mean(tr("error out"), moment.delta_in)]
    return tuple((name, numbers.short(float(value))) for name, value in pairs)


def _mean(name: str, array: Array) -> tuple[str, float]:
    return name, float(np.abs(array).mean())


def _largest(array: Array) -> float:
    return float(array[strongest(array)])
