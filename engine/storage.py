"""Reading and writing files: strict on the way in, atomic on the way out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from engine import assets
from engine.data.kinds import AnyData
from engine.project import Project, decode
from engine.strict import MAXIMUM_BYTES, ProjectError

if TYPE_CHECKING:
    from engine.network import Network

LECTURE = ("three_dominoes", "three_layers", "every_parameter", "which_way", "layer_by_layer")
TRAINED = ("domino", "xor", "spirals", "digits", "convolution", "iris", "sine")
TROUBLED = ("vanishing", "exploding", "dead_relu", "deep", "shortcut")
EXAMPLES = (*LECTURE, *TRAINED, *TROUBLED)
SERIES = {"From the lecture": LECTURE, "To train": TRAINED, "In trouble": TROUBLED}
"""The examples as they are offered, under their headings."""
SUFFIX = ".json"


class Example(msgspec.Struct, frozen=True):
    """A project that comes with the program; ``title`` is its own name, ``text`` the first line of its notes."""

    name: str
    title: str
    text: str
    path: Path


def read_project(path: Path) -> Project:
    """The project in a file. Raises ProjectError with one sentence that names the file."""
    try:
        return located(decode(_read(path)), path.parent)
    except ProjectError as error:
        raise ProjectError(f"{_title(path)}: {error}") from None


def write_project(path: Path, project: Project) -> None:
    """Writes a project so that the file is at every moment either the old or the new one. Raises ProjectError."""
    project = located(project, Path())  # what lies beside this program is to be found from the file as well
    seen = _with_data(project, project.data.seen_from(path.parent.absolute()))
    data = seen.to_json().encode()
    if located(decode(data), path.parent) != project:
        raise ProjectError(f"{path.name} was not written: the project does not survive being read again.")
    write_atomically(path, data)


def located(project: Project, folder: Path) -> Project:
    """The project of a file in that folder, with whole paths to the files that it names."""
    return _with_data(project, project.data.located(folder.absolute()))


def _with_data(project: Project, data: AnyData) -> Project:
    return project if data == project.data else msgspec.structs.replace(project, data=data)


def write_weights(path: Path, network: Network) -> None:
    """Writes all parameters as safetensors, by ``"dense_1.weight"`` in public shapes. Raises ProjectError."""
    from safetensors.numpy import save

    from engine.lazy import np

    state = {name: np.ascontiguousarray(array) for name, array in network.state_dict().items()}
    write_atomically(path, save(state, metadata={"program": "cascade"}))


def write_atomically(path: Path, data: bytes) -> None:
    """Writes beside the target, flushes to disk and replaces; on failure the old file stays and no other is left."""
    import tempfile  # not needed to show a window

    temporary: Path | None = None
    try:
        prefix = f".{path.name[:32]}."  # shortened, so that a name as long as the system allows can be written
        descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(path))
        temporary.replace(path)
        temporary = None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise ProjectError(f"{_title(path)} could not be written: {_reason(error)}; nothing was changed.") from None
    finally:
        if temporary is not None:
            _quietly(temporary.unlink)
    _quietly(_sync_folder, path.parent)  # the new file is in place, whatever becomes of this


def examples() -> tuple[Example, ...]:
    """The projects that come with the program, in the order in which they are offered."""
    found = []
    for name in EXAMPLES:
        path = assets.path("examples", name + SUFFIX)
        project = read_project(path)
        found.append(Example(name, project.name, project.notes.partition("\n")[0], path))
    return tuple(found)


def read_example(name: str) -> Project:
    """The example of that name. Raises ProjectError that lists the names."""
    if name not in EXAMPLES:
        raise ProjectError(f"There is no example {name!r}; the examples are {', '.join(EXAMPLES)}.")
    return read_project(assets.path("examples", name + SUFFIX))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
            size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError) as error:
        raise ProjectError(f"cannot be read: {_reason(error)}.") from None
    if len(data) > MAXIMUM_BYTES:
        limit = MAXIMUM_BYTES // 2**20
        raise ProjectError(
            f"a project may hold at most {limit} MB of JSON, this is {max(size, len(data)) / 2**20:.1f} MB."
        )
    return data


def _title(path: Path) -> str:
    """The file's name in a sentence; the whole path where it has none, as ``"/"``."""
    return path.name or str(path)


def _reason(error: Exception) -> str:
    """Why the system refused, in words."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


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
