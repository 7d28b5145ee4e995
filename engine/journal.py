"""What a window has not saved yet, kept in a folder of its own so that a crash cannot take it.

The folder is locked while its window lives. One that can be locked is left over from a window that ended without
closing; ``left_behind`` finds those.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from engine.lock import Lock
from engine.project import Project, ProjectError
from engine.storage import Saved, Stamp, container, located, read_project, read_saved, write_atomically
from engine.strict import converted, parsed

PROJECT, ORIGIN, PICTURE, LOCK = "project.json", "origin.json", "picture.png", "lock"
RUN = "run.cascade"
PREFIX = "window-"
DAMAGED = "damaged"
MOST_DAMAGED = 5  # older ones are thrown away
LARGEST_PICTURE = 2**20
TRIES = 5


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the project is saved and what it began as; ``stamp`` is the state of its file as it was known."""

    format: Literal[1] = 1
    path: str = ""
    example: str = ""
    stamp: Stamp | None = None


class Entry(msgspec.Struct, frozen=True):
    """What a journal holds; ``written`` in seconds since 1970. ``run`` may be of an earlier state of the project;
    ``trouble`` says why it cannot be used, where it cannot.
    """

    project: Project
    origin: Origin
    written: float
    picture: bytes
    run: Saved | None = None
    trouble: str = ""

    @property
    def steps(self) -> int:
        """How far the network was trained."""
        return self.run.checkpoint.steps if self.run and self.run.checkpoint else 0


class Journal:
    """The folder of one window. Methods that write raise ProjectError with one sentence."""

    def __init__(self, folder: Path, lock: Lock) -> None:
        self.folder, self._lock = folder, lock

    @classmethod
    def begin(cls, root: Path) -> Journal:
        """A new one."""
        import tempfile  # not needed to show a window

        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            for _ in range(TRIES):  # somebody who looks for leftovers may take it in its first moment
                if journal := cls.claim(Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))):
                    return journal
        except OSError as error:
            raise ProjectError(f"{root} cannot be used: {error.strerror}.") from None
        raise ProjectError(f"{root} cannot be used: it cannot be locked.")

    @classmethod
    def claim(cls, folder: Path) -> Journal | None:
        """The journal in a folder; None where its window lives, or where there is none."""
        lock = Lock(folder / LOCK)
        try:
            ours = folder.name.startswith(PREFIX) and lock.take()
        except (OSError, ValueError):  # ValueError: a name that no folder can have
            return None
        return cls(folder, lock) if ours else None

    def write(self, project: Project, origin: Origin, picture: bytes = b"", run: Saved | None = None) -> None:
        """Keeps this state in place of the last one; without a ``run`` the last run is kept."""
        write_atomically(self.folder / ORIGIN, msgspec.json.encode(origin))
        write_atomically(self.folder / PROJECT, located(project, Path()).to_json().encode())
        if picture:
            write_atomically(self.folder / PICTURE, picture)
        if run:
            write_atomically(self.folder / RUN, container.packed(run))

    def drop_run(self) -> None:
        """What has been learned is not wanted any more."""
        with contextlib.suppress(OSError):
            (self.folder / RUN).unlink(missing_ok=True)

    def read(self) -> Entry:
        """What it holds. Raises ProjectError where that is damaged."""
        project = read_project(self.folder / PROJECT)
        try:
            origin = converted(parsed((self.folder / ORIGIN).read_bytes()), Origin, ORIGIN)
            written = (self.folder / PROJECT).stat().st_mtime
        except OSError as error:
            raise ProjectError(f"{ORIGIN}: cannot be read: {error.strerror}.") from None
        return Entry(project, origin, written, self._picture(), *self._run())

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written."""
        return not (self.folder / PROJECT).exists()

    def remove(self) -> None:
        """Everything in it is saved elsewhere, or not wanted."""
        with contextlib.suppress(OSError):
            (self.folder / PROJECT).unlink(missing_ok=True)  # first: without it nothing is offered
        self.release()
        _remove(self.folder)

    def release(self) -> None:
        """Leaves it to whoever starts next."""
        self._lock.release()

    def set_aside(self) -> Path:
        """Moves it to where it is not looked for any more, so that an expert still can; returns where that is."""
        self.release()
        damaged = self.folder.parent.parent / DAMAGED
        target = damaged / self.folder.name
        with contextlib.suppress(OSError):
            damaged.mkdir(exist_ok=True, mode=0o700)
            self.folder.replace(target)
            for old in sorted(damaged.iterdir(), key=lambda each: each.stat().st_mtime)[:-MOST_DAMAGED]:
                _remove(old)
        return target

    def _run(self) -> tuple[Saved | None, str]:
        """What was learned, or why that cannot be read; the project is there without it."""
        if not (self.folder / RUN).exists():
            return None, ""
        try:
            return read_saved(self.folder / RUN), ""
        except ProjectError as error:
            return None, str(error)

    def _picture(self) -> bytes:
        try:
            with (self.folder / PICTURE).open("rb") as file:
                return file.read(LARGEST_PICTURE)
        except OSError:
            return b""


def _remove(folder: Path) -> None:
    import shutil  # not needed to show a window

    shutil.rmtree(folder, ignore_errors=True)


class Left(msgspec.Struct, frozen=True):
    """A journal whose window ended without closing, and what is in it. It is ours until it is released."""

    journal: Journal
    entry: Entry


class Leftovers(NamedTuple):
    """The journals of windows that are no more, the newest first; and a sentence for each that is damaged."""

    found: list[Left]
    sentences: list[str]


def left_behind(root: Path) -> Leftovers:
    """All that was left; what is damaged is set aside."""
    found, sentences = [], []
    for folder in sorted(root.glob(f"{PREFIX}*")):
        journal = None if folder.is_symlink() else Journal.claim(folder)
        if journal is None:
            continue
        try:
            if left := opened(journal):
                found.append(left)
        except ProjectError as error:
            sentences.append(str(error))
    return Leftovers(sorted(found, key=lambda left: -left.entry.written), sentences)


def opened(journal: Journal) -> Left | None:
    """What is in a journal; None for an empty one, which is removed. A damaged one is set aside: ProjectError."""
    if journal.empty:
        journal.remove()
        return None
    try:
        return Left(journal, journal.read())
    except ProjectError as error:
        place = journal.set_aside()
        raise ProjectError(f"What a window left behind cannot be restored: {error} It now lies in {place}.") from None
