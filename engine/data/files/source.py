"""A file that is read: only regular files, in blocks, with progress, and never more than its kind may hold."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from engine.cancelled import Cancelled
from engine.strict import ProjectError

Watch = Callable[[float], bool]
"""Is told which share has been read, and answers whether to go on."""

BLOCK = 2**20
MOST_UNPACKED = 64 * 2**20
"""Bytes that a compressed table or image file may hold."""
MOST_NUMBERS = 2**27
"""Numbers that a data file may hold: 1 GB in double precision."""


def heedless(_share: float) -> bool:
    """A watch that lets everything pass."""
    return True


def tell(watch: Watch, share: float) -> None:
    """Reports progress. Raises Cancelled where it is to end."""
    if not watch(min(share, 1.0)):
        raise Cancelled


def size_of(path: Path) -> int:
    """The bytes of a file. Raises ProjectError for what is missing or no regular file: a pipe would never end."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise ProjectError(f"{path.name} is missing; it was expected in {path.parent}.") from None
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if not stat.S_ISREG(found.st_mode):
        raise ProjectError(f"{path.name} is no regular file.")
    return found.st_size


def unreadable(path: Path, error: Exception) -> ProjectError:
    """What the system said, as a sentence."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ProjectError(f"{path.name} cannot be read: {reason[:1].lower() + reason[1:]}.")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked where its name ends in .gz. Failures of system and packing are ProjectErrors."""
    if size_of(path) == 0:
        raise ProjectError(f"{path.name} is empty.")
    try:
        with path.open("rb") as raw:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if is_packed(path) else raw
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ProjectError(f"{path.name} is no whole gzip file: {str(error) or 'it ends too early'}.") from None
    except OSError as error:
        raise unreadable(path, error) from None


def is_packed(path: Path) -> bool:
    """Whether a file is compressed, by its name."""
    return path.suffix.lower() == ".gz"


def blocks(path: Path, watch: Watch = heedless) -> Iterator[bytes]:
    """A file in pieces."""
    size, done = size_of(path), 0
    with opened(path) as file:
        while block := file.read(BLOCK):
            done += len(block)
            if is_packed(path) and done > MOST_UNPACKED:
                raise ProjectError(f"{path.name} holds more than {MOST_UNPACKED // 2**20} MB: unpack it first.")
            tell(watch, done / (MOST_UNPACKED if is_packed(path) else size))
            yield block


def fingerprint(files: Mapping[str, Path]) -> str:
    """The SHA-256 of what the files hold and what each is called here, as 64 hexadecimal digits."""
    whole = hashlib.sha256()
    for name, path in files.items():
        size_of(path)
        whole.update(name.encode(errors="surrogateescape") + b"\0")
        try:
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise unreadable(path, error) from None
    return whole.hexdigest()


def stamp(path: Path) -> tuple[int, int]:
    """What changes with every change of a file: its time and its size; noughts where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return 0, 0
    return found.st_mtime_ns, found.st_size
