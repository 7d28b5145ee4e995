"""How a data file is to be read: noted in the project, so that the same file gives the same samples again."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from engine.kinds import Kind

ONE_LINE = r"^[^\x00-\x1f]*\Z"
ColumnNumbers = tuple[Annotated[int, Meta(ge=0, le=100_000)], ...]
ArrayName = Annotated[str, Meta(max_length=200)]
Separator = Literal[",", ";", "tab", "|", "blank"]
Decimal = Literal[".", ","]


class Format(Kind, frozen=True):
    """A form of file. Columns are counted from 0."""

    chosen: ClassVar[str] = ""  # what a person decides about such a file, where there is anything

    @property
    def layout(self) -> dict[str, Any]:
        """What is not to be guessed when the file is looked at again."""
        return {}


class TextFormat(Format, frozen=True, tag="text"):
    """Rows of text with values apart: CSV, TSV and their kin."""

    chosen: ClassVar[str] = "Columns"
    separator: Separator = ","
    decimal: Decimal = "."
    header: bool = True
    inputs: ColumnNumbers = ()
    targets: ColumnNumbers = ()
    text: ColumnNumbers = ()  # columns that hold words

    @property
    def layout(self) -> dict[str, Any]:
        return {"separator": self.separator, "decimal": self.decimal, "header": self.header}


class NpyFormat(Format, frozen=True, tag="npy"):
    """One numpy array of rows and columns."""

    chosen: ClassVar[str] = "Columns"
    inputs: ColumnNumbers = ()
    targets: ColumnNumbers = ()


class NpzFormat(Format, frozen=True, tag="npz"):
    """Several numpy arrays in one file, by name."""

    chosen: ClassVar[str] = "Arrays"
    inputs: ArrayName = "x"
    targets: ArrayName = "y"

    @property
    def layout(self) -> dict[str, Any]:
        return {"inputs": self.inputs, "targets": self.targets}


class IdxFormat(Format, frozen=True, tag="idx"):
    """Images as in MNIST: one file of pixels, and one of labels."""

    labels: Annotated[str, Meta(max_length=4096, pattern=ONE_LINE)] = ""  # path of the file of labels


class ImagesFormat(Format, frozen=True, tag="images"):
    """A folder with one subfolder of pictures for each class, brought to one size."""

    chosen: ClassVar[str] = "Pictures"
    size: Annotated[int, Meta(ge=4, le=256)] = 28
    colour: bool = False

    @property
    def layout(self) -> dict[str, Any]:
        return {"size": self.size, "colour": self.colour}


AnyFormat = TextFormat | NpyFormat | NpzFormat | IdxFormat | ImagesFormat
