"""Files spoiled at random, but the same for the same number: honest ones of several kinds, changed byte by byte, in the
values of their JSON, in the fields of their zip, in the headers and numbers of their arrays.

``spoiled(number)`` gives a file's ending and its bytes. Whatever opens files has to take it or to refuse it in one
sentence.
"""

from __future__ import annotations

import copy
import json
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import engine
from engine.storage import EXAMPLES
from tests.engine.forged import Box, Part, members, parts, zipped

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3.5, -0.0, 1e-320, 1e308, -1e308, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**40,
    float("nan"), float("inf"), "", "x", "dense", "dense_1", "../../etc/passwd", "<b>&amp;</b>", "\x00", "\x1b[31m",
    "\u202e", "\ud800", "é🙂", "a" * 5000, "{0.__class__}", "__import__('os')", "NaN", "1", [], {}, [[]], [0], [[0]],
    {"kind": "dense"}, {"kind": ""}, {"kind": "values", "values": [[1e308] * 3]}, [None], list(range(50)),
)  # fmt: skip
NUMBERS = (0, 1, 2, 7, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)
Mutation = Callable[[random.Random], tuple[str, bytes]]


def spoiled(number: int) -> tuple[str, bytes]:
    """The ending and the bytes of the spoiled file of that number."""
    choose = random.Random(number)
    return choose.choice(MUTATIONS)(choose)


@cache
def texts() -> tuple[str, ...]:
    """Projects as text: all that come with the program, and one with a table."""
    rows = {"kind": "table", "inputs": [[1, 2.5]] * 4, "targets": ["a", "b"] * 2}
    return (*(engine.load(f"example:{name}").to_json() for name in EXAMPLES), engine.load({"data": rows}).to_json())


@cache
def boxes() -> tuple[bytes, bytes]:
    """Whole containers: of a trained chain, and of a large table."""
    rows = [Part(name.encode(), data) for name, data in members(trained=False).items()]
    return zipped(*parts()), zipped(*rows)


def _bytes(data: bytes, choose: random.Random) -> bytes:
    """A few changes that know nothing of what the bytes mean."""
    found = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 8))):
        at, length = choose.randrange(len(found) + 1), choose.choice((1, 1, 2, 4, 16, 200))
        match choose.randrange(6):
            case 0 if at < len(found):
                found[at] ^= 1 << choose.randrange(8)
            case 1:
                found[at : at + length] = choose.randbytes(length)
            case 2:
                del found[at : at + length]
            case 3:
                found[at:at] = found[max(0, at - length) : at]
            case 4:
                found[at : at + length] = choose.choice((b"\x00", b"\xff", b"9", b"[", b"PK")) * length
            case 5 if choose.random() < 0.2:
                del found[at:]
    return bytes(found)


def _places(here: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a plain value: what holds it, and the key or the number."""
    steps = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
    for step in steps:
        yield here, step
        yield from _places(here[step])


def _spoil(value: Any, choose: random.Random) -> Any:
    """A plain value with something else at one place of it; what is passed in may change."""
    places = list(_places(value))
    if not places or choose.random() < 0.01:
        return copy.deepcopy(choose.choice(NASTY))
    here, step = choose.choice(places)
    match choose.randrange(8):
        case 0:
            del here[step]
        case 1 if isinstance(here, dict):
            here[choose.choice(("kind", "name", "x", "", "__class__", "inputs"))] = here.pop(step)
        case 2 if isinstance(here, list):
            here.insert(step, copy.deepcopy(here[step]))
        case 3:
            there, other = choose.choice(places)
            here[step] = copy.deepcopy(there[other])
        case 4 if isinstance(here[step], int | float) and not isinstance(here[step], bool):
            here[step] = choose.choice((-1, 2, 0.5, 1000, 10**6)) * here[step]
        case 5:
            for _ in range(choose.choice((1, 5, 40))):
                here[step] = [here[step]]
        case _:
            here[step] = copy.deepcopy(choose.choice(NASTY))
    return value


def _json(text: str, choose: random.Random) -> bytes:
    """A text of JSON with other values, sometimes with a key that stands twice."""
    value = json.loads(text)
    for _ in range(choose.choice((1, 1, 1, 3))):
        value = _spoil(value, choose)
    made = json.dumps(value, ensure_ascii=choose.random() < 0.5)
    if choose.random() < 0.05:
        made = made.replace(', "', ', "kind": 1, "', 1)
    return made.encode("utf-8", "surrogatepass")


def text_bytes(choose: random.Random) -> tuple[str, bytes]:
    return ".json", _bytes(choose.choice(texts()).encode(), choose)


def text_values(choose: random.Random) -> tuple[str, bytes]:
    return ".json", _json(choose.choice(texts()), choose)


def container_bytes(choose: random.Random) -> tuple[str, bytes]:
    return ".cascade", _bytes(choose.choice(boxes()), choose)


def container_values(choose: random.Random) -> tuple[str, bytes]:
    """Another project beside the honest weights."""
    return ".cascade", zipped(*parts(project=_json(parts()[0].data.decode(), choose)))


def container_fields(choose: random.Random) -> tuple[str, bytes]:
    """Other fields in one or both headers of a member, or in the end of the zip."""
    found = parts()
    number = choose.randrange(len(found))
    names = ("version", "flags", "method", "time", "date", "crc", "compressed", "size", "name_length", "extra_length")
    name = choose.choice(names)
    most = 2**32 - 1 if name in ("crc", "compressed", "size") else 2**16 - 1
    fields = {name: min(choose.choice((*NUMBERS, len(found[number].data) + choose.randrange(-9, 9))), most)}
    where = choose.choice((("local",), ("central",), ("local", "central"), ()))
    found[number] = replace(found[number], **dict.fromkeys(where, fields))
    if where:
        return ".cascade", zipped(*found)
    end = choose.choice(("disk", "first_disk", "here", "count", "length", "place", "comment_length"))
    return ".cascade", zipped(*found, **{end: min(choose.choice(NUMBERS), 2**16 - 1)})


def container_members(choose: random.Random) -> tuple[str, bytes]:
    """Members left out, doubled, in another order, under other names, with others' data or with something between."""
    found = parts()
    number = choose.randrange(len(found))
    match choose.randrange(6):
        case 0:
            del found[number]
        case 1:
            found.insert(choose.randrange(4), found[number])
        case 2:
            choose.shuffle(found)
        case 3:
            names = (b"data/table.safetensors", b"../x", b"project.json", b"history.safetensors", choose.randbytes(5))
            found[number] = replace(found[number], name=choose.choice(names))
        case 4:
            found[number] = replace(found[number], data=choose.choice(found).data)
        case 5:
            junk = choose.randbytes(choose.randrange(40))
            found[number] = replace(
                found[number], **{choose.choice(("before", "extra", "central_extra", "comment")): junk}
            )
    return ".cascade", zipped(*found)


def container_headers(choose: random.Random) -> tuple[str, bytes]:
    """Another header of one of the members with arrays, or other plain values in it."""

    def act(box: Box) -> bytes:
        if choose.random() < 0.4:
            state = _spoil(box.state(), choose)
            return box.with_header(__metadata__={"cascade": json.dumps(state)}).packed()
        header = _spoil(copy.deepcopy(box.header), choose)
        length = choose.choice((None, None, None, *NUMBERS, 2**63))
        return replace(box, header=header).packed(text=json.dumps(header), length=length)

    return _with_arrays(act, choose)


def container_numbers(choose: random.Random) -> tuple[str, bytes]:
    """Other numbers in the arrays: not a number, infinite, tiny, huge, any bits."""

    def act(box: Box) -> bytes:
        data = bytearray(box.data)
        for _ in range(choose.choice((1, 3, 50))):
            number = choose.choice((float("nan"), float("inf"), -1.0, 0.0, 1e-320, 1e300, 0.5))
            value = choose.choice(
                (struct.pack("<d", number), struct.pack("<f", min(number, 3e38)), choose.randbytes(8))
            )
            at = choose.randrange(0, len(data) - 8, 4)
            data[at : at + len(value)] = value
        return replace(box, data=bytes(data)).packed()

    return _with_arrays(act, choose)


def _with_arrays(act: Callable[[Box], bytes], choose: random.Random) -> tuple[str, bytes]:
    """A container in which one member with arrays has been changed."""
    name = choose.choice(("weights", "weights", "history", "table"))
    if name == "table":
        text, rows = members(trained=False).values()
        changed = act(Box.of(rows))
        return ".cascade", zipped(Part(b"project.json", text), Part(b"data/table.safetensors", changed))
    return ".cascade", zipped(*parts(**{name: act(Box.of(members()[f"{name}.safetensors"]))}))


MUTATIONS: tuple[Mutation, ...] = (
    text_bytes, text_values, container_bytes, container_values, container_fields, container_members,
    container_headers, container_headers, container_numbers,
)  # fmt: skip
