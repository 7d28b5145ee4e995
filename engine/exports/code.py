"""Pieces of Python text, laid out as ruff lays them out at 88 and at 120 columns."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from string import Template
from typing import Any

from engine import assets

WIDTH = 88


def call(function: str, *positional: object, before: str = "", indent: int = 0, **named: object) -> str:
    """A call with its arguments in Python's own words, behind ``before``."""
    arguments = [repr(each) for each in positional] + [f"{name}={value!r}" for name, value in named.items()]
    return laid_out(f"{before}{function}({', '.join(arguments)})", indent)


def laid_out(statement: str, indent: int) -> str:
    """A statement whose value is a call: on one line, or with one argument a line where that is too long."""
    made = ast.parse(statement).body[0].value  # type: ignore[attr-defined]
    if indent + len(statement) <= WIDTH or not isinstance(made, ast.Call):
        return statement
    head = statement[: made.func.end_col_offset]
    arguments = [ast.get_source_segment(statement, each) for each in (*made.args, *made.keywords)]
    inner = " " * (indent + 4)
    return "\n".join([f"{head}(", *(f"{inner}{each}," for each in arguments), " " * indent + ")"])


class Words(str):
    """Text that stands in the code as it is, where other values stand in Python's own words."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def noted(code: str, comment: str, indent: int = 8) -> list[str]:
    """A line of code with a comment behind it, or above it where there is no room."""
    margin = " " * indent
    line = f"{margin}{code}  # {comment}"
    if "\n" not in code and len(line) <= WIDTH:
        return [line]
    return [f"{margin}# {comment}", margin + code]


def literal(value: Any) -> str:
    """A Python literal that holds JSON text: the one place for what people have written.

    JSON in plain ASCII has neither three quotes in a row nor, but for its own layout, line ends: nothing in it can
    end a raw string.
    """
    return f'r"""{json.dumps(value, indent=2)}"""'


def filled(template: str, pieces: Mapping[str, str | list[str]]) -> bytes:
    """A program: the template of that name with its pieces put in. A piece of no lines takes its own line away."""
    text = assets.path("exports", template).read_text(encoding="utf-8")
    for name, piece in pieces.items():
        if isinstance(piece, list):
            whole = "".join(f"{line}\n" for line in piece)
            text = text.replace(f"${name}\n", whole.replace("$", "$$"))
    words = {name: piece for name, piece in pieces.items() if isinstance(piece, str)}
    return Template(text).substitute(words).encode()
