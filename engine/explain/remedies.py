"""Edits that a diagnosis offers: each is tried with one click and undone like any other.

Which activation to try instead and how weights start well is declared by the layer kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from engine.initializers import INITIALIZERS
from engine.kinds import tag_of
from engine.layers import LAYERS
from engine.layers.layer import Layer
from engine.project import Project, change, insert, layer_kind, replace_block, unique_name
from engine.resolve import Fix, resolve
from engine.strict import MAXIMUM_BLOCKS
from engine.words import spelled

CLIP = 1.0
"""The longest gradient that is offered where a chain explodes though its weights started well."""

SHORTCUTS_PAY = 3
"""From so many bridges on, shortcuts are offered; a chain with fewer has another trouble."""


def replaced(project: Project, names: Sequence[str]) -> Fix | None:
    """Other activations in place of the named ones, with the start that suits them; None where the kind has no
    remedy.
    """
    block, names = project.block(names[0]), sorted(names, key=project.index)
    if not block.remedy:
        return None
    other = layer_kind(block.remedy)
    what = f"the {spelled(len(names))} {block.title} blocks" if len(names) > 1 else names[0]
    before = [project.block(each) for name in names if (each := _weights_before(project, name))]
    odd = any(weights.weight_init.kind != other.start for weights in before)  # type: ignore[union-attr]
    start = f"; the weights before start from {_title_of(other.start)} with the next Reset" if odd else ""
    return Fix(f"replace {what} by {other.title}{start}", partial(_replace, names=tuple(names), kind=block.remedy))


def restarted(project: Project, names: Iterable[str]) -> Fix | None:
    """The weights of the named blocks started as suits the activation after each; None where all are already."""
    starts = {name: _suitable_start(project, name) for name in names}
    odd = {name: start for name, start in starts.items() if start != project.block(name).weight_init.kind}  # type: ignore[union-attr]
    if not odd:
        return None
    what = f"the weights of {_listed(tuple(odd))}"
    kinds = " and ".join(sorted({_title_of(start) for start in odd.values()}))
    return Fix(f"start {what} from {kinds} with the next Reset", partial(_restart, starts=odd))


def clipped(project: Project) -> Fix | None:
    """The gradient cut to a length that no step can explode with; None where it is cut already."""
    if project.training.clip_norm is not None:
        return None
    return Fix(f"clip the gradient to length {CLIP:g}", partial(_clip, norm=CLIP))


def bridged(project: Project, first: str, last: str) -> Fix | None:
    """Shortcuts around every layer of equal shape from block ``first`` to ``last``; None where too few fit."""
    stretches = _stretches(project, project.index(first), project.index(last))
    if len(stretches) < SHORTCUTS_PAY or len(project.chain) + len(stretches) > MAXIMUM_BLOCKS:
        return None
    text = f"add {spelled(len(stretches))} shortcuts, each past a layer of equal width"
    return Fix(text, partial(_bridge, stretches=tuple(stretches)))


def has_start(block: Layer) -> bool:
    """Whether the block's weights start as one of its fields says."""
    return "weight_init" in block.__struct_fields__


def _title_of(initializer: str) -> str:
    return next(kind.title for kind in INITIALIZERS if tag_of(kind) == initializer)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{names[0]} to {names[-1]}"


def _suitable_start(project: Project, name: str) -> str:
    """What the first activation after a block asks for; the usual start where the chain ends or other weights come
    first.
    """
    for block in project.chain[project.index(name) + 1 :]:
        if block.has_slope:
            return block.start
        if has_start(block):
            break
    return Layer.start


def _restart(project: Project, starts: dict[str, str]) -> Project:
    kinds = {tag_of(kind): kind for kind in INITIALIZERS}
    for name, start in starts.items():
        project = replace_block(project, name, change(project.block(name), weight_init=kinds[start]()))
    return project


def _replace(project: Project, names: Sequence[str], kind: str) -> Project:
    """Other activations in the same places; the weights before each start as suits the new kind."""
    layer = layer_kind(kind)
    before = {_weights_before(project, name) for name in names} - {""}
    for name in names:
        fresh = name
        if name.startswith(project.block(name).kind):  # a name that says what the block no longer is
            fresh = unique_name(kind, (block.name for block in project.chain))
        project = replace_block(project, name, layer(name=fresh))
    return _restart(project, {name: _suitable_start(project, name) for name in before})


def _weights_before(project: Project, name: str) -> str:
    for block in reversed(project.chain[: project.index(name)]):
        if has_start(block):
            return block.name
    return ""


def _clip(project: Project, norm: float) -> Project:
    return change(project, training=change(project.training, clip_norm=norm))


def _stretches(project: Project, first: int, last: int) -> list[tuple[str, str]]:
    """(start, end) of every stretch from a block with weights up to the block before the next one, with input and
    output of equal shape and no shortcut yet.
    """
    places = resolve(project).blocks
    starts = [index for index in range(first, last + 1) if has_start(project.chain[index])]
    found = []
    for start, following in zip(starts, [*starts[1:], last], strict=True):
        end = following - 1
        inside = project.chain[start : end + 1]
        even = start > 0 and places[start].input_shape == places[end].output_shape
        if even and start < end and not any(block.bridges for block in inside):
            found.append((project.chain[start].name, project.chain[end].name))
    return found


def _bridge(project: Project, stretches: Sequence[tuple[str, str]]) -> Project:
    """Each shortcut starts from what its stretch takes in, so that the sums make one road."""
    bridge = next(kind for kind in LAYERS if kind.bridges)
    for start, end in stretches:
        source = project.chain[project.index(start) - 1].name
        project = insert(project, project.index(end) + 1, (bridge(source=source),))  # type: ignore[call-arg, arg-type]
    return project
