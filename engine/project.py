"""The project: one frozen value that says everything about a chain, its data and its training, and the pure edits on
it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from engine.data.kinds import DATA, AnyData, Xor
from engine.initializers import INITIALIZERS, Values
from engine.layers import LAYERS, AnyLayer, Layer
from engine.losses import LOSSES, AnyLoss, BinaryCrossEntropy
from engine.migrations import migrated
from engine.optimizers import OPTIMIZERS, Adam, AnyOptimizer
from engine.schedules import SCHEDULES, AnySchedule, Constant
from engine.strict import MAXIMUM_BLOCKS, ProjectError, converted, parsed

__all__ = [
    "DATA",
    "INITIALIZERS",
    "LAYERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "Project",
    "ProjectError",
    "Training",
    "can_write_weights",
    "change",
    "decode",
    "decode_blocks",
    "encode_blocks",
    "from_dict",
    "insert",
    "layer_kind",
    "move",
    "named",
    "remove",
    "replace_block",
    "unique_name",
    "write_weights",
]


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the chain is trained."""

    batch_size: Annotated[
        int,
        Meta(
            ge=1,
            le=65536,
            title="Batch size",
            description="samples per step; the last batch of an epoch may be smaller",
        ),
    ] = 32
    seed: Annotated[
        int,
        Meta(
            ge=0,
            le=2**31 - 1,
            title="Seed",
            description="decides data, first weights and shuffling: same seed, same run",
        ),
    ] = 0
    dtype: Annotated[
        Literal["float32", "float64"],
        Meta(title="Precision", description="float32 is faster, float64 agrees with paper to 15 digits"),
    ] = "float32"
    threads: Annotated[
        int,
        Meta(
            ge=1,
            le=2,
            title="Threads",
            description="2 shares each batch between two threads: worth it from about 5 ms a step on, where a second "
            "processor is idle; another run in the last digits and in what dropout drops, but one that repeats exactly",
        ),
    ] = 1
    schedule: Annotated[
        AnySchedule, Meta(title="Schedule", description="what becomes of the learning rate from step to step")
    ] = Constant()
    clip_norm: Annotated[
        Annotated[float, Meta(gt=0, le=1e30)] | None,
        Meta(title="Clip norm", description="longest gradient that the optimizer is given; empty: any"),
    ] = None
    l1: Annotated[
        float,
        Meta(ge=0, le=1e3, title="L1", description="pulls every parameter towards zero by the same small amount"),
    ] = 0.0
    stop_at_step: Annotated[
        Annotated[int, Meta(ge=1, le=10**9)] | None,
        Meta(title="Stop at step", description="training stops by itself after so many steps; empty: it does not"),
    ] = None
    stop_at_loss: Annotated[
        Annotated[float, Meta(gt=0, le=1e30)] | None,
        Meta(
            title="Stop at loss",
            description="training stops when an epoch's mean loss falls to this; empty: it does not",
        ),
    ] = None


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole project. ``{}`` is a valid one: every field has a default."""

    format: Literal[1] = 1
    name: Annotated[
        str, Meta(min_length=1, max_length=120, title="Name", description="1 to 120 printable characters")
    ] = "Untitled"
    data: AnyData = Xor()
    chain: Annotated[tuple[AnyLayer, ...], Meta(max_length=MAXIMUM_BLOCKS)] = ()
    loss: AnyLoss = BinaryCrossEntropy()
    optimizer: AnyOptimizer = Adam()
    training: Training = Training()
    notes: str = ""
    view: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if not self.name.isprintable() or not self.name.strip():
            raise ValueError("name must be 1 to 120 printable characters, not all blank")
        names = [block.name for block in self.chain if block.name]
        twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()
        if twice:
            raise ValueError(f"two blocks of the chain have the name {min(twice)!r}; names must be unique")
        if len(names) < len(self.chain):
            msgspec.structs.force_setattr(self, "chain", named(self.chain))

    def to_json(self) -> str:
        """The canonical text: every field written, in the order of declaration, ending in a newline."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"

    def block(self, name: str) -> AnyLayer:
        """The block of that name. KeyError where there is none."""
        return self.chain[self.index(name)]

    def index(self, name: str) -> int:
        """The position of the block of that name. KeyError where there is none."""
        for position, block in enumerate(self.chain):
            if block.name == name:
                return position
        raise KeyError(name)


Struct = TypeVar("Struct", bound=msgspec.Struct)


def decode(text: str | bytes) -> Project:
    """A project from its JSON text. Raises ProjectError with one sentence."""
    return from_dict(parsed(text))


def from_dict(plain: Any) -> Project:
    """A project from plain dicts and lists. Raises ProjectError with one sentence."""
    return converted(migrated(plain), Project, "project")


def decode_blocks(text: str | bytes) -> tuple[AnyLayer, ...]:
    """Blocks from JSON text: one layer or a list of layers, names optional. Raises ProjectError with one sentence."""
    plain = parsed(text)
    return converted(plain if isinstance(plain, list) else [plain], tuple[AnyLayer, ...], "blocks")


def encode_blocks(blocks: Iterable[Layer]) -> str:
    """The JSON text of blocks, as ``decode_blocks`` reads it."""
    return msgspec.json.encode(list(blocks)).decode()


def layer_kind(kind: str) -> type[Layer]:
    """The class of a layer kind. KeyError where there is none."""
    return {layer.__struct_config__.tag: layer for layer in LAYERS}[kind]


def change(struct: Struct, **changes: Any) -> Struct:
    """The struct with other field values, judged by the same rules as a file. Raises ProjectError with one sentence."""
    plain = msgspec.to_builtins(struct) | {name: msgspec.to_builtins(value) for name, value in changes.items()}
    return converted(plain, type(struct), getattr(struct, "name", "") or type(struct).__name__.lower())


def unique_name(kind: str, taken: Iterable[str]) -> str:
    """The first free name of the form ``dense_1``."""
    used, number = set(taken), 1
    while f"{kind}_{number}" in used:
        number += 1
    return f"{kind}_{number}"


def named(blocks: Iterable[AnyLayer], taken: Iterable[str] = ()) -> tuple[AnyLayer, ...]:
    """The blocks, with a free name for each that has none or one that is taken."""
    blocks = tuple(blocks)
    used = set(taken)
    free = {block.name for block in blocks} - used  # names that the blocks bring along go to their owners
    result = []
    for block in blocks:
        if block.name and block.name not in used:
            result.append(block)
        else:
            result.append(msgspec.structs.replace(block, name=unique_name(block.kind, used | free)))
        used.add(result[-1].name)
    return tuple(result)


def insert(project: Project, index: int, blocks: Sequence[AnyLayer]) -> Project:
    """The project with blocks put in at a slot (0 = before the first block). ProjectError when the chain would be too
    long.
    """
    if len(project.chain) + len(blocks) > MAXIMUM_BLOCKS:
        raise ProjectError(
            f"A chain holds at most {MAXIMUM_BLOCKS} blocks, this would make {len(project.chain) + len(blocks)}."
        )
    fresh = named(blocks, (block.name for block in project.chain))
    return msgspec.structs.replace(project, chain=project.chain[:index] + fresh + project.chain[index:])


def remove(project: Project, names: Iterable[str]) -> Project:
    """The project without the blocks of those names."""
    gone = set(names)
    return msgspec.structs.replace(project, chain=tuple(block for block in project.chain if block.name not in gone))


def move(project: Project, names: Iterable[str], slot: int) -> Project:
    """The project with those blocks, in their order, at a slot counted before they are taken out (0 to the number of
    blocks).
    """
    moving = set(names)
    before = [block for block in project.chain[:slot] if block.name not in moving]
    taken = [block for block in project.chain if block.name in moving]
    after = [block for block in project.chain[slot:] if block.name not in moving]
    return msgspec.structs.replace(project, chain=(*before, *taken, *after))


def replace_block(project: Project, name: str, block: Layer) -> Project:
    """The project with another block in place of the one of that name. ProjectError when the new name is taken."""
    index = project.index(name)
    if block.name != name and any(other.name == block.name for other in project.chain):
        raise ProjectError(f"The name {block.name!r} is taken by another block; names must be unique in the chain.")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", block.name):
        raise ProjectError("A block's name is a small letter, then small letters, digits or _ (at most 64).")
    chain = (*project.chain[:index], block, *project.chain[index + 1 :])
    if block.name != name:
        chain = tuple(_renamed_source(each, name, block.name) for each in chain)
    return msgspec.structs.replace(project, chain=chain)


def write_weights(project: Project, name: str, arrays: Mapping[str, Any]) -> Project:
    """The project with the numbers of a block written down: ``arrays`` holds nested lists by ``"weight"``, ``"bias"``.
    Raises ProjectError for a block whose numbers cannot be.
    """
    block = project.block(name)
    starts = {f"{each}_init": Values(values=values) for each, values in arrays.items()}
    if odd := sorted(starts.keys() - set(block.__struct_fields__)):
        raise ProjectError(f"{name}: the first values of {block.title} cannot be written down ({odd[0]}).")
    return replace_block(project, name, change(block, **starts))


def can_write_weights(block: Layer) -> bool:
    """Whether the numbers of a block can be written down in the project."""
    return all(f"{each}_init" in block.__struct_fields__ for each in block.initializers()) and bool(
        block.initializers()
    )


def _renamed_source(block: Layer, old: str, new: str) -> Layer:
    """The block, naming its source by the source's new name."""
    return msgspec.structs.replace(block, source=new) if old in block.sources else block
