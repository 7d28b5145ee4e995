"""How a data file is to be read: noted in the project, so that the same file gives the same samples again."""

from typing import Annotated, Literal

from msgspec import Meta

from engine.kinds import Kind

ONE_LINE = r"^[^\x00-\x1f]*\Z"
ColumnNumbers = tuple[Annotated[int, Meta(ge=0, le=100_000)], ...]
ArrayName = Annotated[str, Meta(max_length=200)]
Separator = Literal[",", ";", "tab", "|", "blank"]
Decimal = Literal[".", ","]


class Format(Kind, frozen=True):
    """A form of file. Columns are counted from 0."""


class TextFormat(Format, frozen=True, tag="text"):
    """Rows of text with values apart: CSV, TSV and their kin."""

    separator: Separator = ","
    decimal: Decimal = "."
    header: bool = True
    inputs: ColumnNumbers = ()
    targets: ColumnNumbers = ()
    text: ColumnNumbers = ()  # columns that hold words


class NpyFormat(Format, frozen=True, tag="npy"):
    """One numpy array of rows and columns."""

    inputs: ColumnNumbers = ()
    targets: ColumnNumbers = ()


class NpzFormat(Format, frozen=True, tag="npz"):
    """Several numpy arrays in one file, by name."""

    inputs: ArrayName = "x"
    targets: ArrayName = "y"


class IdxFormat(Format, frozen=True, tag="idx"):
    """Images as in MNIST: one file of pixels, and one of labels."""

    labels: Annotated[str, Meta(max_length=4096, pattern=ONE_LINE)] = ""  # path of the file of labels


class ImagesFormat(Format, frozen=True, tag="images"):
    """A folder with one subfolder of pictures for each class, brought to one size."""

    size: Annotated[int, Meta(ge=4, le=256)] = 28
    colour: bool = False


AnyFormat = TextFormat | NpyFormat | NpzFormat | IdxFormat | ImagesFormat
