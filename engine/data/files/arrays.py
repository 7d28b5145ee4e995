"""Numpy arrays in files: the header is read by rules of its own, so that nothing in it can be executed."""

from __future__ import annotations

import ast
import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from engine.data.files.preview import PICTURES, Preview, are_classes, column_of, proposed_scaling, with_roles
from engine.data.files.raw import Raw
from engine.data.files.samples import from_arrays
from engine.data.files.source import MOST_NUMBERS, MOST_UNPACKED, Watch, heedless, opened, size_of, tell
from engine.data.files.text import MOST_COLUMNS
from engine.data.formats import NpyFormat, NpzFormat
from engine.data.samples import Samples
from engine.layers.layer import Shape
from engine.lazy import Array
from engine.strict import ProjectError

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000
PLAIN = re.compile(r"[<>|=]?[biuf][1248]")  # whole numbers, floats and truth values; no objects, no text
MOST_MEMBERS = 1000
SHOWN, SEEN = 30, 20_000  # rows
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError, OverflowError)
PAIRS = (
    ("x_train", "y_train"), ("x", "y"), ("inputs", "targets"), ("input", "target"), ("data", "target"),
    ("data", "labels"), ("images", "labels"), ("features", "labels"), ("train_images", "train_labels"),
)  # fmt: skip


class _Header:
    """What an array's header says."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        start = file.read(8)
        if start[:6] != MAGIC or start[6:] not in (b"\1\0", b"\2\0"):
            raise ProjectError(f"{name} is no numpy array: it does not begin as one.")
        wide = 2 if start[6] == 1 else 4
        length = int.from_bytes(file.read(wide), "little")
        text = file.read(min(length, LONGEST_HEADER))
        if length > LONGEST_HEADER or len(text) < length:
            raise ProjectError(f"{name}: the header of the array is cut off or too long.")
        self.size = 8 + wide + length
        self.kind, self.fortran, self.shape = _parsed(text, name)
        self.bytes = math.prod(self.shape) * self.kind.itemsize
        if math.prod(self.shape) > MOST_NUMBERS:
            raise ProjectError(f"{name} holds {math.prod(self.shape):,} numbers, more than {MOST_NUMBERS:,}.")


def _parsed(text: bytes, name: str) -> tuple[np.dtype, bool, Shape]:
    try:
        found = ast.literal_eval(text.decode("latin-1").strip())
        kind, fortran, shape = found["descr"], found["fortran_order"], found["shape"]
    except (SyntaxError, ValueError, TypeError, KeyError, RecursionError, MemoryError):
        raise ProjectError(f"{name}: the header of the array cannot be read.") from None
    if not isinstance(kind, str) or not PLAIN.fullmatch(kind):
        raise ProjectError(f"{name} holds {str(kind)[:40]!r}; only plain numbers are read.")
    axes = shape if isinstance(shape, tuple) else ()
    if not 1 <= len(axes) <= 4 or not all(type(each) is int and each > 0 for each in axes):
        raise ProjectError(f"{name} has the shape {str(shape)[:60]}; expected one to four axes, none of them empty.")
    try:
        return np.dtype(kind), bool(fortran), axes
    except TypeError:
        raise ProjectError(f"{name} holds {kind!r}, which is no kind of number.") from None


def _array(file: IO[bytes], name: str, size: int) -> Array:
    """The array in a file of that many bytes. The size is judged before anything is allocated."""
    header = _Header(file, name)
    if header.size + header.bytes != size:
        raise ProjectError(f"{name} holds {size:,} bytes, its header says {header.size + header.bytes:,}.")
    content = file.read(header.bytes)
    if len(content) < header.bytes:
        raise ProjectError(f"{name} ends after {len(content):,} of {header.bytes:,} bytes.")
    return np.frombuffer(content, header.kind).reshape(header.shape, order="F" if header.fortran else "C")


def look_npy(path: Path) -> Preview:
    """An array of rows and columns, shown as a table."""
    rows = _rows(path)
    seen = rows.numbers[:SEEN]
    columns = with_roles([column_of(name, seen[:, place]) for place, name in enumerate(rows.names)])
    form = NpyFormat(
        tuple(place for place, column in enumerate(columns) if column.role == "input"),
        tuple(place for place, column in enumerate(columns) if column.role == "target"),
    )
    shown = tuple(tuple(f"{value:.6g}" for value in row) for row in seen[:SHOWN])
    target = next((column for column in columns if column.role == "target"), columns[-1])
    count = len(rows.numbers)
    return Preview(
        path, form, count, True, columns, shown, classes=are_classes(target), scaling=proposed_scaling(columns)
    )


def read_npy(path: Path, watch: Watch = heedless) -> Raw:
    """All rows of an array (N, columns)."""
    tell(watch, 0.0)
    return _rows(path)


def _rows(path: Path) -> Raw:
    with opened(path) as file:
        array = _array(file, path.name, size_of(path))
    if array.ndim != 2 or not 2 <= array.shape[1] <= MOST_COLUMNS:
        raise ProjectError(
            f"{path.name} has the shape {array.shape}; expected rows and columns, at least one input and one target "
            "(images and their labels go into one .npz file)."
        )
    names = tuple(f"x{place}" for place in range(1, array.shape[1] + 1))
    numbers = array.astype(float)
    if np.isinf(numbers).any():
        row = int(np.isinf(numbers).any(axis=1).argmax())
        raise ProjectError(f"{path.name}, row {row:,} (from 0): holds a number that is not finite.")
    return Raw(names, numbers)


def look_npz(path: Path, inputs: str | None = None, targets: str | None = None) -> Preview:
    """Two arrays with as many samples; those that are named are not guessed."""
    with _members(path) as (archive, names):
        shapes = {name: _Header(archive.open(name + ".npy"), f"{name} in {path.name}").shape for name in names}
    if inputs is None or targets is None:
        inputs, targets = _pair(path, shapes)
    found = read_npz(path, NpzFormat(inputs, targets), classes=False)
    assert found.values is not None
    target = column_of(targets, found.values[:, 0])
    pictures = found.inputs[:PICTURES].copy() if found.inputs.ndim == 4 else None
    one_hot = found.values.shape[1] > 1
    classes = bool(((found.values == 0) | (found.values == 1)).all()) if one_hot else are_classes(target)
    return Preview(
        path, NpzFormat(inputs, targets), len(found.inputs), True, pictures=pictures,
        shape=found.inputs.shape[1:],
        class_count=found.values.shape[1] if one_hot else target.different, classes=classes,
        arrays=shapes,
    )  # fmt: skip


def read_npz(path: Path, form: NpzFormat, classes: bool, watch: Watch = heedless) -> Samples:
    """Inputs and targets by the names of their arrays."""
    with _members(path) as (archive, names):
        if missing := [name for name in (form.inputs, form.targets) if name not in names]:
            raise ProjectError(f"{path.name} has no array {missing[0]!r}; it has {', '.join(names)[:150]}.")
        targets = _member(archive, form.targets, path)
        tell(watch, 0.1)
        inputs = _member(archive, form.inputs, path)
        tell(watch, 0.6)
    return from_arrays(inputs, targets, classes, path.name)


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> Array:
    info = archive.getinfo(name + ".npy")
    if info.file_size > MOST_UNPACKED:
        raise ProjectError(f"{name} in {path.name} holds more than {MOST_UNPACKED // 2**20} MB.")
    with archive.open(info) as file:
        return _array(file, f"{name} in {path.name}", info.file_size)


@contextmanager
def _members(path: Path) -> Iterator[tuple[zipfile.ZipFile, list[str]]]:
    """The archive and the names of its arrays. What is wrong with it is a ProjectError."""
    size_of(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
            if not names or len(names) > MOST_MEMBERS:
                raise ProjectError(f"{path.name} holds {len(names):,} arrays; expected inputs and targets.")
            yield archive, names
    except ProjectError:
        raise
    except BROKEN as error:
        reason = str(error)[:100].rstrip(".") or "it ends too early"
        raise ProjectError(f"{path.name} is no .npz file that can be read: {reason}.") from None


def _pair(path: Path, shapes: dict[str, Shape]) -> tuple[str, str]:
    """The arrays that are inputs and targets: by their names, else the first two with as many samples."""
    lower = {name.lower(): name for name in shapes}
    for inputs, targets in PAIRS:
        if inputs in lower and targets in lower:
            return lower[inputs], lower[targets]
    for inputs, shape in shapes.items():
        for targets, other in shapes.items():
            if inputs != targets and len(shape) >= 2 and len(other) <= 2 and shape[0] == other[0]:
                return inputs, targets
    raise ProjectError(f"{path.name} holds no two arrays with as many samples: {_listed(shapes)}.")


def _listed(shapes: dict[str, Shape]) -> str:
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items())[:150]
