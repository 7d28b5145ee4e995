"""Broken data files of every form: each is read, or refused in one sentence, in little time and memory."""

from __future__ import annotations

import gzip
import io
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.files import arrays, idx, load
from engine.data.formats import IdxFormat
from engine.project import ProjectError

ROOT = Path(__file__).resolve().parents[2]
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


def judged(path: Path) -> str:
    """The sentence with which a file is refused; empty where it is read."""
    try:
        data = load.take(load.choice(load.look(path)))
    except ProjectError as error:
        said = str(error)
        assert said
        assert len(said) <= 300
        assert said.isprintable()
        assert said.endswith(".")
        return said
    assert np.isfinite(data.generate(None).inputs).all()
    return ""


@pytest.mark.parametrize("what", WRITTEN)
def test_is_read_or_refused_in_a_sentence(tmp_path, what):
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(DIGITS))
    name, content = WRITTEN[what]
    path = tmp_path / name
    path.write_bytes(content)
    assert (not judged(path)) == (what in SOUND)


BASES: dict[str, tuple[str, bytes]] = {
    "table": ("t.csv", TABLE),
    "packed table": ("t.csv.gz", gzip.compress(TABLE)),
    "npy": ("t.npy", ROWS),
    "npz": ("t.npz", PAIR),
    "idx": ("train-images-idx3-ubyte", idx_bytes(PICTURES)),
    "packed idx": ("train-images-idx3-ubyte.gz", gzip.compress(idx_bytes(PICTURES))),
}


@pytest.mark.parametrize(("name", "content"), BASES.values(), ids=BASES.keys())
@settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_spoiled_bytes_are_read_or_refused(tmp_path, name, content, data):
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(DIGITS))
    spoiled = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(spoiled) - 1))
        spoiled[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    path = tmp_path / name
    path.write_bytes(bytes(spoiled))
    judged(path)


class TestSound:
    """What is whole is read, with the numbers that were written."""

    @pytest.mark.parametrize("order", ["C", "F"])
    def test_npy(self, tmp_path, order):
        values = np.asfortranarray(RNG.normal(size=(30, 4))) if order == "F" else RNG.normal(size=(30, 4))
        (tmp_path / "t.npy").write_bytes(npy(values))
        assert np.array_equal(arrays.read_npy(tmp_path / "t.npy").numbers, values)
        data = load.take(load.choice(load.look(tmp_path / "t.npy")))
        assert (data.input_shape, data.task) == ((3,), "regression")
        assert np.array_equal(data.generate(None).values[:, 0], values[:, 3])

    @pytest.mark.parametrize("axes", ["NHW", "NCHW", "NHWC"])
    def test_npz_of_images(self, tmp_path, axes):
        pictures = RNG.integers(0, 256, (9, 3, 6, 5), dtype=np.uint8)
        given = {"NHW": pictures[:, 0], "NCHW": pictures, "NHWC": pictures.transpose(0, 2, 3, 1)}[axes]
        (tmp_path / "t.npz").write_bytes(npz(X_train=given, Y_train=np.arange(9) % 3, other=np.ones(4)))
        data = load.take(load.choice(load.look(tmp_path / "t.npz")))
        found = data.generate(None)
        np.testing.assert_allclose(found.inputs, (pictures[:, :1] if axes == "NHW" else pictures) / 255, rtol=1e-6)
        assert found.labels.tolist() == [0, 1, 2] * 3
        assert data.class_names == ("0", "1", "2")

    def test_npz_of_one_hot_rows(self, tmp_path):
        (tmp_path / "t.npz").write_bytes(npz(x=RNG.normal(size=(6, 2)), y=np.eye(3)[[0, 1, 2, 2, 1, 0]]))
        seen = load.look(tmp_path / "t.npz")
        assert (seen.classes, seen.class_count) == (True, 3)
        assert load.take(load.choice(seen)).targets == (0, 1, 2, 2, 1, 0)

    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("named", ["images", "labels"])
    def test_idx(self, tmp_path, packed, named):
        """Whichever of the two files is named."""
        ending, pack = (".gz", gzip.compress) if packed else ("", bytes)
        pixels, labels = (tmp_path / f"train-{each}-ubyte{ending}" for each in ("images-idx3", "labels-idx1"))
        pixels.write_bytes(pack(idx_bytes(PICTURES)))
        labels.write_bytes(pack(idx_bytes(DIGITS)))
        data = load.take(load.choice(load.look(pixels if named == "images" else labels)))
        found = data.generate(None)
        np.testing.assert_allclose(found.inputs[:, 0], PICTURES / 255, rtol=1e-6)
        assert found.labels.tolist() == DIGITS.tolist()
        assert data.format == IdxFormat(str(labels))
        assert data.seen_from(tmp_path).format.labels == labels.name
        labels.write_bytes(pack(idx_bytes(DIGITS[::-1])))
        with pytest.raises(ProjectError, match="has changed"):
            data.verify()

    def test_idx_types(self, tmp_path):
        values = RNG.normal(size=(2, 3))
        (tmp_path / "f").write_bytes(struct.pack(">HBB2I", 0, 0x0E, 2, 2, 3) + values.astype(">f8").tobytes())
        assert np.array_equal(idx.array(tmp_path / "f"), values)


def test_no_pipe_or_device_is_read(tmp_path):
    import os

    os.mkfifo(tmp_path / "t.csv")
    assert "no regular file" in judged(tmp_path / "t.csv")
    assert "missing" in judged(tmp_path / "u.csv")


LARGE = """
import gzip, io, json, struct, sys, time, zipfile
from pathlib import Path
import numpy as np
from engine.data.files import load
from engine.project import ProjectError
folder = Path(sys.argv[1])
MB = 2**20
labels = folder / "train-labels-idx1-ubyte"
labels.write_bytes(struct.pack(">HBB1I", 0, 8, 1, 3) + bytes(3))
def zipped():
    file = io.BytesIO()
    head = repr({"descr": "|u1", "fortran_order": False, "shape": (900 * MB, 1)}).encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("x.npy", "y.npy"):
            with archive.open(name, "w") as member:
                member.write(b"\\x93NUMPY\\1\\0" + len(head).to_bytes(2, "little") + head)
                for _ in range(90):
                    member.write(bytes(MB))
    return file.getvalue()
def packed(piece, times):
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as stream:
        for _ in range(times):
            stream.write(piece)
    return file.getvalue()
CASES = {
    "line.csv": lambda: b"1" * 10 * MB,
    "values.csv": lambda: b"1," * 5 * MB,
    "rows.csv": lambda: b"1,2\\n3,4\\n" * (10 * MB // 8),
    "gaps.csv": lambda: b"1,2\\n,3\\n" * (10 * MB // 7),
    "words.csv": lambda: "".join(f"{i:x},{i}\\n" for i in range(600_000)).encode(),
    "classes.csv": lambda: b"".join(b"%d,%s\\n" % (i, b"abc"[i % 3 : i % 3 + 1]) for i in range(1_000_000)),
    "quoted.csv": lambda: b'"1","2"\\n' * (10 * MB // 8),
    "long.csv": lambda: (b"x" * 190 + b",1\\n") * 50_000,
    "zeros.csv": lambda: bytes(10 * MB),
    "million.csv": lambda: b"1,2,3,4,5,6,7,8,9,0\\n" * 500_000,
    "bomb.csv.gz": lambda: packed(b"1,2\\n" * MB, 200),
    "zeros.csv.gz": lambda: packed(bytes(MB), 1000),
    "train-images-idx3-ubyte.gz": lambda: packed(struct.pack(">HBB3I", 0, 8, 3, MB, 30, 30) + bytes(MB), 500),
    "bomb.npz": zipped,
    "large.npy": lambda: b"\\x93NUMPY\\1\\0\\x46\\0" + repr(
        {"descr": "|u1", "fortran_order": False, "shape": (5 * MB, 2)}).ljust(70).encode() + bytes(10 * MB),
}
def peak():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
for name, make in CASES.items():
    (folder / name).write_bytes(make())
for name in CASES:
    began = time.process_time()
    try:
        seen = load.look(folder / name)
        last = len(seen.columns) - 1
        form = load.with_roles(seen.format, (0,), (last,))
        classes = not seen.columns or seen.columns[last].text
        said = type(load.take(load.Choice(seen.path, form, classes))).__name__
    except ProjectError as error:
        said = str(error)
    load._kept.clear()
    print(json.dumps([name, said, time.process_time() - began, peak()]), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system for the most memory that was held")
def test_large_files_take_little_time_and_memory(tmp_path):
    """Files of about 10 MB, some of which would unpack to a thousand times as much. Processor time is counted: a busy
    machine is not the file's fault.
    """
    run = subprocess.run(
        [sys.executable, "-c", LARGE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert run.returncode == 0, run.stderr
    for name, said, seconds, peak in map(json.loads, run.stdout.splitlines()):
        print(f"{name:28} {seconds:5.2f} s  {peak:4.0f} MB  {said}")
        assert seconds < 5, name
        assert peak < 500, name
