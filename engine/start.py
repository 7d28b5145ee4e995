"""Ways to go on with other data: with the chain that is there, its ends fitted, or with a new one that suits them."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress

import msgspec

from engine.data.kinds import AnyData
from engine.layers.layer import Layer, Misfit
from engine.losses import LOSSES, AnyLoss
from engine.optimizers import Adam
from engine.project import Project, change, layer_kind
from engine.resolve import Resolved, resolve
from engine.storage import examples

MOST_FIXES = 8
MOST_LETTERS = 120
UNITS, FILTERS = 32, 8
SMALLEST_CONVOLVED = 8  # pixels a side of images that are worth a convolution
MANY, LARGE_BATCH = 20_000, 128  # samples from which on batches are larger


class Way(msgspec.Struct, frozen=True):
    """What would be done, in words, and the project that comes of it. ``works``: it can be trained as soon as the data
    are there.
    """

    text: str
    project: Project
    works: bool
    narrow: bool = False  # less gets through the chain than there is to tell apart


def keep(project: Project, data: AnyData) -> Way:
    """The chain stays; what its ends need for the data is done by the fixes that ``resolve`` offers."""
    made, done = msgspec.structs.replace(project, data=data), []
    if (data.classes is None) != (project.data.classes is None):  # another task: the loss that is usual for it
        made = msgspec.structs.replace(made, loss=_usual_loss(data))
        done.append(f"use {made.loss.title.lower()}")
    for _ in range(MOST_FIXES):
        fixes = [place.fix for place in resolve(made).places if place.problem and place.fix]
        if not fixes:
            break
        done.append(fixes[0].text)
        made = fixes[0].apply(made)
    resolved = resolve(made)
    text = ", ".join(dict.fromkeys(done)) or "it fits as it is"
    works = not any(place.problem for place in resolved.places if place is not resolved.data)
    return Way(text, made, works, _is_narrow(resolved))


def begin(project: Project, data: AnyData) -> Way:
    """A small chain that learns most data of that shape, with the usual loss and Adam."""
    loss = _usual_loss(data)
    (outputs,) = loss.output_shape(data.classes, data.values)
    blocks = _images(data) if len(data.input_shape) == 3 else []
    blocks += [_layer("dense", units=UNITS), _layer("relu"), _layer("dense", units=outputs)]
    batch = LARGE_BATCH if data.count > MANY else Project().training.batch_size
    made = change(
        msgspec.structs.replace(project, chain=(), data=data, loss=loss),
        chain=blocks,
        optimizer=Adam(learning_rate=0.01),
        training=change(project.training, batch_size=batch),
    )
    way = keep(made, data)
    words = [" ".join(filter(None, (block.title, block.summary))) for block in way.project.chain]
    return Way(f"{', '.join(words)}; {way.project.loss.title.lower()}, Adam", way.project, way.works)


def ways(project: Project, data: AnyData) -> tuple[Way, Way]:
    """Both, the kept chain first."""
    return keep(project, data), begin(project, data)


def named(project: Project, name: str) -> Project:
    """The project under the name of its data, where it still bears that of an example; the notes, which tell of other
    data, go.
    """
    if project.name != Project().name and all(project.name != example.title for example in examples()):
        return project
    kept = "".join(sign for sign in name if sign.isprintable()).strip()[:MOST_LETTERS]
    return msgspec.structs.replace(project, name=kept or Project().name, notes="")


def _usual_loss(data: AnyData) -> AnyLoss:
    """Of the usual losses for such targets the one that needs the fewest outputs."""
    found: dict[AnyLoss, int] = {}
    for kind in reversed(LOSSES):
        if kind.usual:
            with suppress(Misfit):
                found[kind()] = math.prod(kind().output_shape(data.classes, data.values))  # type: ignore[index]
    return min(found, key=found.__getitem__)


def _images(data: AnyData) -> list[Layer]:
    """From images to rows."""
    if min(data.input_shape[1:]) < SMALLEST_CONVOLVED:
        return [_layer("flatten")]
    return [_layer("conv2d", filters=FILTERS), _layer("relu"), _layer("max_pool2d"), _layer("flatten")]


def _layer(kind: str, **fields: object) -> Layer:
    make: Callable[..., Layer] = layer_kind(kind)
    return make(**fields)


def _is_narrow(resolved: Resolved) -> bool:
    """Whether some block lets fewer numbers through than there are inputs, and outputs to tell apart."""
    sizes = [math.prod(block.output_shape) for block in resolved.blocks[:-1] if block.output_shape]
    wanted = min(math.prod(resolved.data.input_shape), max(2, *resolved.data.target_shape))
    return min(sizes, default=wanted) < wanted
