"""The container: a zip whose members are stored as they are, one after the other, and nothing else that a zip can be.

Every byte of a file has its place in this order: for each member its header, its name and its data; the directory that
repeats the headers; the end. So nothing can be compressed, hidden, laid over something else or read twice, and no
member is larger than the file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Mapping
from typing import Any, BinaryIO, NamedTuple

from engine.strict import ProjectError

START = b"PK"  # with which a zip begins, and no JSON
HEADER = struct.Struct("<4s5H3L2H")
ENTRY = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
VERSION = 10  # of zip: stored members only
READ_UP_TO = 20
UTF8 = 0x800  # the one flag that changes nothing for the names that there are
FIRST_DAY = 0x21  # 1 January 1980, so that equal members make equal files
LARGEST = 2**32 - 2  # bytes; beyond, a zip is another format


class Member(NamedTuple):
    """Where the data of a member lie in the file, and their checksum."""

    start: int
    size: int
    checksum: int


def packed(members: Mapping[str, bytes]) -> bytes:
    """The members, in their order, as the bytes of a container. Raises ProjectError where they are too large."""
    if sum(map(len, members.values())) > LARGEST - 2**16:
        raise ProjectError(f"A container holds at most 4 GB, this is {sum(map(len, members.values())) / 2**30:.1f} GB.")
    pieces: list[bytes] = []
    directory: list[bytes] = []
    place = 0
    for name, data in members.items():
        common = (VERSION, 0, 0, 0, FIRST_DAY, zlib.crc32(data), len(data), len(data), len(name), 0)
        header = HEADER.pack(b"PK\3\4", *common)
        directory.append(ENTRY.pack(b"PK\1\2", VERSION, *common, 0, 0, 0, 0, place) + name.encode())
        pieces += [header, name.encode(), data]
        place += len(header) + len(name) + len(data)
    size = sum(map(len, directory))
    end = END.pack(b"PK\5\6", 0, 0, len(members), len(members), size, place, 0)
    return b"".join([*pieces, *directory, end])


class Archive:
    """A container that is being read. ``members`` are there at once, their data are read when asked for. Raises
    ProjectError for anything but the ``known`` members, each at most once.
    """

    def __init__(self, file: BinaryIO, size: int, known: Collection[str]) -> None:
        self._file, self._known = file, known
        if size > LARGEST:
            raise ProjectError(f"a container holds at most 4 GB, this is {size / 2**30:.1f} GB.")
        self.members: dict[str, Member] = {}
        count, directory = self._end(size)
        place = directory
        following = 0
        for _ in range(count):
            place, name, fields = self._entry(place)
            following = self._header(following, name, fields)
        if place != size - END.size or following != directory:
            raise ProjectError("is damaged: there is something between its members and its end.")

    def begin(self, name: str, length: int) -> bytes:
        """The first bytes of a member, as they are; whether they are what was written, only the whole can show."""
        start, size, _ = self.members[name]
        return self._bytes(start, min(size, length))

    def read(self, name: str, most: int) -> bytes:
        """The data of a member. Raises ProjectError where they are more bytes than there may be, or not what was
        written.
        """
        start, size, checksum = self.members[name]
        if size > most:
            raise ProjectError(f"{name} may hold at most {most:,} bytes here, it has {size:,}.")
        self._file.seek(start)
        data = self._file.read(size)
        if len(data) != size or zlib.crc32(data) != checksum:
            raise ProjectError(f"{name} is damaged: its checksum is another one.")
        return data

    def _end(self, size: int) -> tuple[int, int]:
        """How many members there are, and where their directory begins."""
        sign, disk, first_disk, here, count, length, place, comment = self._fields(END, size - END.size)
        if sign != b"PK\5\6":
            raise ProjectError("is no container, or its end is missing.")
        if disk or first_disk or comment or here != count:
            raise ProjectError("has a comment or several parts; a container has neither.")
        if not 1 <= count <= len(self._known):
            raise ProjectError(f"has {count} members; a container has 1 to {len(self._known)}.")
        if place + length != size - END.size:
            raise ProjectError("is damaged: its directory is not where it should be.")
        return count, place

    def _entry(self, place: int) -> tuple[int, str, tuple[int, ...]]:
        """An entry of the directory: where the next one begins, the name, the fields that the header has as well."""
        sign, _by, *fields, comment, disk, _kind, _rights, start = self._fields(ENTRY, place)
        if sign != b"PK\1\2" or comment or disk:
            raise ProjectError("is damaged: its directory cannot be read.")
        name = self._name(place + ENTRY.size, fields[-2])
        if name in self.members:
            raise ProjectError(f"holds {name} twice.")
        return place + ENTRY.size + len(name), name, (*fields, start)

    def _header(self, place: int, name: str, fields: tuple[int, ...]) -> int:
        """Notes a member whose header is at a place. Where the next one begins."""
        *expected, start = fields
        sign, *found = self._fields(HEADER, place)
        if start != place or sign != b"PK\3\4" or tuple(found) != tuple(expected):
            raise ProjectError(f"is damaged: the header of {name} is not what its directory says.")
        if self._name(place + HEADER.size, len(name)) != name:
            raise ProjectError(f"is damaged: {name} has two names.")
        version, flags, method, _time, _day, checksum, compressed, size, _length, extra = found
        if version > READ_UP_TO or flags & ~UTF8 or method or extra or compressed != size:
            raise ProjectError(f"{name} is compressed, encrypted or of a newer form; members are stored as they are.")
        data = place + HEADER.size + len(name)
        self.members[name] = Member(data, size, checksum)
        return data + size

    def _name(self, place: int, length: int) -> str:
        """The name of a member, one of those that are known."""
        name = self._bytes(place, min(length, 100)).decode("ascii", "replace")
        if name not in self._known:
            raise ProjectError(f"holds {name[:60]!r}, which is no part of a container: {', '.join(self._known)}.")
        return name

    def _fields(self, form: struct.Struct, place: int) -> tuple[Any, ...]:
        return form.unpack(self._bytes(place, form.size))

    def _bytes(self, place: int, length: int) -> bytes:
        if place < 0:
            raise ProjectError("is too short to be a container.")
        self._file.seek(place)
        data = self._file.read(length)
        if len(data) != length:
            raise ProjectError("is damaged: it ends too early.")
        return data
