"""Projects in files, with or without their training: judged as a whole on the way in, and on the way out as well."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from engine.data.kinds import AnyData
from engine.project import Project, decode
from engine.saved import Saved
from engine.storage import container
from engine.storage.archive import START
from engine.storage.disk import Stamp, reason, title, write_atomically
from engine.strict import MAXIMUM_BYTES, ProjectError

if TYPE_CHECKING:
    from engine.network import Network

SUFFIX = ".cascade"
"""Of a container: the project, its weights and its history."""
PLAIN = ".json"
"""Of a project alone, as text."""


def read_project(path: Path) -> Project:
    """The project in a file. Raises ProjectError with one sentence that names the file, also where only another part
    of it is wrong.
    """
    return read_saved(path).project


def read_saved(path: Path) -> Saved:
    """What is in a file: a container, or a project as text. Raises ProjectError that names the file."""
    try:
        with _opened(path) as (file, size):
            return _read(path, file, size)
    except ProjectError as error:
        raise ProjectError(f"{title(path)}: {error}") from None


def write_project(path: Path, project: Project) -> None:
    """Writes a project as text so that the file is at every moment either the old or the new one. Raises
    ProjectError.
    """
    write_atomically(path, _judged(path, Saved(project), plain=True))


def write_saved(path: Path, saved: Saved) -> Stamp:
    """Writes a container, or the project alone into a file whose name ends in ``.json``; the file that stood there is
    kept beside it as ``NAME~``. The file is at every moment either the old or the new one. Raises ProjectError.
    """
    return write_atomically(path, _judged(path, saved, plain=path.suffix.lower() == PLAIN), backup=True)


def write_weights(path: Path, network: Network) -> None:
    """Writes all parameters as safetensors, by ``"dense_1.weight"`` in public shapes. Raises ProjectError."""
    from safetensors.numpy import save

    from engine.lazy import np

    state = {name: np.ascontiguousarray(array) for name, array in network.state_dict().items()}
    write_atomically(path, save(state, metadata={"program": "cascade"}))


def located(project: Project, folder: Path) -> Project:
    """The project of a file in that folder, with whole paths to the files that it names."""
    return _with_data(project, project.data.located(folder.absolute()))


def _read(path: Path, file: BinaryIO, size: int) -> Saved:
    """What an open file holds: a zip is a container, and so is what is called one."""
    start = file.read(len(START))
    if start == START or path.suffix.lower() == SUFFIX:
        saved = container.unpacked(file, size)
    else:
        saved = Saved(decode(_text(start, file, size)))
    return _with_places(saved, lambda project: located(project, path.parent))


def _text(start: bytes, file: BinaryIO, size: int) -> bytes:
    """A project's text that begins as said; one byte more than it may have shows that it is too long."""
    data = start + file.read(MAXIMUM_BYTES + 1 - len(start))
    if len(data) > MAXIMUM_BYTES:
        limit = MAXIMUM_BYTES // 2**20
        raise ProjectError(
            f"a project may hold at most {limit} MB of JSON, this is {max(size, len(data)) / 2**20:.1f} MB."
        )
    return data


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A file to read, and its size."""
    try:
        with path.open("rb") as file:
            yield file, os.fstat(file.fileno()).st_size
    except ProjectError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise ProjectError(f"cannot be read: {reason(error)}.") from None


def _judged(path: Path, saved: Saved, plain: bool) -> bytes:
    """The bytes of a file, after reading them again. Raises ProjectError where that does not give the same."""
    saved = _with_places(saved, lambda each: located(each, Path()))  # what lies beside this program is found there too
    folder = path.parent.absolute()
    seen = _with_places(saved, lambda each: _with_data(each, each.data.seen_from(folder)))
    try:
        data = seen.project.to_json().encode() if plain else container.packed(seen)
        again = Saved(decode(data)) if plain else container.unpacked(io.BytesIO(data), len(data))
    except ProjectError as error:
        raise ProjectError(f"{title(path)} was not written: {error}") from None
    same = plain or container.packed(again) == data
    if not same or located(again.project, path.parent) != saved.project:
        raise ProjectError(f"{title(path)} was not written: the project does not survive being read again.")
    return data


def _with_places(saved: Saved, act: Callable[[Project], Project]) -> Saved:
    """The same with other words for the places of files."""
    return replace(saved, project=act(saved.project), trained=act(saved.trained) if saved.trained else None)


def _with_data(project: Project, data: AnyData) -> Project:
    return project if data == project.data else msgspec.structs.replace(project, data=data)
