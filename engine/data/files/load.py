"""The one way to data files: ``look`` at one, ``take`` it into a project, read the ``samples`` that a project names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

from engine.data.base import Data
from engine.data.files import arrays, idx, images, raw, table, text
from engine.data.files.preview import Preview, Role, Scaling
from engine.data.files.source import Watch, fingerprint, heedless, opened, stamp
from engine.data.formats import AnyFormat, IdxFormat, ImagesFormat, NpyFormat, NpzFormat, TextFormat
from engine.data.own import File, Table
from engine.data.samples import Samples
from engine.strict import ProjectError

MOST_ROWS, MOST_COLUMNS, MOST_BYTES = 2_000, 50, 200_000
"""What a project stores itself; anything larger stays in its file."""

LOOKS: dict[str, Callable[..., Preview]] = {
    "text": table.look,
    "npy": arrays.look_npy,
    "npz": arrays.look_npz,
    "idx": idx.look,
    "images": images.look,
}

_kept: list[tuple[object, Samples]] = []  # what was read last, with what it depends on


class Choice(msgspec.Struct, frozen=True):
    """What a person has decided about a file."""

    path: Path
    format: AnyFormat
    classes: bool = True
    scaling: Scaling = "none"
    validation: float = 0.2


def choice(preview: Preview) -> Choice:
    """What is proposed."""
    return Choice(preview.path, preview.format, preview.classes, preview.scaling, preview.validation)


def foreseen(preview: Preview, chosen: Choice) -> File:
    """What ``take`` will make of it, as far as the part that was looked at tells. Raises ProjectError."""
    shape, classes, outputs = preview.shape, preview.class_count, 1
    if preview.columns:
        inputs, targets = _roles(chosen.format)
        if not inputs or not targets:
            raise ProjectError("Choose at least one column as input and another one as target.")
        if chosen.classes and len(targets) > 1:
            raise ProjectError("Classes stand in one column: choose one target only.")
        if preview.whole and not _usable(preview, chosen):
            raise ProjectError("Every row has a gap in a column that is used: ignore the columns with many.")
        shape = (sum(preview.columns[each].different if preview.columns[each].text else 1 for each in inputs),)
        classes, outputs = preview.columns[targets[0]].different, len(targets)
    names = tuple(map(str, range(min(max(classes, 2), raw.MOST_CLASSES)))) if chosen.classes else ()
    return File(
        path=str(chosen.path),
        format=chosen.format,
        samples=max(1, _usable(preview, chosen)),
        shape=shape,
        class_names=names,
        outputs=outputs,
        scaling=chosen.scaling,
        validation=chosen.validation,
    )


def left_out(preview: Preview, chosen: Choice) -> int:
    """How many of the rows that were seen have a gap in a column that is used."""
    inputs, targets = _roles(chosen.format)
    used = [preview.columns[place].gaps for place in (*inputs, *targets)]
    return int(np.logical_or.reduce(used).sum()) if used else 0


def _usable(preview: Preview, chosen: Choice) -> int:
    """How many samples there will be, as far as is known."""
    return preview.samples - (left_out(preview, chosen) if preview.seen == preview.samples else 0)


def stored_in_project(preview: Preview, noted: Data) -> bool:
    """Whether the rows are few enough to be written into the project, as far as was looked."""
    few = preview.whole and noted.count <= MOST_ROWS and noted.input_shape[0] <= MOST_COLUMNS
    return few and len(noted.input_shape) == 1


def with_roles(form: AnyFormat, inputs: tuple[int, ...], targets: tuple[int, ...]) -> AnyFormat:
    """The format with another use of its columns, where it has any."""
    if isinstance(form, TextFormat | NpyFormat):
        return msgspec.structs.replace(form, inputs=inputs, targets=targets)
    return form


def _roles(form: AnyFormat) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (form.inputs, form.targets) if isinstance(form, TextFormat | NpyFormat) else ((), ())


def take(chosen: Choice, watch: Watch = heedless) -> Table | File:
    """The data of a file for a project: its rows where they are few, else where it lies. Raises ProjectError, and
    Cancelled where the watch says so.
    """
    path = chosen.path.absolute()
    found = _read(path, chosen.format, chosen.classes, watch)
    noted = File(
        path=str(path),
        hash=_fingerprint(path, chosen.format),
        format=chosen.format,
        samples=len(found.inputs),
        shape=found.inputs.shape[1:],
        class_names=found.classes or (),
        outputs=1 if found.values is None else found.values.shape[1],
        columns=found.names,
        scaling=chosen.scaling,
        validation=chosen.validation,
    )
    _keep(noted, found)
    return _table(noted, found) or noted


def samples(file: File, watch: Watch = heedless) -> Samples:
    """What a project's file holds. Raises ProjectError where it is missing, or another one than was noted."""
    if file.problem:
        raise ProjectError(file.problem + ".")
    for key, kept in _kept:
        if key == _key(file):
            return kept
    verify(file)
    found = _read(Path(file.path), file.format, bool(file.class_names), watch)
    _compare(file, found)
    _keep(file, found)
    return found


def verify(file: File) -> None:
    """Raises ProjectError where the file is missing, or another one than was noted."""
    found = _fingerprint(Path(file.path), file.format)
    if file.hash and found != file.hash:
        raise ProjectError(f"{file.name} has changed since the project was made: take it over again, or bring it back.")


def at_hand(file: File) -> bool:
    """Whether the samples are in memory."""
    return any(key == _key(file) for key, _ in _kept)


def retake(file: File, watch: Watch = heedless) -> Table | File:
    """The file as it is now, read and used as it was. Raises ProjectError."""
    chosen = Choice(Path(file.path), file.format, bool(file.class_names), file.scaling, file.validation)
    return msgspec.structs.replace(take(chosen, watch), seed=file.seed)


def look(path: Path, **given: Any) -> Preview:
    """What a file seems to hold, and how it might be used; what is given is not guessed. Raises ProjectError."""
    return LOOKS[kind_of(path)](path, **given)


def look_again(file: File) -> Preview:
    """A file that was taken over, with everything as it was decided then. Raises ProjectError."""
    seen = look(Path(file.path), **file.format.layout)
    inputs, targets = _roles(file.format)
    used = {**dict.fromkeys(inputs, "input"), **dict.fromkeys(targets, "target")}
    columns = tuple(
        replace(column, role=cast(Role, used.get(place, "ignore"))) for place, column in enumerate(seen.columns)
    )
    return replace(
        seen, columns=columns, classes=bool(file.class_names), scaling=file.scaling, validation=file.validation
    )


def kind_of(path: Path) -> str:
    """Which kind of file it is: by its name where that tells, else by its first bytes."""
    if path.is_dir():
        return "images"
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if ending in (".npy", ".npz"):
        return ending[1:]
    if path.name.removesuffix(".gz").endswith("-ubyte") or ending == ".idx":
        return "idx"
    with opened(path) as file:
        begin = file.read(4)
    return {b"\x93NUM": "npy", b"PK\3\4": "npz"}.get(begin, "text")


def _read(path: Path, form: AnyFormat, classes: bool, watch: Watch) -> Samples:
    """All samples."""
    if isinstance(form, TextFormat | NpyFormat):
        raw.refuse_roles(form.inputs, form.targets, path.name)
        rows = text.read(path, form, watch) if isinstance(form, TextFormat) else arrays.read_npy(path, watch)
        return raw.samples(rows, form.inputs, form.targets, classes, path.name)
    if isinstance(form, NpzFormat):
        return arrays.read_npz(path, form, classes, watch)
    if isinstance(form, IdxFormat):
        return idx.read(path, form, watch)
    return images.read(path, form, watch)


def _fingerprint(path: Path, form: AnyFormat) -> str:
    """Of every file that is read; of pictures also where each lies, which is its class."""
    if isinstance(form, IdxFormat):
        return fingerprint({"": path, "labels": Path(form.labels)})
    if isinstance(form, ImagesFormat):
        files = images.pictures(_folder(path))
        return fingerprint({f"{name}/{file.name}": file for name in files for file in files[name]})
    return fingerprint({"": path})


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ProjectError(f"{path.name} is missing; a folder was expected in {path.parent}.")
    return path


def _stamps(path: Path, form: AnyFormat) -> list[tuple[int, int]]:
    """What changes when any file does; of pictures, when any is added to or taken from a folder."""
    more = [Path(form.labels)] if isinstance(form, IdxFormat) else []
    if isinstance(form, ImagesFormat) and path.is_dir():
        more = [each for each in path.iterdir() if each.is_dir()]
    return [stamp(each) for each in (path, *more)]


def _compare(file: File, found: Samples) -> None:
    """Refuses a file that does not hold what the project says, which every shape follows from."""
    held = found.inputs.shape, found.classes or (), 1 if found.values is None else found.values.shape[1]
    if held != ((file.samples, *file.shape), file.class_names, file.outputs):
        raise ProjectError(f"{file.name} does not hold what the project notes of it: take it over again.")


def _key(file: File) -> object:
    """What the samples of a file depend on."""
    stamps = _stamps(Path(file.path), file.format)
    return file.path, file.hash, file.format, file.class_names, file.shape, file.samples, file.outputs, stamps


def _keep(file: File, found: Samples) -> None:
    _kept[:] = [(_key(file), found)]


def _table(noted: File, found: Samples) -> Table | None:
    """The rows, written down; None where they are too many."""
    if len(noted.shape) > 1 or noted.samples > MOST_ROWS or noted.shape[0] > MOST_COLUMNS:
        return None
    inputs = tuple(tuple(map(_plain, row)) for row in found.inputs.tolist())
    made = Table(
        seed=noted.seed,
        validation=noted.validation,
        scaling=noted.scaling,
        inputs=inputs,
        targets=_targets(found),
        task="classification" if noted.class_names else "regression",
        columns=noted.columns,
    )
    return made if len(msgspec.json.encode(made)) <= MOST_BYTES else None


def _targets(found: Samples) -> tuple[Any, ...]:
    if found.labels is not None:
        names = [_class(name) for name in found.classes or ()]
        return tuple(names[label] for label in found.labels.tolist())
    assert found.values is not None
    rows = [tuple(map(_plain, row)) for row in found.values.tolist()]
    return tuple(row[0] for row in rows) if len(rows[0]) == 1 else tuple(rows)


def _class(name: str) -> str | int | float:
    """The name of a class, a number where it was one in the file: those stand in order."""
    value = text.number(name)
    return name if value is None or raw.number_name(value) != name else _plain(value)


def _plain(value: float) -> int | float:
    """A whole number as such, so that it is written without a point."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
