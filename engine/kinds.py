"""What every declared kind (layer, loss, optimizer, data set, initialiser) has in common, and the description of its
fields.

A kind is declared once, as a frozen struct with annotated fields. Decoding with its limits, the property editor, the
tooltips, the reference and the tests all read that one declaration.

Files that declare kinds do not postpone their annotations: as text, each would be compiled when the first project is
read, which the window waits for.
"""

import inspect
from functools import cache
from typing import Any, ClassVar, Literal

import msgspec
from msgspec import inspect as types

FieldType = Literal["int", "float", "bool", "text", "choice", "kind", "rows", "json"]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A declared kind: its tag names it in files, its title names it on screen."""

    title: ClassVar[str] = ""
    group: ClassVar[str] = ""
    family: ClassVar[str] = ""
    hidden: ClassVar[tuple[str, ...]] = ()  # fields that are noted, not chosen: forms do not show them

    @property
    def kind(self) -> str:
        """The tag that stands in project files, for example ``"dense"``."""
        return tag_of(type(self))

    @property
    def about(self) -> str:
        """What this is, in a sentence or two."""
        return help_of(type(self))

    @property
    def summary(self) -> str:
        """The main setting in a few words, shown on the block; empty where there is none."""
        return ""


class Field(msgspec.Struct, frozen=True):
    """One field, as an editor needs it. ``choices`` holds strings for a choice and kind classes for a kind."""

    name: str
    title: str
    help: str
    type: FieldType
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    choices: tuple[Any, ...] = ()
    optional: bool = False

    @property
    def limits(self) -> str:
        """The allowed values in words, for example ``"1 to 4096"``; empty when anything of the type is allowed."""
        above = f"above {self.minimum:g}" if self.exclusive_minimum else f"at least {self.minimum or 0:g}"
        below = f"below {self.maximum:g}" if self.exclusive_maximum else f"at most {self.maximum or 0:g}"
        if self.minimum is None:
            return "" if self.maximum is None else below
        if self.maximum is None:
            return above
        if not self.exclusive_minimum and not self.exclusive_maximum:
            return f"{self.minimum:g} to {self.maximum:g}"
        return f"{above}, {below}"


def tag_of(kind: type[msgspec.Struct]) -> str:
    """The tag of a kind's class."""
    return str(kind.__struct_config__.tag)


def help_of(kind: type[msgspec.Struct]) -> str:
    """The first paragraph of the kind's docstring, on one line."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].split())


@cache
def fields(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The editable fields of a struct in the order of their declaration; a block's name is not among them."""
    described = types.type_info(struct)
    assert isinstance(described, types.StructType)
    return tuple(_field(each) for each in described.fields if each.name != "name")


def _field(declared: types.Field) -> Field:
    annotated, optional = _without_none(declared.type)
    title, text = declared.name.replace("_", " ").capitalize(), ""
    while isinstance(annotated, types.Metadata):
        schema = annotated.extra_json_schema or {}
        title, text = schema.get("title", title), schema.get("description", text)
        annotated, none_inside = _without_none(annotated.type)
        optional = optional or none_inside
    return Field(declared.name, title, text, optional=optional, default=_default(declared), **_type(annotated))


def _without_none(annotated: types.Type) -> tuple[types.Type, bool]:
    """A type and whether None is allowed beside it; other unions stay as they are."""
    if isinstance(annotated, types.UnionType):
        rest = tuple(each for each in annotated.types if not isinstance(each, types.NoneType))
        if len(rest) < len(annotated.types):
            return (rest[0] if len(rest) == 1 else types.UnionType(rest)), True
    return annotated, False


def _default(declared: types.Field) -> Any:
    if declared.default is not msgspec.NODEFAULT:
        return declared.default
    return None if declared.default_factory is msgspec.NODEFAULT else declared.default_factory()


def _type(annotated: types.Type) -> dict[str, Any]:
    """The parts of a Field that follow from its type alone."""
    match annotated:
        case types.BoolType():
            return {"type": "bool"}
        case types.IntType() | types.FloatType():
            lowest = annotated.ge if annotated.gt is None else annotated.gt
            highest = annotated.le if annotated.lt is None else annotated.lt
            return {
                "type": "int" if isinstance(annotated, types.IntType) else "float",
                "minimum": lowest,
                "maximum": highest,
                "exclusive_minimum": annotated.gt is not None,
                "exclusive_maximum": annotated.lt is not None,
            }
        case types.StrType():
            return {"type": "text"}
        case types.LiteralType(values=values):
            return {"type": "choice", "choices": tuple(values)}
        case types.StructType(cls=cls):
            return {"type": "kind", "choices": (cls,)}
        case types.UnionType(types=members):
            classes = tuple(each.cls for each in members if isinstance(each, types.StructType))
            return {"type": "kind", "choices": classes} if classes else {"type": "rows"}
        case types.ListType() | types.VarTupleType():
            return {"type": "rows"}
    return {"type": "json"}
