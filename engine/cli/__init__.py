"""The command line: ``train``, ``validate``, ``check``, ``explain``, ``export`` and ``examples``. It imports no Qt."""

from __future__ import annotations

import argparse

import engine
from engine import storage
from engine.cli import checking, explaining, exporting, training
from engine.cli.common import DONE, add_file, working
from engine.shell import Parser, add_debug, answer


def main(argv: list[str]) -> int:
    """Runs one command. Returns 0 done, 1 internal error, 2 bad input or usage, 130 interrupted."""
    return answer(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="cascade",
        description="See the chain rule at work.",
        epilog="Without a command the window opens, on a project where one is named: cascade [--safe-mode] [FILE]. "
        "With --safe-mode it starts without settings, layout and recent files, and restores nothing. "
        "cascade --reset-settings forgets them for good and ends.",
    )
    parser.add_argument("--version", action="version", version=f"cascade {engine.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    training.add(commands.add_parser("train", help="train a project and print how it goes"))
    validate = commands.add_parser("validate", help="say whether a project can be trained, or why not")
    add_file(validate)
    validate.set_defaults(command=_validate)
    checking.add(commands.add_parser("check", help="compare every gradient with differences of the loss"))
    explaining.add(commands.add_parser("explain", help="take one derivative apart into its factors"))
    exporting.add(commands.add_parser("export", help="write it as a program, a network or a table to take away"))

    examples = commands.add_parser("examples", help="list the projects that come with the program")
    examples.set_defaults(command=_examples)
    for command in commands.choices.values():
        add_debug(command)
    return parser


def _examples(_arguments: argparse.Namespace) -> int:
    for example in storage.examples():
        print(f"{example.name}  {example.text}")
    return DONE


def _validate(arguments: argparse.Namespace) -> int:
    working(engine.load(arguments.file)).data.verify()
    return DONE
