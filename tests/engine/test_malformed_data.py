"""Broken data files of every form: each is read, or refused in one sentence, in little time and memory."""

from __future__ import annotations

import gzip
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.files import arrays, idx, load
from engine.data.formats import IdxFormat
from engine.project import ProjectError
from tests.engine.malformed_files import (
    DIGITS,
    PAIR,
    PICTURES,
    RNG,
    ROWS,
    SOUND,
    TABLE,
    WRITTEN,
    idx_bytes,
    npy,
    npz,
)

ROOT = Path(__file__).resolve().parents[2]


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


def test_there_are_two_hundred_of_them():
    assert len(WRITTEN) >= 200
    assert len(set(WRITTEN.values())) >= 200


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
@settings(derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


@pytest.mark.slow
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
