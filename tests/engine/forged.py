"""Makes containers as no honest program would: every field of a zip and of safetensors can be set by hand.

Nothing here uses the program's own writing, so that reading is tested against the formats themselves.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

import engine
from engine.storage import container
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project

LOCAL = (
    "sign",
    "version",
    "flags",
    "method",
    "time",
    "date",
    "crc",
    "compressed",
    "size",
    "name_length",
    "extra_length",
)
CENTRAL = ("sign", "by", *LOCAL[1:], "comment_length", "disk", "kind", "rights", "offset")
END = ("sign", "disk", "first_disk", "here", "count", "length", "place", "comment_length")


@dataclass(frozen=True)
class Part:
    """One member: ``local`` and ``central`` replace fields of its two headers, the rest is put in as it is."""

    name: bytes
    data: bytes
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    before: bytes = b""  # what lies between the member before and this one
    central_name: bytes | None = None


def zipped(*parts: Part, before: bytes = b"", gap: bytes = b"", after: bytes = b"", **end: Any) -> bytes:
    """A zip of the parts; ``end`` replaces fields of its last record."""
    data, directory = before, b""
    for part in parts:
        data += part.before
        common = {
            "version": 20, "flags": 0, "method": 0, "time": 0, "date": 33, "crc": zlib.crc32(part.data),
            "compressed": len(part.data), "size": len(part.data), "name_length": len(part.name),
        }  # fmt: skip
        local = {"sign": b"PK\3\4", **common, "extra_length": len(part.extra), **part.local}
        name = part.name if part.central_name is None else part.central_name
        central = {
            "sign": b"PK\1\2", "by": 20, **common, "name_length": len(name), "extra_length": len(part.central_extra),
            "comment_length": len(part.comment), "disk": 0, "kind": 0, "rights": 0, "offset": len(data), **part.central,
        }  # fmt: skip
        directory += struct.pack("<4s6H3L5H2L", *(central[key] for key in CENTRAL))
        directory += name + part.central_extra + part.comment
        data += struct.pack("<4s5H3L2H", *(local[key] for key in LOCAL)) + part.name + part.extra + part.data
    last = {
        "sign": b"PK\5\6", "disk": 0, "first_disk": 0, "here": len(parts), "count": len(parts),
        "length": len(directory), "place": len(data) + len(gap), "comment_length": 0, **end,
    }  # fmt: skip
    return data + gap + directory + struct.pack("<4s4H2LH", *(last[key] for key in END)) + after


@dataclass(frozen=True)
class Box:
    """The parts of a safetensors file."""

    header: dict[str, Any]
    data: bytes

    @classmethod
    def of(cls, whole: bytes) -> Box:
        length = int.from_bytes(whole[:8], "little")
        return cls(json.loads(whole[8 : 8 + length]), whole[8 + length :])

    def packed(self, text: str | None = None, length: int | None = None) -> bytes:
        """Its bytes; ``text`` in place of the header, ``length`` in place of what is said of its length."""
        header = (json.dumps(self.header) if text is None else text).encode()
        return (len(header) if length is None else length).to_bytes(8, "little") + header + self.data

    def state(self) -> dict[str, Any]:
        return json.loads(self.header["__metadata__"]["cascade"])

    def with_state(self, **changes: Any) -> Box:
        """With other plain values; None takes one away."""
        state = {name: value for name, value in {**self.state(), **changes}.items() if value is not None}
        return self.with_header(__metadata__={"cascade": json.dumps(state)})

    def with_header(self, **changes: Any) -> Box:
        header = {name: value for name, value in {**self.header, **changes}.items() if value is not None}
        return replace(self, header=header)

    def entry(self, name: str, **changes: Any) -> Box:
        """With something else said of an array."""
        return self.with_header(**{name: {**self.header[name], **changes}})

    def array(self, name: str, value: Any, at: int = 0) -> Box:
        """With another number in an array."""
        entry = self.header[name]
        kind = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U64": "<u8", "BOOL": "u1"}[entry["dtype"]]
        number = np.array(value, kind).tobytes()
        start = entry["data_offsets"][0] + at * len(number)
        return replace(self, data=self.data[:start] + number + self.data[start + len(number) :])

    def renamed(self, old: str, new: str) -> Box:
        return replace(self, header={new if name == old else name: value for name, value in self.header.items()})


CHAIN = project(
    dense(3), of("batch_norm"), of("relu"), of("dropout"), dense(1),
    name="Honest", data=of("moons", samples=25), training={"batch_size": 8},
)  # fmt: skip
ROWS = engine.load({"data": of("table", inputs=[[k, k / 2, 0.5, 7] for k in range(2000)], targets=["a", "b"] * 1000)})


@cache
def members(trained: bool = True) -> dict[str, bytes]:
    """The members of an honest container, by name: of a trained chain, or of a large table."""
    if not trained:
        return container.members(engine.storage.Saved(ROWS))
    trainer = Trainer(CHAIN)
    trainer.run(10)
    return container.members(trainer.saved())


def parts(**instead: bytes | None) -> list[Part]:
    """The honest members as parts; ``project``, ``weights`` and ``history`` with other data, None without it."""
    names = {"project": "project.json", "weights": "weights.safetensors", "history": "history.safetensors"}
    found = {short: instead.get(short, members()[name]) for short, name in names.items()}
    return [Part(names[short].encode(), data) for short, data in found.items() if data is not None]


def weights(act: Callable[[Box], Box | bytes]) -> bytes:
    """A container whose weights were changed."""
    return zipped(*parts(weights=_packed(act(Box.of(members()["weights.safetensors"])))))


def history(act: Callable[[Box], Box | bytes]) -> bytes:
    """A container whose history was changed."""
    return zipped(*parts(history=_packed(act(Box.of(members()["history.safetensors"])))))


def table(act: Callable[[Box], Box | bytes]) -> bytes:
    """A container whose table was changed."""
    text, rows = members(trained=False).values()
    return zipped(Part(b"project.json", text), Part(b"data/table.safetensors", _packed(act(Box.of(rows)))))


def text(act: Callable[[str], str | bytes]) -> bytes:
    """A container whose project was changed."""
    changed = act(members()["project.json"].decode())
    return zipped(*parts(project=changed if isinstance(changed, bytes) else changed.encode()))


def _packed(found: Box | bytes) -> bytes:
    return found if isinstance(found, bytes) else found.packed()
