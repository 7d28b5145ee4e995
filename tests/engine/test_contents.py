"""What exported files hold, in words."""

from __future__ import annotations

import io

import numpy as np
import pytest
from safetensors.numpy import save

from engine.exports.contents import MOST_LINES, content


def test_text_is_shown_as_it_is():
    shown = content("train.py", b"a = 1\nb = 2\n")
    assert shown.lines == ("a = 1", "b = 2")
    assert shown.about == "2 lines"
    assert shown.text == "a = 1\nb = 2\n"


def test_the_end_of_a_long_text_is_left_out_but_not_lost():
    text = "".join(f"{number}\n" for number in range(MOST_LINES + 7))
    shown = content("history.csv", text.encode())
    assert len(shown.lines) == MOST_LINES
    assert shown.about == "5,007 lines, the first 5,000 are shown"
    assert shown.text == text


def test_arrays_are_listed_by_name_shape_and_size():
    arrays = {"dense_1.weight": np.zeros((16, 2), np.float32), "dense_1.bias": np.zeros(16, np.float64)}
    data = save(arrays, metadata={"program": "cascade"})
    shown = content("x.safetensors", data)
    assert {tuple(line.split("  ")[0:1]) for line in shown.lines} == {("dense_1.weight",), ("dense_1.bias",)}
    assert any(line.split() == ["dense_1.weight", "16×2", "F32", "128", "bytes"] for line in shown.lines)
    assert shown.about == f"{len(data):,} bytes"
    assert shown.text is None


def test_a_numpy_archive_is_listed_too():
    file = io.BytesIO()
    np.savez(file, inputs=np.zeros((5, 1, 8, 8)), one=np.float32(3))
    rows = [line.split() for line in content("x.npz", file.getvalue()).lines]
    assert rows == [
        ["inputs", "5×1×8×8", "float64", "2,560", "bytes"],
        ["one", "one", "number", "float32", "4", "bytes"],
    ]


def test_a_network_is_listed_as_its_operators_and_arrays():
    pytest.importorskip("onnx")
    import engine
    from engine.exports import FORMATS, Work

    (name, data), *_ = FORMATS["onnx"].files(Work(engine.load("example:xor"))).items()
    lines = content(name, data).lines
    assert any(line.startswith(("Gemm", "MatMul")) for line in lines)
    assert any("dense_1.weight" in line and "numbers" in line for line in lines)


def test_what_nobody_knows_is_counted():
    shown = content("x.bin", bytes(1234))
    assert (shown.lines, shown.about) == ((), "1,234 bytes")
