"""Arrays by name in the form of safetensors, with one struct of plain values beside them.

They are written by the library of that name. They are read here, because a stranger's file must be judged before
anything is made of it: every byte belongs to exactly one array, and names, shapes and types are those expected.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from engine.layers.layer import Shape, times
from engine.lazy import Array, np
from engine.strict import MAXIMUM_BYTES, ProjectError, converted, parsed

STATE = "cascade"
"""The one key of the metadata; several would be written in an order that differs from time to time."""
TYPES = {"F32": "float32", "F64": "float64", "I64": "int64", "U64": "uint64", "BOOL": "bool"}
HEADER_MOST = MAXIMUM_BYTES  # 2,000 blocks of every kind need 3 MB, a project beside them as much as a project may
LENGTH = 8  # bytes that say how long the header is
Form = tuple[Shape, str]
"""Shape and type of an array that is expected."""
Natural = Annotated[int, Meta(ge=0, le=2**53)]
Struct = TypeVar("Struct", bound=msgspec.Struct)


class _Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the header says of an array."""

    dtype: Literal["F32", "F64", "I64", "U64", "BOOL"]
    shape: Annotated[tuple[Natural, ...], Meta(max_length=4)]
    data_offsets: tuple[Natural, Natural]


def packed(arrays: Mapping[str, Array], state: msgspec.Struct) -> bytes:
    """The bytes of arrays and a struct; the same bytes for equal values."""
    from safetensors.numpy import save

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return save(whole, metadata={STATE: msgspec.json.encode(state).decode()})


def size_of(forms: Mapping[str, Form]) -> int:
    """Bytes of arrays of those forms."""
    return sum(math.prod(shape) * np.dtype(kind).itemsize for shape, kind in forms.values())


class Tensors:
    """What stands in such bytes: first the header, then, once it is known what to expect, the arrays. Raises
    ProjectError. Of the mere beginning of such bytes, not ``whole``, there is the header alone.
    """

    def __init__(self, data: bytes, whole: bool = True) -> None:
        length = int.from_bytes(data[:LENGTH], "little")
        self._data = memoryview(data)[LENGTH + length :]
        if len(data) < LENGTH + 2 or length > min(HEADER_MOST, len(data) - LENGTH):
            raise ProjectError("its header is longer than it may be.")
        text = data[LENGTH : LENGTH + length]
        if not text.startswith(b"{"):
            raise ProjectError("its header is not JSON.")
        header = parsed(text)
        self._metadata = header.pop("__metadata__", None)
        self._places = {name: _place(name, plain) for name, plain in header.items()}
        if whole:
            self._judge_offsets()

    @property
    def size(self) -> int:
        """Bytes of all arrays."""
        return len(self._data)

    def state(self, wanted: type[Struct]) -> Struct:
        """The plain values beside the arrays."""
        if not isinstance(self._metadata, dict) or set(self._metadata) != {STATE}:
            raise ProjectError(f"its metadata must hold {STATE!r} and nothing else.")
        text = self._metadata[STATE]
        if not isinstance(text, str) or not text.startswith("{"):
            raise ProjectError(f"{STATE} must be a JSON object as text.")
        return converted(parsed(text), wanted, STATE)

    def arrays(self, forms: Mapping[str, Form]) -> dict[str, Array]:
        """The arrays, as views that cannot be written to; exactly those of the forms."""
        if odd := sorted(forms.keys() ^ self._places.keys()):
            raise ProjectError(f"{_short(odd[0])!r} is {'missing' if odd[0] in forms else 'not expected'}.")
        return {name: self._array(name, shape, kind) for name, (shape, kind) in forms.items()}

    def _array(self, name: str, shape: Shape, kind: str) -> Array:
        place = self._places[name]
        if (place.shape, TYPES[place.dtype]) != (tuple(shape), kind):
            given = f"{times(place.shape) or 'one number'} of {TYPES[place.dtype]}"
            raise ProjectError(f"{name} must be {times(shape)} of {kind}, is {given}.")
        found = np.frombuffer(self._data, "uint8" if kind == "bool" else kind, math.prod(shape), place.data_offsets[0])
        if kind == "bool":
            if found.size and found.max() > 1:
                raise ProjectError(f"{name} must be true or false everywhere.")
            found = found.view(bool)
        return found.reshape(shape)

    def _judge_offsets(self) -> None:
        """Every byte must belong to exactly one array, and every array must be as long as its shape says."""
        reached = 0
        for name, place in sorted(self._places.items(), key=lambda pair: pair[1].data_offsets):
            start, end = place.data_offsets
            if start != reached or end - start != math.prod(place.shape) * np.dtype(TYPES[place.dtype]).itemsize:
                raise ProjectError(f"{_short(name)} does not lie where its neighbours end, or is not as long as said.")
            reached = end
        if reached != len(self._data):
            raise ProjectError(f"its arrays take {reached:,} bytes, there are {len(self._data):,}.")


def _place(name: str, plain: Any) -> _Place:
    """What is said of an array. Raises ProjectError that names it."""
    try:
        return converted(plain, _Place, "what is said of it")
    except ProjectError as error:
        raise ProjectError(f"{_short(name)}: {error}") from None


def _short(name: Any) -> str:
    return name if len(name) <= 60 else name[:59] + "…"
