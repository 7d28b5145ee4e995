"""Strict reading of JSON: what msgspec lets pass is refused here too, and every refusal is one plain sentence."""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeVar

import msgspec

from engine.choices import allowed_fields, allowed_values, steps_of, value_at

MAXIMUM_BYTES = 16 * 2**20
MAXIMUM_BLOCKS = 2000
MAXIMUM_DEPTH = 32
MESSAGE_LENGTH = 300

WORDS = (
    ("int | float", "a number"),
    ("`int`", "a whole number"),
    ("`float`", "a number"),
    ("`str`", "text"),
    ("`bool`", "true or false"),
    ("`object`", "an object"),
    ("`array`", "a list"),
    ("matching regex '^[^\\\\x00-\\\\x1f]*\\\\Z'", "of one line"),
    ("matching regex '^([0-9a-f]{64})?\\\\Z'", "of 64 digits or letters a-f"),
    ("matching regex '^([a-z][a-z0-9_]{0,63})?\\\\Z'", "of the form a-z, then a-z, 0-9 or _, at most 64 characters"),
)

T = TypeVar("T")


class ProjectError(ValueError):
    """Something that a person gave cannot be used. The text is one sentence on one line: what, where, what is
    allowed, what was given.
    """

    def __init__(self, text: str) -> None:
        line = " ".join("".join(c if c.isprintable() else "?" for c in text.replace("\n", " ")).split())
        super().__init__(line if len(line) <= MESSAGE_LENGTH else line[: MESSAGE_LENGTH - 1] + "…")


def parsed(text: str | bytes) -> Any:
    """Plain values from JSON text. Refuses too much, not UTF-8, duplicate keys, numbers that are not finite, deep
    nesting.
    """
    if len(text) > MAXIMUM_BYTES:
        raise ProjectError(
            f"A project may hold at most {MAXIMUM_BYTES // 2**20} MB of JSON, this is {len(text) / 2**20:.1f} MB."
        )
    if isinstance(text, bytes):
        text = _utf8(text)
    if not text.strip():
        raise ProjectError("The project is empty; expected a JSON object such as {}.")
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except ProjectError:
        raise
    except RecursionError:
        raise ProjectError(f"The JSON is nested deeper than {MAXIMUM_DEPTH} levels.") from None
    except json.JSONDecodeError as error:
        raise ProjectError(f"Not JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}.") from None
    except ValueError:  # Python refuses to read integers of thousands of digits
        raise ProjectError("The JSON holds a number with too many digits.") from None


def converted(plain: Any, wanted: type[T], what: str) -> T:
    """The plain value as the wanted type, judged field by field. Raises ProjectError that names the place."""
    _check(plain, what, 0)
    try:
        return msgspec.convert(plain, wanted, strict=True)
    except msgspec.ValidationError as error:
        raise ProjectError(_sentence(str(error), plain, wanted, what)) from None
    except RecursionError:
        raise ProjectError(f"The {what} is nested deeper than {MAXIMUM_DEPTH} levels.") from None


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(f"The file is not UTF-8 text: byte {error.start} cannot be read.") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ProjectError(f"The key {_short(key)} stands twice in one JSON object; keys must be unique.")
        result[key] = value
    return result


def _refuse_constant(name: str) -> None:
    raise ProjectError(f"The JSON holds {name}; numbers must be finite.")


def _check(value: Any, where: str, depth: int) -> None:
    """Refuses what no schema sees: deep nesting, keys that are not text, text that UTF-8 cannot hold, numbers that
    are not finite or larger than any float.
    """
    if depth > MAXIMUM_DEPTH:
        raise ProjectError(f"{where[:80]} is nested deeper than {MAXIMUM_DEPTH} levels.")
    if isinstance(value, int | float) and not _finite(value):
        raise ProjectError(f"{where} must be a finite number below 1.8e308, is {_short(value)}.")
    if isinstance(value, str) and not _encodable(value):
        raise ProjectError(f"{where} holds half of a surrogate pair, which is no character: {_short(value)}.")
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                raise ProjectError(f"{where} has the key {_short(key)}; keys must be text.")
            _check(key, f"a key of {where}", depth)
            _check(each, f"{where}.{key}" if depth else key, depth + 1)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            _check(each, f"{where}[{index}]", depth + 1)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _sentence(message: str, plain: Any, wanted: Any, what: str) -> str:
    """msgspec's message as a sentence that names the place, what is allowed and what stands there."""
    problem, _, path = message.partition(" - at `")
    path = path.rstrip("`").removeprefix("$")
    steps = steps_of(path)
    where = path.lstrip(".") or what
    given = _short(value_at(plain, steps))
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", problem, re.DOTALL):
        fields = ", ".join(allowed_fields(wanted, plain, steps))
        return f"{where} has no field {_short(unknown[1])}; its fields: {fields}."
    if missing := re.fullmatch(r"Object missing required field `(.*)`", problem):
        steps.append(missing[1])
        allowed = ", ".join(allowed_values(wanted, plain, steps))
        return f"{where} needs a field {missing[1]!r}{': one of ' + allowed if allowed else ''}."
    if problem.startswith("Invalid"):
        allowed = ", ".join(allowed_values(wanted, plain, steps))
        return f"{where} is {given}, which is not known; allowed: {allowed}."
    if problem.startswith("Expected"):
        return f"{where}: {_plain(problem)}, given {given}."
    return f"{where}: {problem.rstrip('.')}."


def _plain(problem: str) -> str:
    """The types in a msgspec message in everyday words."""
    text = problem.split(", got")[0].replace("Expected", "expected", 1)
    for name, word in WORDS:
        text = text.replace(name, word)
    return (
        text.replace("`", "")
        .replace("|", "or")
        .replace("int or null", "a whole number or null")
        .replace("float or null", "a number or null")
    )


def _short(value: Any) -> str:
    """A value as JSON in at most 60 characters."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = type(value).__name__
    return text if len(text) <= 60 else text[:59] + "…"
