"""The sentences of the chain-rule panel. They say of which sample or batch a number is, and which way to adjust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gui import numbers
from gui.chain_rule.question import INPUT

if TYPE_CHECKING:
    from engine.explain.compass import Compass
    from gui.chain_rule.answer import Answer, PathShown, Tile

MOST_WRITTEN = 12  # scalars of a product that are written out


def tr(text: str) -> str:
    """A text of the chain-rule panel in the language of the window."""
    return QCoreApplication.translate("ChainRule", text)


def signed(value: float) -> str:
    """A number with its sign, also a positive one."""
    return f"+{numbers.short(value)}" if value > 0 else numbers.short(value)


def headline(answer: Answer) -> str:
    """What is looked at, and the number that was clicked: the mean of the batch."""
    count, what = len(answer.samples), f"∂{top(answer)}/∂{letter(answer)}"
    name = f"{answer.question.name} = {numbers.short(answer.value)}"
    if count == 1:
        return tr("{}  ·  {} at the only sample: {}").format(name, what, signed(answer.mean))
    mean = tr("{}  ·  {}, mean over {} samples: {}")
    return mean.format(name, what, numbers.count(count), signed(answer.mean))


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


def product(tiles: Sequence[Tile], answer: Answer) -> str:
    """The factors in the lecture's order, from the error; as numbers where each is a single one."""
    values = [tile.value for tile in tiles]
    if all(value is not None for value in values) and len(values) <= MOST_WRITTEN:
        written = " × ".join(f"({numbers.short(value)})" for value in values)
        return tr("sample {}: {} = {}").format(answer.sample, written, signed(answer.product))
    written = " × ".join(tile.label for tile in tiles)
    return tr("sample {}: {} = {}").format(answer.sample, written, signed(answer.product))


def one_path(path: PathShown, scalars: Sequence[float], answer: Answer) -> str:
    """One path's product, and what the others add up to."""
    units = "→".join(str(unit) for _, unit in reversed(path.units))
    written = "".join(f"({numbers.short(value)})" for value in scalars) + " = "
    written = written if len(scalars) <= MOST_WRITTEN else ""
    others = answer.path_count - 1
    said = tr("units {}: {}{}").format(units, written, signed(path.value))
    if not others:
        return said
    rest = numbers.plural(others, tr("other path"), tr("other paths"))
    return tr("{};  {}: {}").format(said, rest, signed(answer.product - path.value))


def adjust(compass: Compass, answer: Answer) -> str:
    """Which way to adjust the number, at this sample, and what the whole batch says."""
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


def checks(answer: Answer) -> list[tuple[bool, str]]:
    """Whether the product equals backpropagation and the nudge, each with a sign and how far it is off."""
    found = []
    for text, other, tolerance in (
        (tr("equals backpropagation"), answer.gradient, 1e-9),
        (tr("equals the nudge"), answer.central_difference, 1e-5),
    ):
        off = abs(answer.mean - other) / answer.scale
        holds = off <= tolerance
        said = f"✓ {text}" if holds else tr("✗ not: {}").format(text)
        found.append((holds, f"{said} ({numbers.short(off)})"))
    return found


def about_tile(tile: Tile) -> str:
    """A factor in words: what it is the derivative of, how it is computed, how large it is."""
    lines = [tile.label]
    if tile.formula:
        lines.append(tr("= {}").format(tile.formula))
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
