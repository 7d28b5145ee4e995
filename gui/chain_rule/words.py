"""The sentences of the chain-rule panel. They say of which sample or batch a number is, and which way to adjust."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gui import numbers
from gui.chain_rule.question import INPUT, LOSS

if TYPE_CHECKING:
    from engine.explain.compass import Compass
    from gui.chain_rule.answer import Answer, PathShown, Stop, Tile

MOST_LABELS = 5  # factors of a product that are named
FEW = 3  # of them that are named where there is little room, without counting all
MOST_WRITTEN = 12  # scalars of a product that are written out
NUDGE_TOLERANCE = 1e-5  # of the chain's largest derivative


def tr(text: str) -> str:
    """A text of the chain-rule panel in the language of the window."""
    return QCoreApplication.translate("ChainRule", text)


def signed(value: float) -> str:
    """A number with its sign, also a positive one."""
    return f"+{numbers.short(value)}" if value > 0 else numbers.short(value)


def headline(answer: Answer) -> str:
    """What is looked at, and the number that was clicked: the mean of the batch."""
    count, what = len(answer.samples), f"∂{top(answer)}/∂{letter(answer)}"
    name = answer.question.name
    if count == 1:
        return tr("{}:  {} = {} at the only sample").format(name, what, signed(answer.mean))
    mean = tr("{}:  mean {} = {} over {} samples")
    return mean.format(name, what, signed(answer.mean), numbers.count(count))


def letter(answer: Answer) -> str:
    """What the number is called in a formula: w, b or x."""
    name = answer.question.parameter.rpartition(".")[2]
    return {"bias": "b", INPUT: "x"}.get(name, "w")


def thing(answer: Answer) -> str:
    """What the number is called in a sentence."""
    names = {"b": tr("this bias"), "x": tr("this input"), "w": tr("this weight")}
    return names[letter(answer)]


def top(answer: Answer) -> str:
    """Whose derivative it is, in a formula."""
    return "E" if answer.question.of is None else answer.one.of


def whose(answer: Answer) -> str:
    """The same in a sentence."""
    return tr("this sample’s error") if answer.question.of is None else top(answer)


def result(answer: Answer) -> str:
    """The derivative of the sample, as an equation."""
    return f"∂{top(answer)}/∂{letter(answer)} = {signed(answer.product)}"


def product(tiles: Sequence[Tile], answer: Answer, most: int = MOST_WRITTEN) -> str:
    """The factors in the lecture's order, from the error, at most so many; as numbers where each is a single one."""
    numbered = all(tile.value is not None for tile in tiles)
    parts = in_brackets([tile.value or 0.0 for tile in tiles]) if numbered else [tile.label for tile in tiles]
    most = most if numbered else min(most, MOST_LABELS)
    written = " × ".join(_ends(parts, most))
    if len(parts) > most > FEW:
        written = tr("{} ({} factors)").format(written, len(parts))
    return tr("sample {}: {} = {}").format(answer.sample, written, signed(answer.product))


def one_path(path: PathShown, scalars: Sequence[float], answer: Answer, most: int = MOST_WRITTEN) -> str:
    """One path's product, of at most so many numbers, and what the others add up to."""
    written = f"{''.join(in_brackets(scalars))} = " if len(scalars) <= most else ""
    others = answer.path_count - 1
    said = tr("units {}: {}{}").format("".join(_ends(units(path), most)), written, signed(path.value))
    if not others:
        return said
    rest = tr("1 other path") if others == 1 else tr("{} other paths").format(many(others))
    return tr("{};  {}: {}").format(said, rest, signed(answer.product - path.value))


def _ends(parts: Sequence[str], most: int) -> list[str]:
    """The parts, in the middle dots for what is beyond so many."""
    return list(parts) if len(parts) <= most else [*parts[: most - 1], "…", parts[-1]]


def units(path: PathShown) -> list[str]:
    """The units where a path chooses its way, from the number to the error, each with the arrow that leads there; a
    hook leaps by a shortcut.
    """
    passed = [stop for stop in reversed(path.stops) if stop.choice or stop.leapt]
    arrows = ["", *("↪" if stop.leapt else "→" for stop in passed[1:])]
    return [f"{arrow}{stop.unit}" for arrow, stop in zip(arrows, passed, strict=True)]


def in_brackets(scalars: Sequence[float]) -> list[str]:
    """``(−0.310)``, ``(0.700)``: what is to be written side by side as a product."""
    return [f"({numbers.short(value)})" for value in scalars]


def many(count: int) -> str:
    """A whole number of any size: ``4,096``, ``8.5e34``."""
    if count < 10**9:
        return numbers.count(count)
    digits = math.log10(count)
    return f"{10 ** (digits % 1):.1f}e{int(digits)}"


def percent(share: float) -> str:
    """A share: ``41 %``, ``2.3 %``."""
    if not 0 <= share <= 1:
        return "–"
    if 0 < share < 1e-4:
        return "< 0.01 %"
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:#.2g} %"


def all_paths(answer: Answer) -> str:
    """How many paths there are, what those listed add up to, and whether paths cancel."""
    if not answer.paths:
        return tr("No path leads from {} to {}.").format(answer.question.name, top(answer))
    if answer.path_count == 1:
        why = tr("There is only one path: every layer is one unit wide.")
        return why if answer.paths[0].narrow else tr("There is only one path.")
    listed = signed(answer.product - answer.rest)
    if answer.path_count == len(answer.paths):
        whole = tr("Both paths") if answer.path_count == 2 else tr("All {} paths").format(answer.path_count)
        said = tr("{} add up to {}.").format(whole, listed)
    else:
        text = tr("{} of {} paths shown: {}; the others add up to {}.")
        said = text.format(len(answer.paths), many(answer.path_count), listed, signed(answer.rest))
    return " ".join(filter(None, (said, cancelling(answer))))


def cancelling(answer: Answer) -> str:
    """Which two strong paths nearly cancel, or how much of all does; empty where it is less than half."""
    pair, total = answer.one.cancelling, answer.one.path_total
    if pair is not None:
        return tr("{} and {} nearly cancel.").format(*(signed(path.value) for path in pair))
    if abs(answer.product) < total / 2:
        return tr("Most cancels: without their signs the paths add up to {}.").format(numbers.short(total))
    return ""


def way(path: PathShown) -> str:
    """The same units with their blocks, a line each; what a shortcut leads past is named."""
    lines = []
    for stop in reversed(path.stops):
        past = tr(", by the shortcut past {}").format(", ".join(stop.leapt)) if stop.leapt else ""
        lines.append(unit(stop) + past)
    return "\n".join(lines)


Products = Sequence[tuple[float, float]]
"""(delta, local derivative), as explanations give them."""


def cell(answer: Answer, parameter: str, index: tuple[int, ...], mean: float, parts: Products) -> str:
    """What stands in a cell of the layer panel, with the formula and its numbers: the mean, one sample's product."""
    block, _, name = parameter.rpartition(".")
    sign = "b" if name == "bias" else "W"
    what = f"{block}  ∂{top(answer)}/∂{sign}[{', '.join(map(str, index))}]"
    local = "" if name == "bias" else tr(" × activation")
    said = tr("{}: mean over {} samples of δ{} = {}").format(
        what, numbers.count(len(answer.samples)), local if len(parts) < 2 else tr(" × what it touches"), signed(mean)
    )
    if len(parts) == 1:
        delta, activation = parts[0]
        written = f"{numbers.short(delta)} × {numbers.short(activation)}"
        return tr("{};  sample {}: {} = {}").format(said, answer.sample, written, signed(delta * activation))
    total = sum(delta * each for delta, each in parts)
    return tr("{};  sample {}: {} products add up to {}").format(said, answer.sample, len(parts), signed(total))


def adjust(compass: Compass, answer: Answer) -> str:
    """Which way to adjust the number, at this sample, and what the whole batch says."""
    if on_purpose(answer):
        return tr("No gradient passes the cut, so training sees 0; nudging {} still changes the error.").format(
            thing(answer)
        )
    step = numbers.tick(compass.step)
    said = tr("Raising {} by {} changes {} by about {}").format(
        thing(answer), step, whose(answer), signed(compass.of_sample)
    )
    said += f": {_towards(compass.of_sample, thing(answer))}."
    if len(answer.samples) > 1:
        batch = tr("The whole batch says: {} ({} per {}).")
        said += " " + batch.format(_direction(compass.of_batch), signed(compass.of_batch), step)
    return said


def moved(compass: Compass, optimizer: str) -> str:
    """What the step does with the number, and why; empty for an input."""
    if compass.frozen:
        return tr("Its block is frozen: training does not move it.")
    if compass.moved is None:
        return tr("Press Step to see where {} moves it.").format(optimizer)
    said = tr("{} moved it by {}").format(optimizer, signed(compass.moved))
    if compass.moved == 0:
        return said + "."
    return f"{said}: {tr('against the batch’s gradient') if compass.follows else tr('earlier steps weigh more here')}."


def training_differs(answer: Answer) -> str:
    """Says that the explanation is in evaluation mode, where training computed another number."""
    if not answer.differs_in_training or answer.trained is None or answer.broken:
        return ""
    text = tr("All this with dropout off and batch norm as in evaluation; the step itself, in training, computed {}.")
    return text.format(signed(answer.trained))


def checks(answer: Answer) -> list[tuple[bool, str]]:
    """Whether the product equals backpropagation, as the run does it, and the nudge: a sign, and how far off. The nudge
    is left out where it differs on purpose.
    """
    found = []
    for text, other, tolerance in (
        (tr("backpropagation"), answer.gradient, 1e-9),
        (tr("the nudge"), answer.central_difference, NUDGE_TOLERANCE),
    ):
        off = abs(answer.mean - other) / answer.scale
        holds = off <= tolerance
        said = tr("✗ does not equal {}").format(text)
        if answer.broken and other is answer.gradient:
            said = tr("✗ backpropagation of {} is broken on purpose").format(", ".join(answer.broken))
        far = tr("{}: off by {} of the largest gradient").format(said, numbers.short(off))
        found.append((holds, tr("✓ equals {} ({})").format(text, numbers.short(off)) if holds else far))
    return found[:1] if on_purpose(answer) else found


def on_purpose(answer: Answer) -> str:
    """Why the nudge differs from the product where it is meant to; empty where it is not."""
    if abs(answer.mean - answer.central_difference) <= NUDGE_TOLERANCE * answer.scale:
        return ""
    names = cuts(answer)
    if not names:
        return tr("The nudge is at a kink: {}").format(answer.kink) if answer.kink else ""
    said = tr("The gradient is cut before {}: the nudge passes there, the product does not")
    return said.format(", ".join(names))


def cuts(answer: Answer) -> list[str]:
    """The blocks between the number and what is asked of that let no gradient pass back."""
    chain, question = answer.inquiry.snapshot.project.chain, answer.question
    names = [block.name for block in chain]
    first = names.index(question.block) if question.block else -1
    last = names.index(question.of[0]) if question.of else len(names) - 1
    return [block.name for block in chain[first + 1 : last + 1] if block.cut]


def about_tile(tile: Tile, path: PathShown | None = None, number: str = "w") -> str:
    """A factor in words: what it is the derivative of, how it is computed, how large it is; on one path between which
    units. ``number`` is the letter of what is asked about.
    """
    lines = [tile.label]
    if tile.formula:
        lines.append(tr("= {}").format(tile.formula))
    if path is not None:
        return "\n".join((*lines, *_on_path(tile, path, number)))
    if tile.value is not None:
        lines.append(tr("value {}").format(numbers.full(tile.value)))
    else:
        lines.append(tr("{} numbers, norm {}").format(numbers.shape(tile.shape), numbers.short(tile.norm)))
    so_far = tile.so_far
    if len(so_far) == 1:
        lines.append(tr("product so far, from the error: {}").format(numbers.full(float(so_far[0]))))
    else:
        lines.append(tr("product so far, from the error: a row of {} numbers").format(len(so_far)))
    return "\n".join(lines)


def _on_path(tile: Tile, path: PathShown, number: str) -> list[str]:
    """Between which units the path goes here, its number there, and what it goes past."""
    from gui.chain_rule.answer import along

    ends = [*(["E"] if path.blocks[0] == LOSS else []), *map(unit, path.stops), number]
    steps = [place for place, block in enumerate(path.blocks) if block in tile.blocks]
    said = tr("on this path ∂{}/∂{}: {}")
    lines = [said.format(ends[steps[0]], ends[steps[-1] + 1], numbers.full(along(path, [tile])[0]))] if steps else []
    if past := bridged(tile, path):
        lines.append(tr("by the shortcut, past {}").format(", ".join(past)))
    return lines


def bridged(tile: Tile, path: PathShown) -> list[str]:
    """The blocks of a tile that a shortcut leads the path past."""
    return [block for stop in path.stops for block in stop.leapt if block in tile.blocks]


def unit(stop: Stop) -> str:
    """A block's unit, ``dense_1[3]``."""
    return f"{stop.block}[{', '.join(map(str, stop.place))}]"


def _towards(change: float, what: str) -> str:
    """How to lower the error at this sample."""
    if change == 0:
        return tr("it does not matter here")
    return (tr("to lower it, lower {}") if change > 0 else tr("to lower it, raise {}")).format(
        what.replace("this", "the")
    )


def _direction(change: float) -> str:
    if change == 0:
        return tr("it does not matter")
    return tr("lower it") if change > 0 else tr("raise it")
