"""The command ``export``: a project taken away in another form."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.common import DONE, add_file, opened, working
from engine.exports import FORMATS, Work
from engine.exports.target import main_file, write


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
    path = main_file(arguments.out, chosen.stem, chosen.suffix)
    write(chosen.files(Work.saved(saved), path.stem), path.parent)
    return DONE
