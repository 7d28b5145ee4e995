"""Reading and writing files: strict on the way in, atomic on the way out."""

from engine.saved import Saved
from engine.storage.disk import Stamp, backup_of, stamp_of, write_atomically
from engine.storage.projects import (
    PLAIN,
    SUFFIX,
    located,
    read_project,
    read_saved,
    write_project,
    write_saved,
    write_weights,
)
from engine.storage.shipped import EXAMPLES, LECTURE, SERIES, TRAINED, TROUBLED, Example, examples, read_example

__all__ = [
    "EXAMPLES",
    "LECTURE",
    "PLAIN",
    "SERIES",
    "SUFFIX",
    "TRAINED",
    "TROUBLED",
    "Example",
    "Saved",
    "Stamp",
    "backup_of",
    "examples",
    "located",
    "read_example",
    "read_project",
    "read_saved",
    "stamp_of",
    "write_atomically",
    "write_project",
    "write_saved",
    "write_weights",
]
