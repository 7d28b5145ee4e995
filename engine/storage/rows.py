"""Rows of a large table as arrays, so that the text of its project stays small enough to be read by a person."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from engine.data.own import Table
from engine.lazy import Array, np
from engine.project import Project
from engine.storage import tensors
from engine.storage.tensors import Form, Tensors
from engine.strict import ProjectError

FROM = 10_000
"""Numbers from which on a table is kept beside the text."""
MEMBER = "data/table.safetensors"
"""Where they are; in the text, this stands in the place of inputs and targets."""
FIELDS = ("inputs", "targets")
LARGEST_WHOLE = 2**53  # up to here, a whole number is the same in double precision
MOST_CLASSES = 10_000
INPUTS, TARGETS, WHOLE = "inputs", "targets", "/whole"

Rows = Annotated[int, Meta(ge=1, le=100_000)]


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many rows there are, how wide those of the inputs and of the targets (0: single values), and the classes
    that targets of a classification are the numbers of.
    """

    rows: Rows
    width: Annotated[int, Meta(ge=1, le=2**24)]
    target_width: Annotated[int, Meta(ge=0, le=2**24)] = 0
    classes: Annotated[tuple[int | float | str, ...], Meta(max_length=MOST_CLASSES)] = ()
    format: Literal[1] = 1


def packed(project: Project) -> bytes | None:
    """The bytes of a project's table; None where it is small, or cannot be kept exactly: it then stays in the text."""
    table = project.data
    if not isinstance(table, Table) or len(table.inputs) * (len(table.inputs[0]) + 1) < FROM:
        return None
    first, classes = table.targets[0], _classes(table)
    width = len(first) if isinstance(first, tuple) else 0
    numbers: list[object] = [value for row in table.inputs for value in row]
    if not classes:
        numbers += [value for each in table.targets for value in (each if isinstance(each, tuple) else (each,))]
    if len(classes) > MOST_CLASSES or not all(isinstance(each, float) or _is_exact(each) for each in numbers):
        return None
    rows = len(table.inputs)
    arrays = _split(INPUTS, (rows, len(table.inputs[0])), table.inputs)
    if classes:
        numbered = {_key(value): number for number, value in enumerate(classes)}
        arrays[TARGETS] = np.array([numbered[_key(each)] for each in table.targets], np.int64)
    else:
        arrays |= _split(TARGETS, (rows, width) if width else (rows,), table.targets)
    return tensors.packed(arrays, State(rows, len(table.inputs[0]), width, classes))


def unpacked(data: bytes) -> dict[str, Any]:
    """Inputs and targets as they stand in a project's text. Raises ProjectError."""
    found = Tensors(data)
    state = found.state(State)
    targets = (state.rows, state.target_width) if state.target_width else (state.rows,)
    forms = _forms(INPUTS, (state.rows, state.width))
    forms |= {TARGETS: (targets, "int64")} if state.classes else _forms(TARGETS, targets)
    arrays = found.arrays(forms)
    if not state.classes:
        return {INPUTS: _joined(INPUTS, arrays), TARGETS: _joined(TARGETS, arrays)}
    numbers = arrays[TARGETS]
    if numbers.ndim != 1 or numbers.min() < 0 or numbers.max() >= len(state.classes):
        raise ProjectError(f"{TARGETS} must be numbers of its {len(state.classes)} classes.")
    return {INPUTS: _joined(INPUTS, arrays), TARGETS: [state.classes[number] for number in numbers.tolist()]}


def _classes(table: Table) -> tuple[Any, ...]:
    """The different targets of a classification, in the order in which they come: 1, 1.0 and "1" are three."""
    found = {_key(each): each for each in table.targets} if table.task == "classification" else {}
    return tuple(found.values())


def _key(value: object) -> tuple[type, str]:
    return type(value), repr(value)


def _is_exact(value: Any) -> bool:
    return isinstance(value, int) and abs(value) <= LARGEST_WHOLE


def _forms(name: str, shape: tuple[int, ...]) -> dict[str, Form]:
    return {name: (shape, "float64"), name + WHOLE: (shape, "bool")}


def _split(name: str, shape: tuple[int, ...], rows: Sequence[Any]) -> dict[str, Array]:
    """Numbers in double precision, and which of them are written as whole ones."""
    flat: Iterable[Any] = rows if len(shape) == 1 else (value for row in rows for value in row)
    numbers = list(flat)
    whole = np.array([isinstance(value, int) for value in numbers])
    return {name: np.array(numbers, float).reshape(shape), name + WHOLE: whole.reshape(shape)}


def _joined(name: str, arrays: dict[str, Array]) -> list[Any]:
    """The numbers as they were written, whole ones without a point."""
    numbers, whole = arrays[name], arrays[name + WHOLE]
    exact = numbers[whole]
    if not np.isfinite(numbers).all() or (exact != np.trunc(exact)).any() or (abs(exact) > LARGEST_WHOLE).any():
        raise ProjectError(f"{name} must be finite, and whole where it is said.")
    marked = zip(numbers.reshape(-1).tolist(), whole.reshape(-1).tolist(), strict=True)
    flat = [int(value) if is_whole else value for value, is_whole in marked]
    if numbers.ndim == 1:
        return flat
    width = math.prod(numbers.shape[1:])
    return [flat[start : start + width] for start in range(0, len(flat), width)]
