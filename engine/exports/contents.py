"""What exported files hold, in lines that a person can read: programs and tables as they are, arrays by their names."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from engine.lazy import np

MOST_LINES = 5_000
TEXTS = frozenset({".py", ".csv", ".txt", ".md", ".json"})


@dataclass(frozen=True)
class Content:
    """A file: its ``lines``, of which long ones lack the end, and ``about``, how much there is."""

    name: str
    data: bytes
    lines: tuple[str, ...]
    about: str

    @property
    def text(self) -> str | None:
        """All of it where it is text."""
        return self.data.decode() if PurePath(self.name).suffix in TEXTS else None


def content(name: str, data: bytes) -> Content:
    """What is in a file of ours."""
    suffix = PurePath(name).suffix
    if suffix in TEXTS:
        lines = data.decode().splitlines()
        about = f"{len(lines):,} lines" + (f", the first {MOST_LINES:,} are shown" if len(lines) > MOST_LINES else "")
        return Content(name, data, tuple(lines[:MOST_LINES]), about)
    return Content(name, data, tuple(_LISTED[suffix](data)) if suffix in _LISTED else (), f"{len(data):,} bytes")


def _arrays(data: bytes) -> list[str]:
    """The arrays of a file of safetensors, from its head alone: eight bytes of length, then JSON."""
    length = int.from_bytes(data[:8], "little")
    head: dict[str, Any] = json.loads(data[8 : 8 + length])
    arrays = {name: each for name, each in head.items() if name != "__metadata__"}
    return _table([(name, _shape(each["shape"]), each["dtype"], _bytes(each)) for name, each in arrays.items()])


def _bytes(array: dict[str, Any]) -> str:
    begin, end = array["data_offsets"]
    return f"{end - begin:,} bytes"


def _archive(data: bytes) -> list[str]:
    """The arrays of a numpy archive."""
    with np.load(io.BytesIO(data)) as archive:
        arrays = [(name, archive[name]) for name in archive.files]
    return _table([(name, _shape(each.shape), str(each.dtype), f"{each.nbytes:,} bytes") for name, each in arrays])


def _network(data: bytes) -> list[str]:
    """The operators of an ONNX network in their order, then its arrays."""
    import onnx

    graph = onnx.load_model_from_string(data).graph
    steps = [(each.op_type, ", ".join(each.input), "→", ", ".join(each.output)) for each in graph.node]
    arrays = [
        (each.name, _shape(each.dims), onnx.TensorProto.DataType.Name(each.data_type).lower(), _numbers(each.dims))
        for each in graph.initializer
    ]
    return [*_table(steps), "", *_table(arrays)]


def _numbers(shape: Sequence[int]) -> str:
    return f"{math.prod(shape):,} numbers"


def _shape(sides: Sequence[int]) -> str:
    return "×".join(map(str, sides)) or "one number"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows with their cells below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


_LISTED: dict[str, Callable[[bytes], list[str]]] = {
    ".safetensors": _arrays,
    ".npz": _archive,
    ".onnx": _network,
}
