"""What the members of a container are: the project, and the run as it was left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from engine.project import Project, from_dict
from engine.resolve import resolve
from engine.saved import Saved
from engine.storage import archive, rows
from engine.storage.archive import Archive
from engine.strict import MAXIMUM_BYTES, ProjectError, parsed

if TYPE_CHECKING:
    from engine.checkpoint import Checkpoint
    from engine.history import HistoryState

PROJECT, WEIGHTS, HISTORY = "project.json", "weights.safetensors", "history.safetensors"
MEMBERS = (PROJECT, rows.MEMBER, WEIGHTS, HISTORY)


def packed(saved: Saved) -> bytes:
    """The bytes of a container. Raises ProjectError where there is too much for one."""
    return archive.packed(members(saved))


def members(saved: Saved) -> dict[str, bytes]:
    """What a container of it holds, by name."""
    found = _project_members(saved.project)
    if saved.checkpoint:
        from engine.storage import trained

        found[WEIGHTS] = trained.packed(saved)
    if saved.checkpoint and saved.history:
        from engine.storage import curves

        found[HISTORY] = curves.packed(saved.history)
    return found


def unpacked(file: BinaryIO, size: int) -> Saved:
    """What a container of that many bytes holds. Raises ProjectError for anything but a whole and sound one."""
    found = Archive(file, size, MEMBERS)
    if PROJECT not in found.members:
        raise ProjectError(f"holds no {PROJECT}.")
    with _within(PROJECT):
        project = _project(found)
    if WEIGHTS not in found.members:
        if HISTORY in found.members:
            raise ProjectError(f"holds {HISTORY} but no {WEIGHTS}.")
        return Saved(project)
    with _within(WEIGHTS):
        run_of, checkpoint = _run(found, project)
    with _within(HISTORY):
        history = _history(found, run_of, checkpoint) if HISTORY in found.members else None
    return Saved(project, checkpoint, history, run_of if run_of is not project else None)


def _project_members(project: Project) -> dict[str, bytes]:
    """The text of a project; the rows of a large table beside it."""
    table = rows.packed(project)
    if table is None:
        return {PROJECT: project.to_json().encode()}
    plain = msgspec.to_builtins(project)
    plain["data"] |= dict.fromkeys(rows.FIELDS, rows.MEMBER)
    return {PROJECT: msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n", rows.MEMBER: table}


def _project(found: Archive) -> Project:
    plain = parsed(found.read(PROJECT, MAXIMUM_BYTES))
    if rows.MEMBER not in found.members:
        return from_dict(plain)
    data = plain.get("data") if isinstance(plain, dict) else None
    if not isinstance(data, dict) or [data.get(field) for field in rows.FIELDS] != [rows.MEMBER] * len(rows.FIELDS):
        raise ProjectError(f"its data do not name {rows.MEMBER}, which is there.")
    with _within(rows.MEMBER):
        data |= rows.unpacked(found.read(rows.MEMBER, MAXIMUM_BYTES))
    project = from_dict(plain)
    if len(project.to_json()) > MAXIMUM_BYTES:
        raise ProjectError(f"{rows.MEMBER} holds more than {MAXIMUM_BYTES // 2**20} MB of JSON.")
    return project


def _run(found: Archive, project: Project) -> tuple[Project, Checkpoint]:
    """The state of the run, and of what it is one: the project, or what that was when it could still be trained."""
    from engine.storage import tensors, trained

    edited = not resolve(project).ok
    if edited:
        project = trained.project_of(project, found.begin(WEIGHTS, tensors.HEADER_MOST))
    if problems := resolve(project).problems:
        raise ProjectError(f"what its weights belong to cannot be trained; {problems[0].place}: {problems[0].text}.")
    return project, trained.unpacked(project, found.read(WEIGHTS, trained.most(project)), edited)


def _history(found: Archive, project: Project, checkpoint: Checkpoint) -> HistoryState:
    from engine.storage import curves

    history = curves.unpacked(project, found.read(HISTORY, curves.most(project)))
    if history.last_step < checkpoint.steps:
        raise ProjectError(f"it ends at step {history.last_step:,}, the weights are of step {checkpoint.steps:,}.")
    return history


@contextmanager
def _within(member: str) -> Iterator[None]:
    """Names the member in what is said of it."""
    try:
        yield
    except ProjectError as error:
        text = str(error)
        named = any(text.startswith(each) for each in MEMBERS)
        raise ProjectError(text if named else f"{member}: {text}") from None
