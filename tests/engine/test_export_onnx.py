"""The ONNX file: what onnxruntime predicts with it is what the network predicts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import engine
from engine.exports import FORMATS, Work
from engine.exports.onnx.layers import LAYERS as WRITTEN
from engine.exports.source import network_of
from engine.kinds import tag_of
from engine.project import LAYERS
from engine.storage import EXAMPLES
from tests.engine.chains import dense, of, project
from tests.engine.exported import moved, training, works

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")


def test_no_kind_is_missing() -> None:
    assert WRITTEN.keys() == {tag_of(kind) for kind in LAYERS}


def agrees(work: Work) -> None:
    (data,) = FORMATS["onnx"].files(work).values()
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = runtime.InferenceSession(data, providers=["CPUExecutionProvider"])
    kind = np.float64 if session.get_inputs()[0].type == "tensor(double)" else np.float32
    inputs = engine.dataset(work.project).train.inputs
    for batch in (inputs[:1], inputs[:50]):
        (found,) = session.run(["output"], {"input": batch.astype(kind)})
        expected = network_of(work).predict(batch)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= 1e-5 * max(np.abs(expected).max(), 1e-3)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_agrees(name: str) -> None:
    made = engine.load(f"example:{name}")
    agrees(Work(made))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(works())
def test_random_chains_agree(work: Work) -> None:
    agrees(work)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_is_in_double_precision_where_that_can_be_computed(dtype: str) -> None:
    for chain, double in (([dense(3), of("tanh")], True), ([dense(3), of("gelu")], False)):
        made = project(*chain, dense(1), training=training(dtype=dtype))
        work = Work(made, moved(made, 0).state_dict())
        (data,) = FORMATS["onnx"].files(work).values()
        kind = onnx.load_from_string(data).graph.input[0].type.tensor_type.elem_type
        assert kind == (onnx.TensorProto.DOUBLE if double and dtype == "float64" else onnx.TensorProto.FLOAT)
        agrees(work)
