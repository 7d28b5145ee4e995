"""The command ``export``: a project taken away in another form."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine import storage
from engine.cli.common import DONE, add_file, opened, working
from engine.exports import FORMATS, Format, Work
from engine.project import ProjectError


def add(command: argparse.ArgumentParser) -> None:
    """The words of the command."""
    add_file(command)
    about = "; ".join(f"{each.name}: {each.about}" for each in FORMATS.values())
    command.add_argument("--format", required=True, choices=list(FORMATS), help=about)
    command.add_argument(
        "-o", "--out", required=True, type=Path, metavar="OUT", help="the file to write, or a folder to write to"
    )
    command.set_defaults(command=_export)


def _export(arguments: argparse.Namespace) -> int:
    chosen = FORMATS[arguments.format]
    saved = opened(arguments.file)
    working(saved.project)
    write(chosen, Work.saved(saved), main_file(arguments.out, chosen))
    return DONE


def main_file(out: Path, chosen: Format) -> Path:
    """Where the main file goes: OUT, or its usual name in OUT where that is a folder, or a name of one to be made.
    Raises ProjectError.
    """
    if not out.absolute().parent.is_dir():
        raise ProjectError(f"--out names a folder that does not exist: {out.parent}.")
    if not out.suffix or out.is_dir():
        _make(out)
        return out / (chosen.stem + chosen.suffix)
    if out.suffix != chosen.suffix:
        raise ProjectError(f"--out takes a name that ends in {chosen.suffix}, or a folder, given {out.name}.")
    return out


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ProjectError(f"--out names a folder that cannot be made: {folder}: {error.strerror}.") from None


def write(chosen: Format, work: Work, path: Path) -> list[Path]:
    """Writes the work's files, what the main one needs before it. Returns their paths. Raises ProjectError."""
    files = {path.with_name(name): data for name, data in chosen.files(work, path.stem).items()}
    for each in reversed(files):
        storage.write_atomically(each, files[each])
    return list(files)
