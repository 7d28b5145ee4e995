"""The command line: ``train``, ``validate``, ``check``, ``explain``, ``export`` and ``examples``. It imports no Qt."""

from __future__ import annotations

import argparse
import sys
import traceback
from typing import Any

import engine
from engine import storage
from engine.cli import checking, explaining, exporting, training
from engine.cli.common import BAD_INPUT, DONE, INTERNAL, INTERRUPTED, add_file, working
from engine.faults import NumericalFault
from engine.project import ProjectError


def main(argv: list[str]) -> int:
    """Runs one command. Returns 0 done, 1 internal error, 2 bad input or usage, 130 interrupted."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.command(arguments))
    except (ProjectError, NumericalFault) as error:
        return _fail(str(error), BAD_INPUT, arguments.debug)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone: nobody is left to be told
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the last resort: a sentence instead of a traceback
        return _fail(f"Internal error: {type(error).__name__}: {error}", INTERNAL, arguments.debug)


def _fail(sentence: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"cascade: {sentence}", file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the usage in one line."""

    def error(self, message: str) -> Any:
        self.exit(BAD_INPUT, f"cascade: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
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
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _examples(_arguments: argparse.Namespace) -> int:
    for example in storage.examples():
        print(f"{example.name}  {example.text}")
    return DONE


def _validate(arguments: argparse.Namespace) -> int:
    working(engine.load(arguments.file)).data.verify()
    return DONE
