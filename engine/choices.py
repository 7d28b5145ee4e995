"""What may stand at a place of a JSON document, read off the declared types: for messages that say what is allowed."""

from __future__ import annotations

import re
from typing import Any

from msgspec import inspect as types

Step = str | int


def steps_of(path: str) -> list[Step]:
    """The steps of a msgspec path: ``$.chain[0].units`` gives ``["chain", 0, "units"]``."""
    return [name or int(index) for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path)]


def value_at(plain: Any, steps: list[Step]) -> Any:
    """The value that the steps lead to; the last one that can be reached where they lead nowhere."""
    for step in steps:
        try:
            plain = plain[step]
        except (KeyError, IndexError, TypeError):
            return plain
    return plain


def allowed_values(wanted: Any, plain: Any, steps: list[Step]) -> list[str]:
    """The tags or choices that may stand where the steps lead; empty where the type leaves it open."""
    if not steps:
        return []
    parent = _type_at(types.type_info(wanted), plain, steps[:-1])
    members = _structs(parent)
    if members and members[0].tag_field == steps[-1]:
        return [str(each.tag) for each in members]
    here = _type_at(types.type_info(wanted), plain, steps)
    return [str(each) for each in here.values] if isinstance(here, types.LiteralType) else []


def allowed_fields(wanted: Any, plain: Any, steps: list[Step]) -> list[str]:
    """The fields of the object that the steps lead to."""
    here = _type_at(types.type_info(wanted), plain, steps)
    members = [each for each in _structs(here) if _fits(each, value_at(plain, steps))]
    return [field.encode_name for field in members[0].fields] if members else []


def _type_at(here: types.Type | None, plain: Any, steps: list[Step]) -> types.Type | None:
    """The declared type at a place, a union of tagged structs narrowed down by the tag that stands there."""
    for step in steps:
        here = _bare(here)
        if isinstance(step, int):
            here = here.item_type if isinstance(here, types.ListType | types.VarTupleType) else None
        else:
            fitting = [each for each in _structs(here) if _fits(each, plain)]
            here = (
                next((field.type for field in fitting[0].fields if field.encode_name == step), None)
                if fitting
                else None
            )
        plain = value_at(plain, [step])
    return _bare(here)


def _bare(here: types.Type | None) -> types.Type | None:
    """The type without metadata and without None beside it."""
    while isinstance(here, types.Metadata | types.UnionType):
        if isinstance(here, types.Metadata):
            here = here.type
            continue
        rest = [each for each in here.types if not isinstance(each, types.NoneType)]
        if len(rest) != 1:
            return here
        here = rest[0]
    return here


def _structs(here: types.Type | None) -> list[types.StructType]:
    if isinstance(here, types.StructType):
        return [here]
    return (
        [each for each in here.types if isinstance(each, types.StructType)] if isinstance(here, types.UnionType) else []
    )


def _fits(struct: types.StructType, plain: Any) -> bool:
    return struct.tag_field is None or (isinstance(plain, dict) and plain.get(struct.tag_field) == struct.tag)
