"""The trained network as an ONNX file: from ``input`` (N, ...) to ``output`` (N, ...), as in evaluation.

In double precision where the project is and onnxruntime can be, else in single precision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.exports.onnx.layers import LAST, LAYERS, SINGLE_ONLY, Op, X
from engine.exports.source import network_of
from engine.lazy import Array, np
from engine.network import Network
from engine.project import ProjectError

if TYPE_CHECKING:
    from engine.exports import Work

OPSET, IR_VERSION = 17, 8  # old enough for the runtimes in use
MISSING = 'ONNX files are written with the package onnx, which is not installed: pip install "cascade[onnx]".'


def files(work: Work, stem: str) -> dict[str, bytes]:
    """One file. Raises ProjectError where the package onnx is missing."""
    try:
        from onnx import helper
    except ImportError:
        raise ProjectError(MISSING) from None
    network = network_of(work)
    graph = _Graph(network)
    model = helper.make_model(
        graph.made(),
        producer_name="cascade",
        doc_string=work.project.name,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    return {f"{stem}.onnx": model.SerializeToString()}


class _Graph:
    """The operators of a chain and the numbers that they take, by name."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._state = network.state_dict()
        chain = network.project.chain
        ops = [LAYERS[block.kind](block, shape) for block, shape in zip(chain, network.shapes, strict=False)]
        single = any(op.kind in SINGLE_ONLY for each in ops for op in each)
        self._dtype = np.dtype(np.float32) if single else network.parameters.dtype
        self._numbers: dict[str, Array] = {}
        self._nodes: list[Any] = []
        outputs: dict[str, str] = {}
        x = "input"
        for block, each in zip(chain, ops, strict=True):
            known = {X: x} | ({"source": outputs[block.sources[0]]} if block.sources else {})
            x = outputs[block.name] = self._add(block.name, each, known)

    def made(self) -> Any:
        """The graph, its last output under the name ``output``."""
        from onnx import helper, numpy_helper

        self._nodes[-1].output[0] = "output"
        kind = helper.np_dtype_to_tensor_dtype(self._dtype)
        ends = [
            helper.make_tensor_value_info(name, kind, ["N", *shape])
            for name, shape in (("input", self._network.shapes[0]), ("output", self._network.shapes[-1]))
        ]
        numbers = [numpy_helper.from_array(array, name) for name, array in self._numbers.items()]
        return helper.make_graph(self._nodes, "chain", ends[:1], ends[1:], numbers)

    def _add(self, block: str, ops: list[Op], known: dict[str, str]) -> str:
        """Adds a block's operators. Returns the name of its output."""
        from onnx import helper

        for number, op in enumerate(ops):
            inputs = [known.get(str(each)) or self._number(block, each) for each in op.inputs]
            known[LAST] = f"{block}/{number}"
            self._nodes.append(helper.make_node(op.kind, inputs, [known[LAST]], known[LAST], **op.attributes))
        return known[LAST]

    def _number(self, block: str, what: Any) -> str:
        """The name under which a block's own numbers, or a constant, lie in the file."""
        if isinstance(what, str):
            name = f"{block}.{what}"
            self._numbers[name] = np.ascontiguousarray(self._state[name], self._dtype)
            return name
        name = f"{block}/{what}"
        self._numbers[name] = np.array(what, np.int64 if isinstance(what, tuple) else self._dtype)
        return name
