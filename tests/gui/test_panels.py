"""The panels: their numbers are the run's, and what is under the pointer is read out."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

import engine
from engine.project import change, replace_block
from gui import pictures, theme
from gui.breaks import Breaks
from gui.doctor import Doctor
from gui.layer.panel import LayerPanel
from gui.panels.gradients import GradientPanel
from gui.panels.legend import Legend
from gui.panels.loss import LossPanel
from gui.panels.plots import NumberAxis
from gui.panels.problems import ProblemPanel
from gui.project_store import ProjectStore
from tests.gui.conftest import SICK, SICK_TEXT, STEPS, trained
from tests.waiting import wait


@pytest.fixture(params=[LossPanel, GradientPanel, LayerPanel], ids=lambda kind: kind.__name__)
def panel(request, shown, project):
    panel = shown(request.param(), 360, 280)
    panel.show_project(project, ())
    return panel


def readout(panel):
    return panel._readout.toolTip()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_panel_says_when_there_is_nothing_yet(panel, project, mode):
    theme.set_mode(mode)
    panel.restyle()
    for nothing in (None, trained(project, 0)):
        panel.draw(nothing)
        assert "press Run" in readout(panel)


def test_a_panel_paints_what_was_published_and_changes_with_the_theme(panel, snapshot):
    panel.draw(snapshot)
    light = panel.grab().toImage()
    theme.set_mode("dark")
    panel.restyle()
    panel.draw(snapshot)
    assert panel.grab().toImage() != light
    assert "hover" in readout(panel)


def test_copy_as_data_gives_a_table(panel, snapshot):
    panel.draw(snapshot)
    panel.copy_data()
    rows = QGuiApplication.clipboard().text().splitlines()
    assert len(rows) > 4
    assert all(row.count("\t") == rows[-1].count("\t") for row in rows[-3:])


def test_every_control_has_a_name_and_a_tooltip(panel):
    for control in panel.controls():
        assert control.accessibleName()
        assert control.toolTip()


def test_zoom_by_hand_stays_until_everything_is_shown_again(panel, snapshot, project):
    panel.draw(snapshot)
    plot = panel.view.picture.plot if isinstance(panel, LayerPanel) else panel._plot
    plot.box.sigRangeChangedManually.emit([True, True])
    plot.box.setRange(xRange=(1, 2), yRange=(0, 0.5), padding=0)
    panel.draw(trained(project, STEPS + 1))
    assert plot.box.viewRange()[0] == pytest.approx([1, 2], abs=0.6)
    panel.reset_zoom()
    assert plot.box.viewRange()[0][1] > 2


class TestLoss:
    def test_data_are_every_batchs_loss(self, qtbot, snapshot, trainer):
        panel = LossPanel()
        qtbot.addWidget(panel)
        panel.draw(snapshot)
        steps, losses = panel.data()
        assert np.array_equal(steps, np.arange(1, STEPS + 1))
        assert np.array_equal(losses, trainer.history.loss)

    def test_curves_and_the_last_values_are_those_of_the_run(self, qtbot, snapshot, trainer):
        panel = LossPanel()
        qtbot.addWidget(panel)
        panel.draw(snapshot)
        x, y = panel._train.getData()
        assert np.array_equal(x, np.arange(1, STEPS + 1))
        assert np.allclose(y, trainer.history.loss)
        x, y = panel._validation.getData()
        assert np.array_equal(x, trainer.history.evaluation_steps)
        assert np.allclose(y, trainer.history.evaluations["validation_loss"])
        assert f"{float(trainer.history.loss[-1]):.3f}"[:5] in panel._said["train"].text()

    def test_log_switch(self, shown, snapshot, trainer):
        panel = shown(LossPanel(), 360, 280)
        panel.draw(snapshot)
        (switch,) = (each for each in panel.controls() if isinstance(each, QToolButton) and each.isCheckable())
        switch.click()
        assert np.allclose(panel._train.getData()[1], np.log10(trainer.history.loss))
        assert np.array_equal(panel.data()[1], trainer.history.loss)
        panel.grab()
        switch.click()
        assert np.allclose(panel._train.getData()[1], trainer.history.loss)

    def test_crosshair_reads_step_and_values(self, shown, snapshot, trainer):
        panel = shown(LossPanel(), 360, 280)
        panel.draw(snapshot)
        panel._plot.hovered.emit(QPointF(17.0, 0.1))
        assert f"step 17  ·  train {float(trainer.history.loss[16]):.9g}" in readout(panel)
        assert panel._plot.cursor_line.value() == 17
        panel._plot.hovered.emit(None)
        assert not panel._plot.cursor_line.isVisible()

    def test_the_pointer_is_followed(self, shown, snapshot):
        panel = shown(LossPanel(), 360, 280)
        panel.draw(snapshot)
        middle = panel._plot.mapFromScene(panel._plot.box.sceneBoundingRect().center())
        QTest.mouseMove(panel._plot.viewport(), middle)
        assert readout(panel).startswith("step ")

    def test_many_columns_are_drawn_by_smallest_and_largest(self, qtbot, project):
        panel = LossPanel()
        qtbot.addWidget(panel)
        panel.resize(300, 250)
        snapshot = trained(project, 3000)
        panel.draw(snapshot)
        y = panel._train.getData()[1]
        assert len(y) < 3000
        assert y.max() == snapshot.history.loss_max.max()
        assert y.min() == snapshot.history.loss_min.min()


class TestGradients:
    def test_data_are_the_workers_statistics(self, qtbot, snapshot, trainer):
        panel = GradientPanel()
        qtbot.addWidget(panel)
        panel.draw(snapshot)
        values, layers, steps = panel.data()
        assert values.shape == (2, STEPS)
        assert tuple(layers) == ("dense_1", "dense_2")
        assert np.array_equal(steps, np.arange(1, STEPS + 1))
        gradients = trainer.network.grad_dict()
        for row, layer in enumerate(layers):
            last = np.concatenate([array.reshape(-1) for name, array in gradients.items() if name.startswith(layer)])
            assert values[row, -1] == pytest.approx(math.sqrt(float((last.astype(float) ** 2).mean())), rel=1e-5)

    def test_every_pixel_has_the_colour_of_its_value(self, qtbot, snapshot):
        panel = GradientPanel()
        qtbot.addWidget(panel)
        panel.draw(snapshot)
        image = panel._image.image
        values = panel.data()[0]
        low, high = panel._scale(np.log10(values))
        table = pictures.magnitude_table()
        for row, column in ((0, 0), (1, 0), (0, STEPS - 1), (1, 20)):
            share = (math.log10(values[row, column]) - low) / (high - low)
            wanted = int(table[round(share * 255)])
            assert tuple(image[row * 8 + 3, column, :3]) == ((wanted >> 16) & 255, (wanted >> 8) & 255, wanted & 255)

    def test_the_legend_has_whole_powers_that_hold_all_values(self, qtbot, snapshot):
        panel = GradientPanel()
        qtbot.addWidget(panel)
        panel.draw(snapshot)
        marks = panel._legend._marks
        assert marks[0][0] == 0
        values = panel.data()[0]
        assert float(marks[0][1].replace("−", "-")) <= values.min()
        assert len(marks) >= 3

    def test_a_gradient_of_exactly_zero_has_its_own_colour(self, qtbot):
        dead = engine.load(
            {
                "data": {"kind": "sine"},
                "loss": {"kind": "mean_squared_error"},
                "chain": [
                    {"kind": "dense", "units": 3, "bias_init": {"kind": "constant", "value": -100}},
                    {"kind": "relu"},
                    {"kind": "dense", "units": 1},
                ],
            }
        )
        panel = GradientPanel()
        qtbot.addWidget(panel)
        panel.draw(trained(dead, 3))
        zero = theme.current().zero
        assert tuple(panel._image.image[0, 0, :3]) == (zero.red(), zero.green(), zero.blue())
        assert panel._legend._zero == "0"

    def test_hover_gives_block_step_and_value_and_a_click_selects(self, shown, snapshot, qtbot):
        panel = shown(GradientPanel(), 400, 280)
        panel.draw(snapshot)
        panel._plot.hovered.emit(QPointF(11.5, 1.5))
        value = panel.data()[0][1, 11]
        assert readout(panel).startswith("dense_2 · step 12 · ")
        assert f"{value:.6g}"[:7] in readout(panel).replace("−", "-")
        with qtbot.waitSignal(panel.chosen) as told:
            panel._plot.clicked.emit(QPointF(11.5, 0.5))
        assert told.args == ["dense_1"]


def problem_panel(store):
    """The panel with a doctor of its own, who is not asked for anything."""
    return ProblemPanel(store, Doctor(store, lambda: False, store), Breaks(store))


class TestProblems:
    def test_all_is_well(self, store, shown):
        panel = shown(problem_panel(store), 260, 280)
        panel.show_project(store.project, ())
        assert panel.data() == []
        assert any("17 parameters" in label.text() for label in panel.findChildren(QLabel))

    def test_a_problem_is_listed_selected_and_mended(self, store, shown, qtbot):
        wide = replace_block(store.project, "dense_2", change(store.project.block("dense_2"), units=16))
        store.edit(wide, "wide")
        panel = shown(problem_panel(store), 260, 280)
        store.changed.connect(lambda _, new: panel.show_project(new, ()))
        panel.show_project(store.project, ())
        assert panel.data() == [("loss", "Binary cross entropy over 2 classes needs 1 output, gets 16")]
        where, fix = panel.findChildren(QPushButton)
        QTest.mouseClick(where, Qt.MouseButton.LeftButton)
        assert store.selection == ("loss:",)
        QTest.mouseClick(fix, Qt.MouseButton.LeftButton)
        assert store.resolved.ok
        assert panel.data() == []

    def test_sick_units_are_listed_with_what_may_help_until_they_are_healed(self, shown, qtbot):
        store = ProjectStore(engine.load(SICK))
        panel = shown(problem_panel(store), 260, 280)
        store.changed.connect(lambda _, new: panel.show_project(new, ()))
        panel.show_project(store.project, ())
        with qtbot.waitSignal(panel.titled) as told:
            panel.draw(trained(store.project, 3))
        assert told.args[1] == "1 thing to look at"
        assert panel.data() == [("relu_1", SICK_TEXT)]
        words = [label.text() for label in panel._area.findChildren(QLabel)]
        assert words == [SICK_TEXT, "Try a smaller learning rate or Leaky ReLU."]
        (where,) = (button for button in panel._area.findChildren(QPushButton) if button.isVisible())
        QTest.mouseClick(where, Qt.MouseButton.LeftButton)
        assert store.selection == ("relu_1",)
        inside = panel._area.widget()
        panel.draw(trained(store.project, 4))
        assert panel._area.widget() is inside, "nothing new, nothing made anew"
        store.edit(change(store.project, chain=store.project.chain[::2]), "without it")
        assert panel.data() == []

    def test_hostile_text_is_shown_as_it_is(self, shown):
        store = ProjectStore(engine.load({"chain": [{"kind": "flatten"}]}))
        panel = shown(problem_panel(store), 260, 280)
        panel.show_project(store.project, ())
        assert all(
            label.textFormat() == Qt.TextFormat.PlainText for label in panel.findChildren(QLabel) if label.text()
        )


@pytest.mark.parametrize("width", [200, 300, 900])
def test_what_is_read_out_begins_at_its_begin_and_ends_in_dots(shown, project, width):
    panel = shown(LayerPanel(), width, 280)
    said = "∂E/∂W[1, 0]: mean over 16 samples of δ × activation = +0.0123;  sample 3: 0.0100 × 0.500 = +0.00500"
    panel.read_out(said)
    wait(20)
    lines = panel._readout.text().splitlines()
    metrics = panel._readout.fontMetrics()
    assert all(metrics.horizontalAdvance(line) <= panel._readout.width() for line in lines)
    assert len(lines) <= 2
    assert panel._readout.height() >= len(lines) * metrics.lineSpacing()
    whole = " ".join(lines)
    assert whole == said or (whole.endswith("…") and said.startswith(whole.removesuffix("…")))
    assert width == 300 or (whole == said) == (width == 900)
    assert panel._readout.toolTip() == said


def test_a_single_point_of_the_loss_is_seen(shown, project):
    panel = shown(LossPanel(), 300, 240)
    for steps, symbol in ((1, "o"), (2, "o"), (3, None)):
        panel.draw(trained(project, steps))
        assert len(panel._train.getData()[0]) == steps
        assert panel._train.opts["symbol"] == symbol
        assert panel._train.scatter.isVisible() == bool(symbol)


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("high", [7.0, 12_345.0, 0.004])
def test_numbers_of_small_plots_do_not_overlap(shown, scale, high):
    theme.set_scale(scale)
    for side, size in (("left", 30.0), ("left", 90.0), ("bottom", 90.0), ("bottom", 200.0)):
        axis = NumberAxis(side)
        ((spacing, values),) = axis.tickValues(0.0, high, size)
        metrics = QFontMetricsF(theme.font(10))
        wide = max(map(metrics.horizontalAdvance, axis.tickStrings(values, 1.0, spacing)), default=0.0)
        needed = wide if side == "bottom" else metrics.height()
        assert all((b - a) / high * size >= needed for a, b in pairwise(values))
        assert values


def test_without_anything_but_zero_a_legend_has_no_bar(shown):
    legend = shown(Legend("scale", signed=True), 60, 120)
    for marks, bar in (((), False), (((0.0, "0"), (1.0, "1")), True)):
        legend.show_marks(marks, "0")
        picture = legend.grab().toImage()
        colours = {picture.pixelColor(6, y).rgb() for y in range(20, 90)}
        assert (len(colours) > 5) == bar
        assert picture.pixelColor(6, picture.height() - 6).rgb() == theme.current().zero.rgb()
