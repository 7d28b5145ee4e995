"""IDX files, the form of MNIST: big-endian sizes, then the values (http://yann.lecun.com/exdb/mnist)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from engine.data.files.preview import PICTURES, Preview
from engine.data.files.samples import from_arrays
from engine.data.files.source import MOST_NUMBERS, MOST_UNPACKED, Watch, heedless, is_packed, opened, size_of, tell
from engine.data.formats import IdxFormat
from engine.data.samples import Samples
from engine.lazy import Array
from engine.strict import ProjectError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
IMAGES_TO_LABELS = (("images", "labels"), ("idx3", "idx1"))


def look(path: Path) -> Preview:
    """Images, with the labels that lie beside them."""
    images, labels = _both(path)
    form = IdxFormat(str(labels.absolute()))
    found = read(images, form)
    return Preview(
        images, form, len(found.inputs), True, pictures=found.inputs[:PICTURES].copy(), shape=found.inputs.shape[1:],
        class_count=len(found.classes or ()),
    )  # fmt: skip


def read(path: Path, form: IdxFormat, watch: Watch = heedless) -> Samples:
    """All images (N, 1, H, W) with their labels."""
    labels = Path(form.labels)
    answers = array(labels)
    if answers.ndim != 1:
        raise ProjectError(f"{labels.name} has {answers.ndim} axes; labels have one.")
    tell(watch, 0.1)
    images = array(path)
    if images.ndim != 3:
        raise ProjectError(f"{path.name} has {images.ndim} axes; images have three.")
    tell(watch, 0.6)
    return from_arrays(images, answers, True, path.name)


def array(path: Path) -> Array:
    """The array in a file; its size is judged before anything is allocated."""
    with opened(path) as file:
        magic = file.read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not 1 <= magic[3] <= 4:
            raise ProjectError(f"{path.name} is no IDX file: its first bytes are {magic.hex(' ') or 'missing'}.")
        kind, axes = np.dtype(TYPES[magic[2]]), magic[3]
        head = file.read(4 * axes)
        if len(head) < 4 * axes:
            raise ProjectError(f"{path.name} ends within its header, at byte {4 + len(head)}.")
        shape = tuple(map(int, np.frombuffer(head, ">u4")))
        expected = math.prod(shape) * kind.itemsize
        _judge(path, shape, expected, 4 + 4 * axes)
        content = file.read(expected + 1)
        if len(content) != expected:
            more = "more than" if len(content) > expected else f"{len(content):,} of"
            raise ProjectError(f"{path.name} holds {more} {expected:,} bytes of values.")
    return np.frombuffer(content, kind).reshape(shape).astype(kind.newbyteorder("="), copy=False)


def _judge(path: Path, shape: tuple[int, ...], expected: int, head: int) -> None:
    """Refuses sizes that cannot be true, or that are too large."""
    if not all(shape):
        raise ProjectError(f"{path.name} says that its shape is {shape}: there is nothing in it.")
    if math.prod(shape) > MOST_NUMBERS or (is_packed(path) and expected > MOST_UNPACKED):
        raise ProjectError(f"{path.name} says that it holds {math.prod(shape):,} values, too many.")
    if not is_packed(path) and size_of(path) != head + expected:
        raise ProjectError(f"{path.name} holds {size_of(path):,} bytes, its header says {head + expected:,}.")


def _both(path: Path) -> tuple[Path, Path]:
    """The file of images and that of labels, whichever was named."""
    if "labels" in path.name or "idx1" in path.name:
        return _beside(path, [(new, old) for old, new in IMAGES_TO_LABELS], "images"), path
    return path, _beside(path, list(IMAGES_TO_LABELS), "labels")


def _beside(path: Path, changes: list[tuple[str, str]], what: str) -> Path:
    name = path.name
    for old, new in changes:
        name = name.replace(old, new)
    packed = name.removesuffix(".gz") + ".gz"
    for each in (name, name.removesuffix(".gz"), packed):
        if each != path.name and path.with_name(each).is_file():
            return path.with_name(each)
    raise ProjectError(f"The {what} of {path.name} were not found beside it; expected {name}.")
