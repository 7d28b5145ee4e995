"""The command ``export``: a project taken away in another form."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.common import DONE, add_file, opened, working
from engine.exports import FORMATS, PICTURES, Work
from engine.exports.target import main_file, write


def add(command: argparse.ArgumentParser) -> None:
    """The words of the command."""
    add_file(command)
    about = "; ".join(f"{each.name}: {each.about}" for each in FORMATS.values())
    about += f"; {', '.join(PICTURES)}: a picture, of which export --format png --help tells more"
    command.add_argument("--format", required=True, type=_format, metavar="FORMAT", help=about)
    command.add_argument(
        "-o", "--out", required=True, type=Path, metavar="OUT", help="the file to write, or a folder to write to"
    )
    command.set_defaults(command=_export)


def _format(name: str) -> str:
    if name not in FORMATS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join((*FORMATS, *PICTURES))}, is {name[:40]!r}")
    return name


def _export(arguments: argparse.Namespace) -> int:
    chosen = FORMATS[arguments.format]
    saved = opened(arguments.file)
    working(saved.project)
    path = main_file(arguments.out, chosen.stem, chosen.suffix)
    write(chosen.files(Work.saved(saved), path.stem), path.parent)
    return DONE
