"""The layer panel: what is chosen is shown, what is shown is the run's, every number is read out with its formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication

import engine
from engine.probe import Probe
from engine.project import change
from engine.run.session import InlineSession
from engine.run.snapshot import Snapshot
from engine.trainer import Trainer
from gui import numbers, pictures, theme
from gui.layer.cell_numbers import _ink
from gui.layer.controls import ASKED, MEAN, OWN
from gui.layer.panel import LayerPanel
from gui.layer.scale import Decades, Signed
from gui.layer.sight import CHAIN, FROZEN, HISTOGRAM, UNIT
from gui.layer.values import VALUES
from gui.project_store import DATA_END, LOSS_END
from tests.gui.conftest import STEPS, trained
from tests.gui.layers import IMAGES, hover, look, marks, picture, readout, shown_pixels


@pytest.fixture
def panel(shown, monkeypatch):
    monkeypatch.setattr("gui.layer.readings.PAUSE", 0.0)
    made = shown(LayerPanel(), 420, 320)
    yield made
    made.stop()


@pytest.fixture
def layer(panel, project):
    look(panel, project, STEPS, "dense_1")
    return panel


@pytest.fixture
def computed(qtbot):
    """Waits until what passes the block has been computed."""

    def wait(panel):
        qtbot.waitUntil(lambda: panel.view.moment.reading(panel.view.sight) is not None, timeout=5000)
        return panel.view.moment.reading(panel.view.sight)

    return wait


def by_hand(snapshot, sample=None):
    """The probe of the engine, which is tested against PyTorch."""
    return Probe(snapshot, engine.dataset(snapshot.project).train, sample)


class TestParameters:
    def test_gradient_and_weight_are_those_of_the_run(self, layer, trainer):
        gradients, weights = trainer.network.grad_dict(), trainer.network.state_dict()
        assert np.array_equal(layer.data()["weight"], gradients["dense_1.weight"])
        assert np.array_equal(layer.data()["bias"], gradients["dense_1.bias"])
        layer.choice.value.choose("weight")
        assert np.array_equal(layer.data()["weight"], weights["dense_1.weight"])

    def test_update_and_ratio_are_what_the_last_step_did(self, layer, project):
        before = Trainer(project)
        before.run(STEPS - 1)
        old = before.network.state_dict()["dense_1.weight"]
        before.run(1)
        added = before.network.state_dict()["dense_1.weight"] - old
        layer.show_value("update")
        assert np.array_equal(layer.data()["weight"], added)
        layer.show_value("ratio")
        np.testing.assert_allclose(layer.data()["weight"], np.abs(added) / np.abs(old), rtol=1e-6)

    def test_an_activation_shows_the_weights_before_it(self, layer, project):
        for selected, block in ((("tanh_1",), "dense_1"), (("dense_2",), "dense_2"), ((), "dense_1")):
            layer.show_project(project, selected)
            assert layer.view.sight.block == block

    def test_hover_gives_the_value_of_the_cell(self, layer):
        weight, bias = layer.data()["weight"], layer.data()["bias"]
        assert f"∂E/∂W[2, 1] = {numbers.full(float(weight[2, 1]))}" in hover(layer, 1.5, 2.5)
        assert f"∂E/∂b[3] = {numbers.full(float(bias[3]))}" in hover(layer, 3.5, 3.5)
        assert "=" not in hover(layer, 2.5, 3.5)

    def test_hover_over_an_update_multiplies_rate_and_gradient(self, panel):
        sgd = engine.load({**PLAIN_ADAM, "optimizer": {"kind": "sgd", "learning_rate": 0.05}})
        snapshot = look(panel, sgd, 7, "dense_1", value="update")
        gradient = float(snapshot.tensors("dense_1")["weight"][2, 1])
        update = numbers.full(float(panel.data()["weight"][2, 1]))
        product = f"−0.05 × {_bracketed(gradient)} = {update}"
        assert float(panel.data()["weight"][2, 1]) == pytest.approx(-0.05 * gradient)
        assert hover(panel, 1.5, 2.5) == f"ΔW[2, 1] = {product}: minus the rate times the gradient"

    def test_of_another_optimizer_the_update_is_told_in_words(self, panel):
        adam = engine.load({**PLAIN_ADAM})
        snapshot = look(panel, adam, 7, "dense_1", value="update")
        update = float(snapshot.tensors("dense_1", "update")["weight"][2, 1])
        direction = -update / 0.01
        said = hover(panel, 1.5, 2.5)
        assert numbers.short(direction) in said
        assert said.startswith("ΔW[2, 1] = −0.01 × ")
        assert f"mean of recent gradients / their size; the gradient was {_gradient(snapshot, 2, 1)}" in said

    def test_weight_decay_beside_the_gradient_is_told(self, panel):
        decayed = {"kind": "sgd", "learning_rate": 0.05, "weight_decay": 0.1}
        snapshot = look(panel, engine.load({**PLAIN_ADAM, "optimizer": decayed}), 7, "dense_1", value="update")
        gradient, weight = (float(snapshot.tensors("dense_1", each)["weight"][2, 1]) for each in ("gradient", "origin"))
        update = float(panel.data()["weight"][2, 1])
        assert update == pytest.approx(-0.05 * (gradient + 0.1 * weight))
        sum_ = f"({numbers.short(gradient)} + decay 0.1 × {_bracketed(weight)})"
        assert f"ΔW[2, 1] = −0.05 × {sum_} = {numbers.full(update)}: minus the rate" in hover(panel, 1.5, 2.5)

    def test_a_frozen_block_says_why_nothing_moves(self, panel, project):
        frozen = change(project, chain=(change(project.chain[0], frozen=True), *project.chain[1:]))
        look(panel, frozen, 3, "dense_1", value="update")
        assert hover(panel, 0.5, 0.5) == "ΔW[0, 0] = 0: the block is frozen"
        assert picture(panel).legend._zero == "0"

    def test_beside_a_weight_of_zero_no_ratio_is_claimed(self, panel, project):
        """Biases start from zero: after the first step there is nothing to compare their update with."""
        snapshot = look(panel, project, 1, "dense_1", value="ratio")
        update = float(snapshot.tensors("dense_1", "update")["bias"][3])
        assert hover(panel, 3.5, 3.5) == f"b[3] was 0: beside it an update of {numbers.full(update)} has no ratio"
        size = shown_pixels(picture(panel)).shape[1] // 4
        hatched = {theme.current().line.rgb(), theme.current().panel.rgb()}
        assert set(map(int, shown_pixels(picture(panel))[:, 3 * size :].ravel())) == hatched
        ratio = hover(panel, 1.5, 2.5)
        assert ratio.startswith("W[2, 1]: |update| / |weight| = |")
        assert ratio.endswith(numbers.full(float(panel.data()["weight"][2, 1])))

    def test_every_cell_has_the_colour_of_its_value(self, layer):
        arrays = layer.data()
        limit = float(np.abs(arrays["weight"]).max())
        wanted = pictures.signed_pixels(arrays["weight"], limit, theme.current())
        shown = shown_pixels(picture(layer))
        assert np.array_equal(shown[:, :2], wanted)
        assert (shown[:, 2] >> 24 == 0).all(), "a gap before the bias"
        assert np.array_equal(shown[:, 3:], pictures.signed_pixels(arrays["bias"][:, None], limit, theme.current()))

    def test_before_there_is_a_gradient_cells_are_hatched_and_named(self, panel, project):
        look(panel, project, 0, "dense_1")
        assert panel.data() == {}
        assert picture(panel)._waiting.isVisible()
        assert hover(panel, 1.5, 2.5) == "dense_1.weight[2, 1]: not computed yet"

    def test_large_matrices_are_reduced_but_read_exactly(self, panel):
        chain = [{"kind": "flatten"}, {"kind": "dense", "units": 600}, {"kind": "dense", "units": 10}]
        project = engine.load({"data": {"kind": "digits"}, "loss": {"kind": "softmax_cross_entropy"}, "chain": chain})
        snapshot = look(panel, project, 1, "dense_1")
        assert picture(panel).image.image.shape[0] == 256
        value = float(snapshot.tensors("dense_1")["weight"][599, 63])
        assert f"W[599, 63] = {numbers.full(value)}" in hover(panel, 63.5, 599.5)

    def test_a_chain_without_weights(self, panel):
        panel.show_project(engine.load({}), ())
        panel.draw(None)
        assert panel.data() == {}


PLAIN_ADAM = {
    "data": {"kind": "moons", "samples": 60},
    "chain": [{"kind": "dense", "units": 4}, {"kind": "tanh"}, {"kind": "dense", "units": 1}],
    "optimizer": {"kind": "adam", "learning_rate": 0.01},
    "training": {"batch_size": 16, "seed": 5, "dtype": "float64"},
}


def _gradient(snapshot, *index: int) -> str:
    return numbers.short(float(snapshot.tensors("dense_1")["weight"][index]))


class TestPassing:
    @pytest.mark.parametrize("block", ["conv_1", "relu_1", "pool_1", "flat_1", "dense_1"])
    @pytest.mark.parametrize("value", ["activation", "delta"])
    def test_of_every_block_it_is_the_probes(self, panel, computed, block, value):
        snapshot = look(panel, IMAGES, 3, block, value=value)
        computed(panel)
        wanted = by_hand(snapshot).read(block)
        np.testing.assert_allclose(panel.data()[value], getattr(wanted, value), rtol=1e-12)
        panel.choice.samples.choose(OWN)
        panel.choice.sample.setValue(11)
        computed(panel)
        wanted = by_hand(snapshot, 11).read(block)
        np.testing.assert_allclose(panel.data()[value], getattr(wanted, value), rtol=1e-12)

    def test_maps_are_tiles_and_a_cell_knows_its_place(self, panel, computed):
        look(panel, IMAGES, 3, "conv_1", value="activation")
        reading = computed(panel)
        shown = shown_pixels(picture(panel))
        assert shown.shape == (13, 13), "three maps of 6x6 in a square"
        limit = float(np.abs(reading.activation).max())
        assert np.array_equal(shown[:6, 7:], pictures.signed_pixels(reading.activation[1], limit, theme.current()))
        assert (shown[:, 6] >> 24 == 0).all()
        value = numbers.full(float(reading.activation[1, 2, 4]))
        assert hover(panel, 7 + 4.5, 2.5) == f"conv_1[1, 2, 4] = {value}, mean over 16 samples"
        assert hover(panel, 6.5, 2.5) == "hover to read values"

    def test_the_data_block_shows_the_inputs_and_how_the_error_answers_them(self, panel, computed, qtbot):
        snapshot = look(panel, IMAGES, 3, DATA_END, value="delta", samples=OWN)
        reading = computed(panel)
        np.testing.assert_allclose(panel.data()["delta"], by_hand(snapshot, 0).read("input").delta)
        said = hover(panel, 5.5, 3.5)
        assert said.startswith("sample 0: ∂E/∂input[0, 3, 5] = sum of 27 terms (strongest: w[")
        assert said.endswith(f") = {numbers.full(float(reading.delta[0, 3, 5]))}")
        with qtbot.waitSignal(panel.asked) as told:
            picture(panel).plot.clicked.emit(QPointF(5.5, 3.5))
        assert told.args == ["input", (0, 3, 5)]

    def test_the_error_block_shows_what_it_is_given(self, panel, computed):
        look(panel, IMAGES, 3, LOSS_END, value="activation")
        assert computed(panel).block == "dense_1"

    def test_hover_applies_the_function_to_the_number(self, panel, computed, project):
        look(panel, project, 5, "tanh_1", value="activation", samples=OWN)
        reading = computed(panel)
        x, y = float(reading.here.x[2, 0]), float(reading.activation[2])
        assert y == pytest.approx(math.tanh(x))
        assert hover(panel, 0.5, 2.5) == f"sample 0: tanh_1[2] = tanh({numbers.short(x)}) = {numbers.full(y)}"

    def test_hover_writes_a_short_sum_and_names_the_strongest_term_of_a_long_one(self, panel, computed, project):
        snapshot = look(panel, project, 5, "dense_1", value="activation", samples=OWN)
        reading, origin = computed(panel), snapshot.tensors("dense_1", "origin")
        weight, bias, x = origin["weight"].astype(float)[2], float(origin["bias"][2]), reading.here.x[:, 0]
        parts = [f"{_bracketed(w)} × {_bracketed(v)}" for w, v in zip(weight, x, strict=True)]
        total = numbers.full(float(weight @ x + bias))
        assert hover(panel, 0.5, 2.5) == f"sample 0: dense_1[2] = {' + '.join([*parts, _bracketed(bias)])} = {total}"
        panel.show_project(project, ("dense_2",))
        reading = computed(panel)
        products = snapshot.tensors("dense_2", "origin")["weight"][0].astype(float) * reading.here.x[:, 0]
        strongest = int(np.abs(products).argmax())
        said = hover(panel, 0.5, 0.5)
        assert f"sum of 5 terms (strongest: w[0, {strongest}] × x[{strongest}] = " in said
        assert said.endswith(f") = {numbers.full(float(reading.activation[0]))}")

    def test_hover_over_a_delta_multiplies_what_the_next_block_hands_back(self, panel, computed, project):
        snapshot = look(panel, project, 5, "tanh_1", value="delta", samples=OWN)
        reading = computed(panel)
        weight = float(snapshot.tensors("dense_2", "origin")["weight"][0, 1])
        after = float(by_hand(snapshot, 0).read("dense_2").delta[0])
        product = f"{_bracketed(weight)} × {_bracketed(after)}"
        value = numbers.full(weight * after)
        assert hover(panel, 0.5, 1.5) == f"sample 0: ∂E/∂tanh_1[1] = {product} = {value}"
        assert float(reading.delta[1]) == pytest.approx(weight * after)

    def test_the_sample_of_the_chain_rule_is_followed(self, panel, computed, project):
        snapshot = look(panel, project, 5, "tanh_1", value="activation", samples=ASKED)
        panel.follow_sample(23)
        assert list(computed(panel).samples) == [23]
        np.testing.assert_allclose(panel.data()["activation"], by_hand(snapshot, 23).read("tanh_1").activation)
        panel.choice.samples.choose(MEAN)
        panel.follow_sample(7)
        assert panel.view.sight.sample is None

    def test_a_sample_that_is_not_trained_on_is_refused_in_a_sentence(self, panel, project, qtbot):
        look(panel, project, 5, "tanh_1", value="activation", samples=OWN, sample=59)
        wanted = "Training samples are counted from 0 to 47, given 59."
        qtbot.waitUntil(lambda: readout(panel) == wanted, timeout=5000)
        panel.choice.sample.setValue(3)
        qtbot.waitUntil(lambda: bool(panel.data()), timeout=5000)
        assert readout(panel) == "hover to read values"

    def test_beside_a_broken_block_it_says_that_the_true_derivative_is_shown(self, panel, computed, project):
        session = InlineSession()
        session.start(project)
        session.break_blocks({"tanh_1": "slope"})
        session.step(3)
        snapshot = session.snapshot()
        session.close()
        panel.show_project(project, ("dense_1",))
        panel.show_value("delta")
        panel.draw(snapshot)
        np.testing.assert_allclose(computed(panel).delta, by_hand(snapshot).read("dense_1").delta)
        assert panel.view.sub().endswith("as if nothing were broken")

    def test_nothing_is_computed_while_nobody_looks_or_needs_it(self, panel, computed, project, qtbot):
        look(panel, project, 5, "tanh_1")
        qtbot.wait(30)
        assert panel._readings._background._thread is None
        panel.hide()
        panel.show_value("activation")
        panel.draw(panel.snapshot)
        qtbot.wait(30)
        assert panel._readings._background._thread is None
        panel.show()
        computed(panel)

    def test_an_edit_forgets_what_has_passed(self, panel, computed, project):
        look(panel, project, 5, "tanh_1", value="activation")
        computed(panel)
        panel.show_project(change(project, chain=project.chain[:-1]), ("tanh_1",))
        assert panel.data() == {}


def _bracketed(value: float) -> str:
    return f"({numbers.short(value)})" if value < 0 else numbers.short(value)


class TestHistogram:
    @pytest.mark.parametrize("value", ["gradient", "weight", "update", "activation", "delta"])
    def test_every_number_is_counted(self, panel, computed, value):
        look(panel, IMAGES, 3, "conv_1", value=value)
        if VALUES[value].passes:
            computed(panel)
        whole = np.concatenate([array.reshape(-1) for array in panel.data().values()])
        panel.choice.picture.choose(HISTOGRAM)
        edges, counts = panel.data()["edges"], panel.data()["counts"]
        wanted, _ = np.histogram(whole, edges)
        assert np.array_equal(counts, wanted)
        assert counts.sum() == len(whole)
        assert f"{len(whole)} numbers" in panel.view.facts.words

    def test_hover_counts_the_bar_and_the_axes_have_titles(self, layer):
        layer.choice.picture.choose(HISTOGRAM)
        edges, counts = layer.data()["edges"], layer.data()["counts"]
        place = int(counts.argmax())
        said = hover(layer, float(edges[place] + edges[place + 1]) / 2, 0.5)
        low, high = (numbers.short(float(edges[each])) for each in (place, place + 1))
        assert said == f"{low} to {high}: {counts[place]} of 12 numbers"
        plot = picture(layer).plot
        assert [plot.getAxis(side).labelText for side in ("left", "bottom")] == ["how many", "gradient"]

    def test_ratios_are_counted_by_powers_of_ten_and_what_has_none_is_said(self, panel, project):
        snapshot = look(panel, project, 1, "dense_1", value="ratio", picture=HISTOGRAM)
        ratios = snapshot.tensors("dense_1", "ratio")["weight"]
        edges, counts = panel.data()["edges"], panel.data()["counts"]
        assert counts.sum() == 8
        assert edges[0] <= ratios.min() <= ratios.max() <= edges[-1]
        assert math.log10(edges[0]) == pytest.approx(round(math.log10(edges[0])))
        assert "4 without a value" in picture(panel).facts()

    def test_on_the_scale_of_all_blocks_axes_are_the_same(self, layer, project, snapshot):
        layer.choice.picture.choose(HISTOGRAM)
        layer.choice.scales.actions()[1].trigger()
        seen = []
        for block in ("dense_1", "dense_2"):
            layer.show_project(project, (block,))
            seen.append(picture(layer).plot.box.viewRange()[0])
        limit = max(float(np.abs(snapshot.tensors(each)["weight"]).max()) for each in ("dense_1", "dense_2"))
        assert seen[0] == seen[1] == pytest.approx([-limit, limit])

    def test_it_is_copied_as_a_table(self, layer):
        layer.choice.picture.choose(HISTOGRAM)
        layer.copy_data()
        rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
        assert rows[0] == ["from", "to", "count"]
        assert [int(row[2]) for row in rows[1:]] == layer.data()["counts"].tolist()


class TestUnit:
    def test_a_unit_of_a_matrix_is_its_row(self, layer, snapshot):
        layer.choice.picture.choose(UNIT)
        layer.choice.unit.setValue(2)
        gradient = snapshot.tensors("dense_1")
        assert np.array_equal(layer.data()["weight"], gradient["weight"][2:3])
        assert np.array_equal(layer.data()["bias"], gradient["bias"][2:3])
        assert f"∂E/∂W[2, 1] = {numbers.full(float(gradient['weight'][2, 1]))}" in hover(layer, 1.5, 0.5)
        assert f"∂E/∂b[2] = {numbers.full(float(gradient['bias'][2]))}" in hover(layer, 3.5, 0.5)
        plot = picture(layer).plot
        assert [plot.getAxis(side).labelText for side in ("left", "bottom")] == ["unit 2", "input unit"]

    def test_bias_activation_and_delta_of_the_unit_stand_below(self, panel, computed, project):
        snapshot = look(panel, project, STEPS, "dense_1", value="weight", picture=UNIT, unit=3)
        computed(panel)
        reading = by_hand(snapshot).read("dense_1")
        bias = float(snapshot.tensors("dense_1", "weight")["bias"][3])
        numbers_shown = (bias, float(reading.activation[3]), float(reading.delta[3]))
        wanted = "bias {} · activation {} · delta {} · mean over 16".format(*map(numbers.short, numbers_shown))
        assert panel.view.facts.words == wanted

    def test_a_unit_over_an_image_is_a_picture_in_the_images_shape(self, panel):
        chain = [{"kind": "flatten"}, {"kind": "dense", "units": 12}, {"kind": "dense", "units": 10}]
        project = engine.load({"data": {"kind": "digits"}, "loss": {"kind": "softmax_cross_entropy"}, "chain": chain})
        snapshot = look(panel, project, 2, "dense_1", value="weight", picture=UNIT, unit=7)
        weight = snapshot.tensors("dense_1", "weight")["weight"]
        limit = float(np.abs(weight).max())
        wanted = pictures.signed_pixels(weight[7].reshape(8, 8), limit, theme.current())
        assert np.array_equal(shown_pixels(picture(panel)), wanted)
        assert hover(panel, 5.5, 3.5) == f"W[7, 29] = {numbers.full(float(weight[7, 29]))}"

    def test_the_number_that_is_asked_about_is_framed_in_its_units_picture_only(self, panel, qtbot):
        look(panel, IMAGES, 2, "conv_1", picture=UNIT, unit=1)
        panel.mark("conv_1.weight", (1, 0, 2, 1))
        x, y = picture(panel).mark.getData()
        assert (x.min(), x.max(), y.min(), y.max()) == (1, 2, 2, 3)
        with qtbot.waitSignal(panel.asked) as told:
            picture(panel).plot.clicked.emit(QPointF(1.5, 2.5))
        assert told.args == ["conv_1.weight", (1, 0, 2, 1)]
        panel.choice.unit.setValue(2)
        assert not picture(panel).mark.isVisible()

    def test_of_a_vector_every_sample_has_a_cell(self, panel, computed, project):
        snapshot = look(panel, project, 5, "tanh_1", value="activation", picture=UNIT, unit=2)
        computed(panel)
        every = by_hand(snapshot).read("tanh_1").activations[:, 2]
        np.testing.assert_allclose(panel.data()["activation"], every[None])
        number = numbers.count(int(snapshot.chosen[4]))
        assert hover(panel, 4.5, 0.5) == f"sample {number}: tanh_1[2] = {numbers.full(float(every[4]))}"

    def test_of_maps_the_units_map_is_shown(self, panel, computed):
        snapshot = look(panel, IMAGES, 3, "relu_1", value="delta", picture=UNIT, unit=2)
        computed(panel)
        wanted = by_hand(snapshot).read("relu_1").delta[2]
        np.testing.assert_allclose(panel.data()["delta"], wanted)
        assert f"∂E/∂relu_1[2, 3, 1] = {numbers.full(float(wanted[3, 1]))}" in hover(panel, 1.5, 3.5)

    def test_a_block_with_fewer_units_shows_its_last_one(self, layer, project):
        layer.choice.picture.choose(UNIT)
        layer.choice.unit.setValue(3)
        layer.show_project(project, ("dense_2",))
        assert layer.choice.unit.value() == layer.view.sight.unit == 0
        assert layer.choice.unit.suffix() == " of 1"

    def test_so_does_a_block_whose_outputs_are_still_being_computed(self, panel, computed, project):
        look(panel, project, 5, "dense_1", value="activation", picture=UNIT)
        computed(panel)
        panel.choice.unit.setValue(3)
        panel.show_project(project, ("dense_2",))
        assert panel.view.sight.unit == 0
        assert panel.view.facts.words.startswith("bias ")
        assert list(computed(panel).activation.shape) == [1]


class TestScale:
    def test_the_scale_of_this_block_is_symmetric_and_has_numbers(self, layer):
        low, zero, high = marks(picture(layer))
        limit = float(np.abs(layer.data()["weight"]).max())
        assert zero == "0"
        assert low.strip("≤ ") == numbers.short(-limit)
        assert high.strip("≥+ ") == numbers.short(limit)
        assert ("≥" in high) == (np.abs(layer.data()["bias"]).max() > limit)

    @pytest.mark.parametrize("value", ["gradient", "weight", "activation", "delta"])
    def test_on_the_scale_of_all_blocks_they_can_be_compared(self, panel, computed, value):
        snapshot = look(panel, IMAGES, 3, "conv_1", value=value)
        panel.choice.scales.actions()[1].trigger()
        assert panel.view.sight.scale == CHAIN
        seen = set()
        for block in ("conv_1", "dense_1"):
            panel.show_project(IMAGES, (block,))
            if VALUES[value].passes:
                computed(panel)
            seen.add(marks(picture(panel))[-1].strip("≥+ "))
        if VALUES[value].passes:
            probe = by_hand(snapshot)
            blocks = ["input", *(block.name for block in IMAGES.chain)]
            limit = max(float(np.abs(getattr(probe.read(block), value)).max()) for block in blocks)
        else:
            limit = max(float(np.abs(snapshot.tensors(b, value)["weight"]).max()) for b in ("conv_1", "dense_1"))
        assert seen == {numbers.short(limit)}
        assert "scale of all blocks" in panel.view.sub()

    def test_a_frozen_scale_stays_while_training_goes_on_and_the_block_changes(self, layer, project):
        before = marks(picture(layer))
        layer.choice.scales.actions()[2].trigger()
        assert layer.view.sight.scale == FROZEN
        for steps, block in ((STEPS + 30, "dense_1"), (STEPS + 60, "dense_2")):
            layer.show_project(project, (block,))
            layer.draw(trained(project, steps))
            assert [each.strip("≤≥+ ") for each in marks(picture(layer))] == [each.strip("≤≥+ ") for each in before]
        layer.choice.scales.actions()[0].trigger()
        assert [each.strip("≤≥+ ") for each in marks(picture(layer))] != [each.strip("≤≥+ ") for each in before]

    @pytest.mark.parametrize(("weight", "bias", "wanted"), [(0, 0, []), (0, 2, ["−2.00", "0", "+2.00"]),
                                                            (1, 2, ["≤ −1.00", "0", "≥ 1.00"])])  # fmt: skip
    def test_where_something_is_not_zero_there_is_a_scale(self, weight, bias, wanted):
        arrays = {"weight": np.full((2, 3), float(weight)), "bias": np.full(2, float(bias))}
        found, zero = Signed(float(weight or bias)).marks(arrays)
        assert [text for _, text in found] == wanted
        assert zero == (weight == 0 or bias == 0)

    @pytest.mark.parametrize(("value", "words"), [("gradient", "negative"), ("ratio", "Powers of ten")])
    def test_the_legend_says_what_it_is(self, layer, value, words):
        layer.show_value(value)
        legend = picture(layer).legend
        assert words in legend.toolTip()
        assert legend.accessibleName() == legend.toolTip()

    def test_powers_of_ten_hold_all_ratios(self):
        scale = Decades.of([np.array([3e-5, 0.02, 0.0, np.nan]), np.array([np.inf])])
        assert (scale.low, scale.high) == (-5, -1)
        assert scale.ends() == (-5, -1)
        found, zero = scale.marks({"weight": np.array([3e-5, 0.02, 0.0])})
        assert [text for _, text in found] == ["1e−5", "0.001", "0.1"]
        assert zero
        assert Decades.of([np.array([1e-30, 1.0])]) == Decades(-8, 0)
        assert Decades(-8, 0).marks({"weight": np.array([1e-30, 1.0])})[0][0] == (0.0, "≤ 1e−8")
        assert Decades.of([np.zeros(3)]) == Decades(-6, 0)

    def test_ratios_are_painted_on_a_log_scale(self):
        table, scale = pictures.magnitude_table(), Decades(-4, 0)
        values = np.array([[1e-4, 1e-2, 1.0, 0.0]])
        image = scale.pixels(scale.codes("weight", values))
        size = image.shape[1] // 4
        wanted = [int(table[0]), int(table[round(0.5 * 255)]), int(table[-1]), theme.current().zero.rgb()]
        assert [int(image[0, size * place]) for place in range(4)] == wanted


class TestControls:
    def test_every_value_is_offered_and_says_what_it_is(self, layer):
        actions = layer.choice.value.menu().actions()
        assert [action.text() for action in actions] == [value.text for value in VALUES.values()]
        assert all(action.toolTip() for action in actions)

    @pytest.mark.parametrize("value", VALUES)
    def test_choosing_a_value_shows_it_and_a_value_that_is_shown_is_chosen(self, layer, value):
        layer.choice.value.action(value).trigger()
        assert layer.view.sight.value == value
        layer.show_value("gradient")
        assert layer.choice.value.text() == "gradient ▼"
        layer.show_value(value)
        assert layer.choice.value.text() == f"{VALUES[value].text} ▼"
        assert layer.choice.value.action(value).isChecked()
        assert VALUES[value].text in layer.choice.value.accessibleName()

    @pytest.mark.parametrize("name", ["cells", HISTOGRAM, UNIT])
    def test_choosing_a_picture_shows_it(self, layer, name):
        layer.choice.picture.choose(name)
        assert layer.view.sight.picture == name
        assert layer.view._stack.currentWidget() is picture(layer)
        assert layer.choice.bar.isVisible() == (name == UNIT)

    def test_unit_and_sample_are_offered_where_they_matter(self, layer, computed):
        assert not layer.choice.bar.isVisible()
        layer.show_value("delta")
        assert layer.choice.bar.isVisible()
        assert not layer.choice.unit.isVisible()
        assert not layer.choice.sample.isVisible()
        layer.choice.samples.choose(OWN)
        assert layer.choice.sample.isVisible()
        assert layer.choice.sample.maximum() == 59
        layer.choice.picture.choose(UNIT)
        assert layer.choice.unit.isVisible()
        computed(layer)
        assert layer.choice.unit.maximum() == 3

    def test_every_control_has_a_name_and_a_tooltip(self, layer):
        controls = [*layer.controls(), layer.choice.unit, layer.choice.samples, layer.choice.sample]
        for control in controls:
            assert control.accessibleName()
            assert control.toolTip()
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus

    def test_zoom_by_hand_stays_until_everything_is_shown_again(self, layer, project):
        plot = picture(layer).plot
        plot.box.sigRangeChangedManually.emit([True, True])
        plot.box.setRange(xRange=(1, 2), yRange=(0, 1), padding=0)
        layer.draw(trained(project, STEPS + 1))
        assert plot.box.viewRange()[0][1] < 3
        plot.double_clicked.emit()
        assert plot.box.viewRange()[0][1] >= 4


def odd_snapshots():
    """A run, and what no run should be: numbers that are not finite, beyond single precision, all zero."""
    plain = trained(IMAGES, 2)
    fields = {name: getattr(plain, name) for name in Snapshot.__dataclass_fields__}
    torn, huge = plain.gradients.copy(), plain.parameters.copy()
    torn[::3], torn[1::7], huge[::5] = np.nan, np.inf, 1e200
    yield plain
    yield Snapshot(**{**fields, "gradients": torn, "parameters": huge})
    yield Snapshot(**{**fields, "gradients": np.zeros_like(torn), "parameters": plain.origin})
    yield Snapshot(**{**fields, "gradients": np.full_like(torn, np.nan), "origin": np.full_like(torn, np.inf)})


@pytest.mark.parametrize("chosen", [name for name in VALUES if not VALUES[name].passes])
def test_numbers_that_are_not_finite_are_drawn_and_read_out_all_the_same(panel, chosen):
    """A warning of numpy would fail this."""
    for snapshot in odd_snapshots():
        panel.show_project(IMAGES, ("conv_1",))
        panel.draw(snapshot)
        panel.show_value(chosen)
        for shown in ("cells", HISTOGRAM, UNIT):
            panel.choice.picture.choose(shown)
            for action in panel.choice.scales.actions():
                action.trigger()
                panel.grab()
                assert hover(panel, 0.5, 0.5)
                assert panel.table() or chosen == "check"


class TestCellNumbers:
    def test_few_cells_bear_their_numbers(self, layer):
        weight, bias = layer.data()["weight"], layer.data()["bias"]
        texts = picture(layer).numbers.texts()
        wanted = {(row, column): numbers.short(float(weight[row, column])) for row in range(4) for column in range(2)}
        wanted |= {(row, 3): numbers.short(float(bias[row])) for row in range(4)}
        assert texts == wanted

    def test_they_are_written_where_all_of_them_have_room(self, layer):
        shown = picture(layer).numbers
        assert shown.fits(60, 20)
        assert not shown.fits(30, 20)
        assert not shown.fits(60, 6)

    def test_many_cells_bear_none_and_nor_does_what_is_not_computed(self, panel, project):
        look(panel, IMAGES, 1, "dense_1")
        assert not picture(panel).numbers.isVisible()
        look(panel, project, 0, "dense_1")
        assert not picture(panel).numbers.isVisible()
        look(panel, project, 1, "dense_1", value="ratio")
        assert set(picture(panel).numbers.texts()) == {(row, column) for row in range(4) for column in range(2)}

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_ink_stands_out_from_its_cell(self, mode):
        theme.set_mode(mode)
        for value in np.linspace(-1, 1, 41):
            ground = int(Signed(1.0).pixels(np.array([[value]]))[0, 0])
            assert _contrast(QColor.fromRgb(ground), _ink(ground)) >= 3


def _contrast(a: QColor, b: QColor) -> float:
    """As WCAG defines it."""

    def luminance(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)
