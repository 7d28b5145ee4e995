"""Cascade: ``python main.py [FILE]`` opens the window, ``python main.py train FILE`` and the other words need none.

The training process imports this file again, so nothing heavy may stand at its top.
"""

from __future__ import annotations

import multiprocessing

multiprocessing.freeze_support()

import sys  # noqa: E402  freeze_support comes first: a frozen program would start itself without end

COMMANDS = frozenset({"train", "validate", "check", "explain", "export", "examples"})
WINDOW_OPTIONS = frozenset({"--safe-mode", "--reset-settings", "--recover"})
PICTURES = frozenset({"png", "svg", "pdf"})


def main(argv: list[str] | None = None) -> int:
    """Runs the command line or the window and returns the exit code: 0 done, 1 internal error, 2 bad input or usage."""
    arguments = sys.argv[1:] if argv is None else argv
    first = arguments[0] if arguments else ""
    if first == "export" and _asks_for_a_picture(arguments):
        from gui.exports.command import main as take_picture

        return take_picture(arguments[1:])
    if first in COMMANDS or _is_option(first) or _is_no_file(first):
        from engine.cli import main as command_line

        return command_line(arguments)
    from gui.app import main as window

    return window(arguments)


def _is_option(word: str) -> bool:
    """Whether a first word asks something of the command line: it is told of options that nobody knows, too."""
    return word.startswith("-") and word not in WINDOW_OPTIONS


def _asks_for_a_picture(words: list[str]) -> bool:
    """Whether ``--format`` names what is painted, which needs Qt; nothing else on the command line does."""
    from itertools import pairwise

    return any(
        (word == "--format" and after in PICTURES) or (after.startswith("--format=") and after[9:] in PICTURES)
        for word, after in pairwise(words)
    )


def _is_no_file(word: str) -> bool:
    """Whether a first word can only be a mistyped command: a bare word that names nothing here."""
    from pathlib import Path

    return word.isalpha() and not Path(word).exists()


if __name__ == "__main__":
    sys.exit(main())
