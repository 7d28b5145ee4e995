"""Reading and writing files: strict on the way in, atomic on the way out.

disk.py          bytes on disk: beside the target, flushed, in its place; what stood there is kept as NAME~
projects.py      a project as text (.json), or a container (.cascade); which of both decides a file's beginning
container.py     what the members of a container are
archive.py       the zip that holds them: stored one after the other, and nothing else that a zip can be
tensors.py       arrays by name as safetensors, with plain values beside them
trained.py       weights.safetensors: all that decides how a run goes on
curves.py        history.safetensors: what a run leaves behind
rows.py          data/table.safetensors: the rows of a large table
shipped.py       the projects that come with the program
"""

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
