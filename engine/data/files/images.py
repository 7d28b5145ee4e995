"""A folder of pictures, one subfolder for each class. Pillow reads them; it is an optional part of the program."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from engine.data.files.preview import PICTURES, Preview
from engine.data.files.raw import MOST_CLASSES
from engine.data.files.samples import BRIGHTEST
from engine.data.files.source import MOST_NUMBERS, Watch, heedless, size_of, tell, unreadable
from engine.data.formats import ImagesFormat
from engine.data.samples import Samples
from engine.lazy import Array
from engine.strict import ProjectError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})
MOST_PIXELS = 40_000_000  # of one picture, before it is made small
MOST_IMAGES = 200_000


def look(path: Path, size: int | None = None, colour: bool | None = None) -> Preview:
    """What the folder holds; only the first pictures are read."""
    pillow, found = _pillow(), pictures(path)
    first = next(iter(found.values()))[0]
    with _image(pillow, first) as image:
        sides, grey = image.size, image.mode in ("1", "L", "LA", "I;16", "I")
    form = ImagesFormat(size or _size_for(max(sides)), (not grey) if colour is None else colour)
    channels = 3 if form.colour else 1
    count = sum(map(len, found.values()))
    first_ones = [file for files in found.values() for file in files[: -(-PICTURES // len(found))]][:PICTURES]
    shown = np.stack([_pixels(pillow, file, form) for file in first_ones])
    return Preview(
        path, form, count, True, pictures=shown, shape=(channels, form.size, form.size), class_count=len(found)
    )


def read(path: Path, form: ImagesFormat, watch: Watch = heedless) -> Samples:
    """All pictures (N, C, size, size) from 0 to 1, and the subfolder that each lies in."""
    pillow, found = _pillow(), pictures(path)
    files = [(label, file) for label, name in enumerate(found) for file in found[name]]
    channels = 3 if form.colour else 1
    if len(files) * channels * form.size**2 > MOST_NUMBERS:
        raise ProjectError(f"{path.name} holds {len(files):,} pictures, too many at {form.size} pixels a side.")
    made = np.empty((len(files), channels, form.size, form.size), np.float32)
    for place, (_label, file) in enumerate(files):
        tell(watch, place / len(files))
        made[place] = _pixels(pillow, file, form)
    return Samples(made, np.array([label for label, _ in files]), tuple(found))


def pictures(path: Path) -> dict[str, list[Path]]:
    """The picture files of each class, both in the order of their names. Raises ProjectError."""
    try:
        folders = sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith("."))
        found = {folder.name: sorted(filter(_is_picture, folder.iterdir())) for folder in folders}
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    found = {name: files for name, files in found.items() if files}
    if not 2 <= len(found) <= MOST_CLASSES or sum(map(len, found.values())) > MOST_IMAGES:
        raise ProjectError(
            f"{path.name} has {len(found):,} subfolders with PNG or JPEG pictures; expected one for each class, 2 to "
            f"{MOST_CLASSES:,}, with at most {MOST_IMAGES:,} pictures."
        )
    return found


def _size_for(side: int) -> int:
    """The proposed size: that of the pictures, down to what can be trained on quickly."""
    return next((size for size in (8, 12, 16, 20, 24, 28, 32, 48) if size >= side), 64)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _pillow() -> ModuleType:
    try:
        from PIL import Image
    except ImportError:
        raise ProjectError("Pictures are read by Pillow, which is not installed: pip install pillow.") from None
    return Image


def _image(pillow: Any, path: Path) -> Any:
    """A picture that has been recognised but not unpacked yet."""
    size_of(path)
    try:
        image = pillow.open(path, formats=("PNG", "JPEG"))
    except _faults(pillow):
        raise _unreadable(path) from None
    if image.width * image.height > MOST_PIXELS:
        raise ProjectError(f"{_named(path)} is {image.width:,} x {image.height:,} pixels large, more than 40 million.")
    return image


def _pixels(pillow: Any, path: Path, form: ImagesFormat) -> Array:
    """One picture (C, size, size), brought to its size."""
    with _image(pillow, path) as image:
        try:
            small = image.convert("RGB" if form.colour else "L").resize((form.size, form.size))
        except _faults(pillow):
            raise _unreadable(path) from None
    values = np.asarray(small, np.float32) / BRIGHTEST
    return values.transpose(2, 0, 1) if form.colour else values[None]


def _faults(pillow: Any) -> tuple[type[BaseException], ...]:
    """What reading a broken picture may raise."""
    bombs = pillow.DecompressionBombError, pillow.DecompressionBombWarning
    return (*bombs, OSError, SyntaxError, ValueError, EOFError, OverflowError, TypeError, struct.error, zlib.error)


def _unreadable(path: Path) -> ProjectError:
    return ProjectError(f"{_named(path)} is no PNG or JPEG picture that can be read.")


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
