"""Files on disk: written beside the target and put in its place, so that at every moment one of the two is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from engine.strict import ProjectError

BACKUP = "~"
"""What is added to the name of a file for the one that it replaced."""


class Stamp(NamedTuple):
    """What tells one state of a file from the next without reading it."""

    size: int
    changed: int  # nanoseconds
    number: int  # that the file system gives the file; a replaced file has another one


def stamp_of(path: Path) -> Stamp | None:
    """The state of a file as it is now; None where there is none. Ask before reading, so that no change is missed."""
    try:
        return _stamp(path.stat())
    except (OSError, ValueError):
        return None


def backup_of(path: Path) -> Path:
    """Where the file lies that was replaced last."""
    return path.with_name(path.name + BACKUP)


def title(path: Path) -> str:
    """The file's name in a sentence; the whole path where it has none, as ``"/"``."""
    return path.name or str(path)


def reason(error: Exception) -> str:
    """Why the system refused, in words."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def write_atomically(path: Path, data: bytes, backup: bool = False) -> Stamp:
    """Writes beside the target, flushes to disk and replaces; on failure the old file stays and no other is left.
    ``backup`` keeps the file that is replaced under a name of its own, until the next time. Raises ProjectError.
    """
    try:
        with _written_beside(path, data) as temporary:
            temporary.chmod(_mode(path))
            stamp = _stamp(temporary.stat())
            if backup and path.exists():
                _keep(path)
            temporary.replace(path)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise ProjectError(f"{title(path)} could not be written: {reason(error)}; nothing was changed.") from None
    _quietly(_sync_folder, path.parent)  # the new file is in place, whatever becomes of this
    return stamp


@contextmanager
def _written_beside(path: Path, data: bytes) -> Iterator[Path]:
    """A file with the data that is safe on disk, in the folder of another; removed where it has not been renamed."""
    with _name_beside(path) as (descriptor, temporary):
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary


@contextmanager
def _name_beside(path: Path) -> Iterator[tuple[int, Path]]:
    """A new empty file in the folder of another, open; in the end there is none of that name any more."""
    import tempfile  # not needed to show a window

    prefix = f".{path.name[:32]}."  # shortened, so that a name as long as the system allows can be written
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=path.parent)
    try:
        yield descriptor, Path(name)
    finally:
        _quietly(os.unlink, name)


def _keep(path: Path) -> None:
    """Puts the file, as it is, under the name of its backup as well."""
    try:
        _link_beside(path)
    except OSError:  # a disk that knows no second name for a file
        with _written_beside(path, path.read_bytes()) as copy:
            copy.replace(backup_of(path))


def _link_beside(path: Path) -> None:
    with _name_beside(path) as (descriptor, temporary):
        os.close(descriptor)
        temporary.unlink()
        os.link(path, temporary)
        temporary.replace(backup_of(path))  # where both are the same file already, this leaves the name to be removed


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced; those of a new file where there is none."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Makes the new name last through a power cut, where the system lets a folder be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _quietly(action: Callable[..., object], *arguments: object) -> None:
    try:
        action(*arguments)
    except OSError:
        return
