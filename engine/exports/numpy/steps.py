"""Steps as text: functions that make room for their arrays once, and then repeat their calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from engine.exports.code import laid_out
from engine.exports.numpy.memory import Memory
from engine.exports.numpy.update import ADVANCES
from engine.network import Network
from engine.plan import Plan
from engine.update import Update

if TYPE_CHECKING:
    from engine.plan.listing import Listing

Titles = Mapping[str, str]


def batch_function(network: Network, batch: int, titles: Titles) -> list[str]:
    """The function for a batch size; ``titles`` are what the blocks are called in the project."""
    plan = network.plan(batch, training=True)
    listing = plan.listing()
    ends = {"batch_inputs": plan.input, "batch_targets": plan.targets, "loss": plan.loss}
    areas = {"values": plan.values.array, "deltas": plan.deltas.array}
    memory = _memory(network)
    return [
        f"def batch_of_{batch}():",
        f'    """Makes room for batches of {batch}, once. Returns inputs, targets, loss, step."""',
        *(f"    {line}" for line in memory.definitions(ends | listing.names, listing.calls, areas, 4)),
        *_ones(plan),
        "",
        "    def step():",
        '        """Output, loss and gradients of the batch that lies there."""',
        *_calls(listing, titles),
        "",
        "    return batch_inputs, batch_targets, loss, step",
        "",
        "",
    ]


def update_lines(network: Network) -> dict[str, str | list[str]]:
    """The memory of the optimizer, what is set before every update, and the calls of the update."""
    update = Update(network.project, network.parameters, network.gradients, network.layout.frozen)
    listing, memory = update.listing(), _memory(network)
    advance = ADVANCES[update.optimizer.kind](update.optimizer)
    return {
        "memory": [f"    {line}" for line in memory.definitions(listing.names, listing.calls, {}, 4)],
        "advance": [f"        {line}" for line in advance],
        "update": [line for line in _calls(listing, {}) if not line.lstrip().startswith("#")],
    }


def generators(network: Network, batch: int) -> list[str]:
    """The statements that make the generators from which blocks draw."""
    names = [call.block for call in network.plan(batch, training=True).tape.calls if call.form == "draw"]
    return [f'generator_of_{name} = stream("dropout/" + BLOCKS["{name}"])' for name in dict.fromkeys(names)]


def _memory(network: Network) -> Memory:
    """The memory that all functions of the program see."""
    vectors = {"parameters": network.parameters, "gradients": network.gradients, "statistics": network.statistics}
    return Memory(vectors, network.parameters.dtype)


def _ones(plan: Plan) -> Iterator[str]:
    """The rows of ones behind the vectors."""
    yield "    # The rows of ones, for the biases."
    for slot in dict.fromkeys(plan.slots):
        if slot.end > slot.first + slot.rows:
            yield f"    values[{slot.end - 1}] = 1"


def _calls(listing: Listing, titles: Titles) -> Iterator[str]:
    """The calls under their headings, as the body of an inner function."""
    for block, text in listing.steps()[1:]:
        if text.startswith("#") and block in titles:
            text = text.replace(block, f"{block} ({titles[block]})", 1)
        yield f"        {text if text.startswith('#') else laid_out(text, 8)}" if text else ""
