"""How every command answers: with an exit code, and with one sentence on stderr where something is wrong."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable
from typing import Any

from engine.faults import NumericalFault
from engine.strict import ProjectError

DONE, INTERNAL, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the usage in one line."""

    def error(self, message: str) -> Any:
        self.exit(BAD_INPUT, f"cascade: {message}; see {self.prog} --help\n")


def answer(parser: argparse.ArgumentParser, words: list[str]) -> int:
    """Runs the command that the words ask for. Returns 0 done, 1 internal error, 2 bad input, 130 interrupted.

    What is parsed has ``command``, which takes it all and returns the code, and ``debug``.
    """
    arguments = parser.parse_args(words)
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


def add_debug(command: argparse.ArgumentParser) -> None:
    """What every command takes."""
    command.add_argument("--debug", action="store_true", help="show the traceback of an error")


def between(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number inside limits."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text[:20]) <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, is {text[:40]!r}")
        return int(text)

    return read


def add_file(command: argparse.ArgumentParser) -> None:
    """The project that a command is about."""
    command.add_argument("file", metavar="FILE", help="a project file or example:NAME")


def _fail(sentence: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"cascade: {sentence}\n")
    return code
