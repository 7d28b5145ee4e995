"""Data files as they should not be: every one by name, and which of them are whole all the same."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile

import numpy as np

RNG = np.random.default_rng(7)
TABLE = b"a,b,c\n" + b"".join(b"%d,%.2f,%s\n" % (i, i / 3, b"xyz"[i % 3 : i % 3 + 1]) for i in range(40))


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(**members: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **members)
    return file.getvalue()


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def npy_saying(text: str, rest: bytes = b"\0" * 64) -> bytes:
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text.encode() + rest


ROWS = npy(RNG.normal(size=(30, 4)))
PAIR = npz(x=RNG.normal(size=(30, 4)), y=np.arange(30) % 3)
PICTURES = RNG.integers(0, 256, (12, 5, 5))
DIGITS = np.arange(12) % 3


def header(**fields: object) -> str:
    return repr({"descr": "<f8", "fortran_order": False, "shape": (2, 4), **fields})


def zipped(content: bytes, name: str = "x.npy") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


WRITTEN: dict[str, tuple[str, bytes]] = {
    "empty": ("t.csv", b""),
    "one byte": ("t.csv", b"1"),
    "blank lines": ("t.csv", b"\n\n\r\n \n"),
    "a header only": ("t.csv", b"a,b,c\n"),
    "one row": ("t.csv", b"a,b\n1,2\n"),
    "one column": ("t.csv", b"a\n1\n2\n3\n"),
    "ragged below": ("t.csv", TABLE + b"1,2\n"),
    "ragged above": ("t.csv", b"1\n" + TABLE),
    "a bad number": ("t.csv", TABLE + b"1,1.2.3,x\n"),
    "an infinite number": ("t.csv", TABLE + b"1,inf,x\n"),
    "a number with a line below": ("t.csv", TABLE + b"1_0,1,x\n"),
    "missing everywhere": ("t.csv", b"a,b,c\n" + b"1,,x\n" * 9),
    "one class": ("t.csv", b"a,b\n1,x\n2,x\n"),
    "all the same": ("t.csv", b"1,1\n" * 9),
    "zero bytes": ("t.csv", TABLE[:50] + b"\0" + TABLE[50:]),
    "nothing but zero bytes": ("t.csv", b"\0" * 1000),
    "latin letters": ("t.csv", "a,b\n1,ü\n2,ä\n3,ü\n".encode("latin-1")),
    "UTF-16": ("t.csv", "a,b\n1,2\n3,4\n".encode("utf-16")),
    "half a letter at the end": ("t.csv", TABLE + "ü".encode()[:1]),
    "an open quotation": ("t.csv", TABLE + b'"1,2,3\n4,5,6\n'),
    "a stray quotation": ("t.csv", TABLE + b'1,"2"3,x\n'),
    "old line ends": ("t.csv", TABLE.replace(b"\n", b"\r")),
    "lone surrogates": ("t.csv", b"a,b\n1,\xed\xa0\x80\n2,x\n"),
    "names twice": ("t.csv", b"a,a,a\n1,2,x\n3,4,y\n"),
    "no names": ("t.csv", b",,\n1,2,x\n3,4,y\n"),
    "a formula": ("t.csv", b"a,b\n=1+1,x\n@SUM(A1),y\n"),
    "markup": ("t.csv", b"<b>a</b>,<img src=x>\n1,x\n2,y\n"),
    "pickle": ("t.csv", b"cos\nsystem\n(S'true'\ntR."),
    "JSON": ("t.csv", json.dumps({"a": [1, 2, {"b": 3}]}, indent=1).encode()),
    "words only": ("t.csv", b"red green\nblue red\ngreen blue\n"),
    "a wide table": ("t.csv", (",".join(["1"] * 10_001) + "\n").encode() * 2),
    "huge numbers": ("t.csv", b"a,b\n1e308,0\n-1e308,1\n1e-320,0\n"),
    "beyond all numbers": ("t.csv", b"a,b\n1e999,0\n2,1\n3,0\n"),
    "ones of a thousand digits": ("t.csv", b"a,b\n" + b"1" * 1000 + b",0\n2,1\n3,1\n"),
    "not packed": ("t.csv.gz", TABLE),
    "packed and cut": ("t.csv.gz", gzip.compress(TABLE)[:-20]),
    "packed and spoiled": ("t.csv.gz", gzip.compress(TABLE)[:30] + b"\xff" * 20),
    "packed with more behind": ("t.csv.gz", gzip.compress(TABLE) + b"more"),
    "packed nothing": ("t.csv.gz", gzip.compress(b"")),
    "npy: nothing": ("t.npy", b""),
    "npy: another file": ("t.npy", TABLE),
    "npy: objects": ("t.npy", npy_saying(header(descr="|O"))),
    "npy: fields": ("t.npy", npy_saying(header(descr=[("a", "<f8")]))),
    "npy: text": ("t.npy", npy(np.array([["a", "b"], ["c", "d"]]))),
    "npy: complex": ("t.npy", npy(np.ones((2, 2), complex))),
    "npy: a call": ("t.npy", npy_saying("__import__('os').system('true')")),
    "npy: deep": ("t.npy", npy_saying("(" * 5000)),
    "npy: a long header": ("t.npy", b"\x93NUMPY\2\0" + (2**31).to_bytes(4, "little") + b"x" * 99),
    "npy: huge": ("t.npy", npy_saying(header(shape=(10**9, 10**9)))),
    "npy: large": ("t.npy", npy_saying(header(shape=(10**6, 100)))),
    "npy: less than nothing": ("t.npy", npy_saying(header(shape=(-2, -4)))),
    "npy: true": ("t.npy", npy_saying(header(shape=(True, 8)))),
    "npy: empty": ("t.npy", npy(np.ones((0, 4)))),
    "npy: a scalar": ("t.npy", npy(np.ones(()))),
    "npy: a cube": ("t.npy", npy(np.ones((2, 3, 4)))),
    "npy: one row": ("t.npy", npy(np.ones((1, 4)))),
    "npy: not finite": ("t.npy", npy(np.full((9, 3), np.inf))),
    "npy: nowhere a number": ("t.npy", npy(np.full((9, 3), np.nan))),
    "npy: more behind": ("t.npy", ROWS + b"more"),
    "npz: another file": ("t.npz", TABLE),
    "npz: one array": ("t.npz", npz(x=np.ones((3, 2)))),
    "npz: of other lengths": ("t.npz", npz(x=np.ones((3, 2)), y=np.ones(4))),
    "npz: no arrays": ("t.npz", zipped(b"text", "readme.txt")),
    "npz: empty": ("t.npz", zipped(b"")),
    "npz: objects": ("t.npz", zipped(npy_saying(header(descr="|O")))),
    "npz: another size": ("t.npz", zipped(npy_saying(header(shape=(10**5, 10**3))))),
    "npz: not finite": ("t.npz", npz(x=np.full((4, 2), np.nan), y=np.arange(4) % 2)),
    "npz: one class": ("t.npz", npz(x=np.ones((4, 2)), y=np.ones(4))),
    "npz: climbing out": ("t.npz", zipped(ROWS, "../../x.npy")),
    "idx: alone": ("digits-images-idx3-ubyte", idx_bytes(PICTURES)),
    "idx: nothing": ("train-images-idx3-ubyte", b""),
    "idx: another magic": ("train-images-idx3-ubyte", b"\1\2\3\4" + idx_bytes(PICTURES)[4:]),
    "idx: another type": ("train-images-idx3-ubyte", b"\0\0\x0a\3" + idx_bytes(PICTURES)[4:]),
    "idx: huge": ("train-images-idx3-ubyte", struct.pack(">HBB3I", 0, 8, 3, *[2**32 - 1] * 3) + b"\0" * 99),
    "idx: huge and packed": (
        "train-images-idx3-ubyte.gz",
        gzip.compress(struct.pack(">HBB3I", 0, 8, 3, 2**31, 28, 28) + b"\0" * 99),
    ),
    "idx: empty axes": ("train-images-idx3-ubyte", struct.pack(">HBB3I", 0, 8, 3, 0, 28, 28)),
    "idx: flat": ("train-images-idx3-ubyte", idx_bytes(PICTURES.reshape(12, 25))),
    "idx: of other length": ("train-images-idx3-ubyte", idx_bytes(PICTURES[:11])),
    "idx: more behind": ("train-images-idx3-ubyte", idx_bytes(PICTURES) + b"x"),
    "idx: packed, more behind": ("train-images-idx3-ubyte.gz", gzip.compress(idx_bytes(PICTURES) + b"x")),
}
for cut in (1, 3, 4, 9, 15, 16, 40, 200):
    WRITTEN[f"idx: cut after {cut}"] = ("train-images-idx3-ubyte", idx_bytes(PICTURES)[:cut])
    WRITTEN[f"idx: packed and cut after {cut}"] = (
        "train-images-idx3-ubyte.gz",
        gzip.compress(idx_bytes(PICTURES))[:cut],
    )
    WRITTEN[f"npy: cut after {cut}"] = ("t.npy", ROWS[:cut])
    WRITTEN[f"npz: cut after {cut}"] = ("t.npz", PAIR[:cut])
    WRITTEN[f"table: cut after {cut}"] = ("t.csv", TABLE[:cut])

LINES = TABLE.splitlines(keepends=True)
for line in (2, 20, 40):
    before, whole, after = b"".join(LINES[: line - 1]), LINES[line - 1].strip(), b"".join(LINES[line:])
    for what, spoiled in {
        "a value too many": whole + b",9",
        "a value too few": whole.rpartition(b",")[0],
        "tabs": whole.replace(b",", b"\t"),
        "a zero byte": b"1,\0,x",
        "a quotation that stays open": b'1,"2,x',
        "no UTF-8": b"1,2,\xff\xfe",
        "an overlong sign": b"1,2,\xc0\xaf",
        "a lone surrogate": b"1,2,\xed\xa0\x80",
        "semicolons": whole.replace(b",", b";"),
        "a form feed": b"1,2\x0c3,4,x",
        "a word of 300 signs": b"1,2," + b"x" * 300,
    }.items():
        WRITTEN[f"table: {what} in line {line}"] = ("t.csv", before + spoiled + b"\n" + after)
BAD_NUMBERS = "1..2|1e|--1|0x1F|1/2|1 2|∞|+-3|1e5e5|12%|$5|1'000|0b1|1j|(3)|ten"
for number in BAD_NUMBERS.split("|"):
    WRITTEN[f"table: the number {number}"] = ("t.csv", TABLE + f"1,{number},x\n".encode())
for coding in ("utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp037", "mac-roman"):
    WRITTEN[f"table: written in {coding}"] = ("t.csv", "größe;b\n1;2\n3;4\n".encode(coding))
for what, content in {
    "separators that change": b"a,b\n1,2\n3;4\n5\t6\n",
    "only separators": b",,,\n" * 3,
    "only a byte order mark": b"\xef\xbb\xbf",
    "comments": b"# made by hand\n# twice\n1,2\n3,4\n",
    "a letter": b"Dear reader,\n\nthis is a letter.\nIt has lines, some with commas.\n",
    "a web page": b"<!doctype html><html><body><table><tr><td>1</td></tr></table></body></html>\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "a printed page": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "an archive": b"PK\x03\x04" + bytes(range(200)),
    "a spreadsheet": zipped(b"<xml/>", "xl/workbook.xml"),
    "too many columns": b",".join([b"1"] * 200_000) + b"\n",
    "line ends of Unicode": "a,b\u20281,2\u20283,4\n5,6\n".encode(),
    "one value": b"7\n",
}.items():
    WRITTEN[f"table: {what}"] = ("t.csv", content)
for magic in (b"\0\0\x07\3", b"\0\0\x08\0", b"\0\0\x08\x09", b"\0\1\x08\3", b"\x93NUM"):
    WRITTEN[f"idx: begins with {magic.hex()}"] = ("train-images-idx3-ubyte", magic + idx_bytes(PICTURES)[4:])
for shape in ((12, 0, 5), (2**31, 1, 1), (12, 2**20, 2**20), (13, 5, 5)):
    WRITTEN[f"idx: says {shape}"] = ("train-images-idx3-ubyte", struct.pack(">HBB3I", 0, 8, 3, *shape) + bytes(300))
for kind in ("<U4", "<M8[s]", "|V8", "<f16", "x", "<f8,<i4"):
    WRITTEN[f"npy: numbers of kind {kind}"] = ("t.npy", npy_saying(header(descr=kind) + "\n"))


SOUND = {
    "old line ends",
    "names twice",
    "no names",
    "a formula",
    "markup",
    "words only",
    "beyond all numbers",
    "npz: one class",
    "table: cut after 40",
}
"""Unusual, but whole: such words are words, and a target that never changes is a number."""
