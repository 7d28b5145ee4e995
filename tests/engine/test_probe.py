"""Activations and deltas: PyTorch's outputs and its derivatives by them, one sample at a time; the products add up."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.probe import INPUT, MOST_SAMPLES, Probe, seen_as
from engine.project import LAYERS, ProjectError
from engine.resolve import resolve
from engine.run.session import InlineSession
from tests.engine.chains import dense, of, project
from tests.engine.test_every_kind import chain_with

SMALL = {"batch_size": 8, "seed": 3, "dtype": "float64"}
SHORTCUT = project(dense(4, name="first"), of("tanh"), dense(4), of("add", source="first"), dense(1),
                   data=of("moons", samples=40), training=SMALL)  # fmt: skip


def snapshot_of(made, steps=3):
    session = InlineSession()
    session.start(made)
    session.step(steps)
    snapshot = session.snapshot()
    session.close()
    return snapshot


def by_torch(made, snapshot, number: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The output of every block for one training sample, and autograd's derivative of its own error by it."""
    from tests.engine.twins import LOSSES, torch, twin

    network = engine.Network(made)
    network.parameters[...], network.statistics[...] = snapshot.origin, snapshot.statistics
    other = twin(network).eval()
    for block, part in zip(made.chain, other.parts, strict=True):
        for name, buffer in part.named_buffers():
            if name.startswith("running"):
                buffer[...] = torch.tensor(network.state_dict()[f"{block.name}.{name}"])
    train = engine.dataset(made).train
    x = torch.tensor(train.inputs[number : number + 1]).requires_grad_()
    outputs = {INPUT: x}
    y = x
    for block, part in zip(made.chain, other.parts, strict=True):
        y = outputs[block.name] = y + outputs[block.source] if block.sources else part(y)
        y.retain_grad()
    target = torch.tensor(train.targets[number : number + 1])
    LOSSES[made.loss.kind]()(y, target).backward()
    values = {name: each.detach().numpy()[0] for name, each in outputs.items()}
    return values, {name: each.grad.numpy()[0] for name, each in outputs.items()}


@pytest.mark.parametrize("kind", [layer.__struct_config__.tag for layer in LAYERS])
def test_every_kinds_activation_and_delta_are_pytorchs(kind) -> None:
    made = project(*chain_with(kind), loss="softmax_cross_entropy", data=of("digits"), training=SMALL)
    snapshot = snapshot_of(made, 1)
    for sample in (0, 17):
        probe = Probe(snapshot, engine.dataset(made).train, sample)
        values, deltas = by_torch(made, snapshot, sample)
        for block in (INPUT, *(each.name for each in made.chain)):
            reading = probe.read(block)
            assert list(reading.samples) == [sample]
            np.testing.assert_allclose(reading.activation, values[block], rtol=1e-9, atol=1e-10)
            np.testing.assert_allclose(reading.delta, deltas[block], rtol=1e-9, atol=1e-10)


def test_a_mean_is_that_of_the_samples_of_the_last_batch_each_by_its_own() -> None:
    snapshot, train = snapshot_of(SHORTCUT), engine.dataset(SHORTCUT).train
    probe = Probe(snapshot, train)
    alone = [by_torch(SHORTCUT, snapshot, number) for number in snapshot.chosen]
    assert list(probe.samples) == list(snapshot.chosen)
    for block in (INPUT, *(each.name for each in SHORTCUT.chain)):
        reading = probe.read(block)
        np.testing.assert_allclose(reading.activation, np.mean([a[block] for a, _ in alone], axis=0), atol=1e-12)
        np.testing.assert_allclose(reading.delta, np.mean([d[block] for _, d in alone], axis=0), atol=1e-12)
        np.testing.assert_allclose(reading.deltas, [d[block] for _, d in alone], atol=1e-12)
    for value in ("activation", "delta"):
        every = [getattr(probe.read(each), value) for each in (INPUT, *(block.name for block in SHORTCUT.chain))]
        assert reading.largest[value] == pytest.approx(max(float(np.abs(each).max()) for each in every))


def test_delta_times_activation_is_the_gradient_that_is_shown() -> None:
    made = project(dense(3), of("tanh"), dense(1), data=of("moons", samples=40), training=SMALL)
    snapshot = snapshot_of(made)
    probe = Probe(snapshot, engine.dataset(made).train)
    delta, before = probe.read("dense_2").deltas, probe.read("tanh_1").activations
    wanted = np.mean([np.outer(d, a) for d, a in zip(delta, before, strict=True)], axis=0)
    np.testing.assert_allclose(snapshot.tensors("dense_2")["weight"], wanted, rtol=1e-9)


@pytest.mark.parametrize("name", ["spirals", "convolution", "shortcut", "deep"])
def test_the_terms_of_a_number_add_up_to_it(name) -> None:
    made = engine.load(f"example:{name}")
    snapshot = snapshot_of(made, 1)
    probe = Probe(snapshot, engine.dataset(made).train, 5)
    some = 0
    for block in made.chain:
        reading = probe.read(block.name)
        for flat in {0, reading.activation.size // 2, reading.activation.size - 1}:
            index = tuple(map(int, np.unravel_index(flat, reading.activation.shape)))
            total = sum(term.value for term in reading.activation_terms(index))
            assert total == pytest.approx(reading.activation[index], rel=1e-9, abs=1e-12)
            terms = reading.delta_terms(index)
            some += bool(terms)
            if terms:
                assert sum(each.value for each in terms) == pytest.approx(reading.delta[index], rel=1e-9, abs=1e-14)
    assert some


def test_where_a_shortcut_leaves_no_single_block_gives_the_delta() -> None:
    snapshot, train = snapshot_of(SHORTCUT), engine.dataset(SHORTCUT).train
    assert Probe(snapshot, train, 0).read("first").delta_terms((0,)) == ()
    assert len(Probe(snapshot, train, 0).read("tanh_1").delta_terms((0,))) == 4
    assert Probe(snapshot, train).read("tanh_1").delta_terms((0,)) == (), "of one sample only"
    assert Probe(snapshot, train, 0).read(INPUT).activation_terms((0,)) == ()


def test_a_mean_over_a_large_batch_is_bounded_and_what_is_asked_wrongly_is_said() -> None:
    made = project(dense(1), data=of("moons", samples=900), training={"batch_size": 600})
    snapshot, train = snapshot_of(made, 1), engine.dataset(made).train
    assert list(Probe(snapshot, train).samples) == list(snapshot.chosen[:MOST_SAMPLES])
    with pytest.raises(ProjectError, match="counted from 0 to 719, given 720"):
        Probe(snapshot, train, 720)
    with pytest.raises(ProjectError, match="no block gone"):
        Probe(snapshot, train, 0).read("gone")


@pytest.mark.parametrize(
    ("chain", "block", "shape"),
    [
        ([of("flatten"), dense(5), dense(10)], "dense_1", (1, 8, 8)),
        ([of("flatten"), dense(5), dense(10)], "dense_2", (5,)),
        ([of("conv2d", filters=2), of("relu"), of("flatten"), of("dropout"), dense(10)], "dense_1", (2, 6, 6)),
        ([of("conv2d", filters=2), of("global_average_pool2d"), dense(10)], "dense_1", (2,)),
        ([of("conv2d", filters=2), of("flatten"), dense(10)], "conv2d_1", (1, 8, 8)),
    ],
)
def test_weights_of_a_unit_are_looked_at_in_the_shape_of_what_it_sees(chain, block, shape) -> None:
    made = project(*chain, loss="softmax_cross_entropy", data=of("digits"))
    inputs = {each.name: each.input_shape for each in resolve(made).blocks}
    assert seen_as(made, block, inputs) == shape
