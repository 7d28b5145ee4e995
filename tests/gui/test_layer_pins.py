"""Pinned views: each stays on its block and value, follows the run, and is closed by its own button."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from engine.project import change
from gui import numbers, theme
from gui.layer.panel import LayerPanel
from gui.layer.pins import MOST
from gui.layer.sight import FROZEN, HISTOGRAM, UNIT
from gui.panels.legend import Legend
from tests.gui.conftest import trained
from tests.gui.layers import IMAGES, look, marks, picture, readout
from tests.waiting import wait


@pytest.fixture
def panel(shown, project, monkeypatch):
    monkeypatch.setattr("gui.layer.readings.PAUSE", 0.0)
    made = shown(LayerPanel(), 700, 320)
    look(made, project, 10, "dense_1")
    yield made
    made.stop()


def pin(panel) -> None:
    QTest.mouseClick(panel.choice.pin, Qt.MouseButton.LeftButton)


def test_what_is_pinned_keeps_block_and_value_while_the_panel_moves_on(panel, project):
    panel.show_value("update")
    pin(panel)
    panel.show_value("weight")
    panel.show_project(project, ("dense_2",))
    (pinned,) = panel.pins
    assert pinned.name == "dense_1 · update"
    assert (pinned.view.sight.block, pinned.view.sight.value) == ("dense_1", "update")
    assert (panel.view.sight.block, panel.view.sight.value) == ("dense_2", "weight")
    later = trained(project, 25)
    panel.draw(later)
    assert np.array_equal(pinned.view.data()["weight"], later.tensors("dense_1", "update")["weight"])
    assert np.array_equal(panel.data()["weight"], later.tensors("dense_2", "weight")["weight"])


def test_what_passes_a_block_is_computed_for_pinned_views_too(panel, project, qtbot):
    panel.show_project(project, ("tanh_1",))
    panel.show_value("activation")
    pin(panel)
    panel.show_project(project, ("dense_2",))
    panel.show_value("delta")
    (pinned,) = panel.pins
    qtbot.waitUntil(lambda: bool(pinned.view.data()) and bool(panel.data()), timeout=5000)
    assert pinned.view.data()["activation"].shape == (4,)
    assert panel.data()["delta"].shape == (1,)


def test_a_pinned_view_reads_out_under_the_name_of_its_block(panel, project):
    pin(panel)
    panel.show_project(project, ("dense_2",))
    (pinned,) = panel.pins
    pinned.view.picture.plot.hovered.emit(QPointF(1.5, 2.5))
    value = float(panel.snapshot.tensors("dense_1")["weight"][2, 1])
    assert readout(panel).startswith(f"dense_1  ∂E/∂W[2, 1] = {numbers.full(value)}")
    pinned.view.picture.plot.hovered.emit(None)
    assert readout(panel) == "hover to read values"


def test_a_number_of_a_pinned_view_is_asked_about(panel, qtbot):
    pin(panel)
    (pinned,) = panel.pins
    with qtbot.waitSignal(panel.asked) as told:
        pinned.view.picture.plot.clicked.emit(QPointF(3.5, 1.5))
    assert told.args == ["dense_1.bias", (1,)]


def test_at_most_four_are_pinned_and_the_button_says_why(panel):
    for _ in range(MOST + 1):
        pin(panel)
    assert len(panel.pins.views) == MOST
    assert not panel.choice.pin.isEnabled()
    assert "4 views are pinned" in panel.choice.pin.toolTip()
    QTest.mouseClick(panel.pins.views[1].close_button, Qt.MouseButton.LeftButton)
    assert len(panel.pins.views) == MOST - 1
    assert panel.choice.pin.isEnabled()


def test_the_last_one_that_is_closed_gives_back_the_room(panel):
    wide = panel.view.width()
    pin(panel)
    assert panel.pins.isVisible()
    wait(20)
    assert panel.view.width() < wide
    panel.pins.views[0].close_button.click()
    wait(20)
    assert not panel.pins.isVisible()
    assert panel.view.width() == wide


def test_it_is_reached_and_closed_by_keys(panel):
    panel.activateWindow()
    panel.choice.pin.setFocus()
    QTest.keyClick(panel.choice.pin, Qt.Key.Key_Space)
    (pinned,) = panel.pins
    for button in (pinned.more, pinned.close_button):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert button.accessibleName()
        assert button.toolTip()
    QTest.keyClick(pinned.close_button, Qt.Key.Key_Space)
    assert not panel.pins.views


def test_a_block_that_is_gone_is_empty_and_comes_back_with_it(panel, project):
    panel.show_project(project, ("dense_2",))
    pin(panel)
    shorter = change(project, chain=(project.chain[0], project.chain[1], change(project.chain[2], name="other")))
    panel.show_project(shorter, ())
    panel.draw(trained(shorter, 3))
    (pinned,) = panel.pins
    assert pinned.view.data() == {}
    panel.show_project(project, ())
    panel.draw(trained(project, 3))
    assert pinned.view.data()["weight"].shape == (1, 4)


def test_picture_unit_and_scale_are_pinned_too(panel, project):
    panel.choice.picture.choose(UNIT)
    panel.choice.unit.setValue(3)
    panel.choice.scales.actions()[2].trigger()
    before = marks(picture(panel))
    pin(panel)
    panel.choice.picture.choose(HISTOGRAM)
    panel.choice.scales.actions()[0].trigger()
    panel.draw(trained(project, 60))
    (pinned,) = panel.pins
    assert pinned.name == "dense_1 · gradient · unit 3"
    assert (pinned.view.sight.unit, pinned.view.sight.scale) == (3, FROZEN)
    assert [each.strip("≤≥+ ") for each in marks(pinned.view.picture)] == [each.strip("≤≥+ ") for each in before]


def test_copies_and_zoom_are_its_own(panel):
    panel.show_value("weight")
    pin(panel)
    panel.show_value("gradient")
    (pinned,) = panel.pins
    data, image, everything = pinned.more.menu().actions()
    data.trigger()
    rows = QGuiApplication.clipboard().text().splitlines()
    assert rows[0] == "dense_1.weight (weight)"
    assert [float(each) for each in rows[1].split("\t")] == pinned.view.data()["weight"][0].tolist()
    image.trigger()
    assert QGuiApplication.clipboard().pixmap().size() == pinned.grab().size()
    plot = pinned.view.picture.plot
    plot.free = True
    everything.trigger()
    assert not plot.free


def test_in_a_narrow_panel_they_scroll_and_what_has_the_keys_is_in_sight(panel):
    panel.resize(340, 300)
    for _ in range(3):
        pin(panel)
    wait(120)
    bar = panel.pins.horizontalScrollBar()
    assert panel.view.width() >= 130
    assert bar.value() == bar.maximum() > 0, "the newest is in sight"
    first, *_, last = (pinned.close_button for pinned in panel.pins)
    panel.activateWindow()
    last.setFocus()
    for _ in range(12):
        if not first.hasFocus():
            QTest.keyClick(panel.focusWidget(), Qt.Key.Key_Backtab)
    assert first.hasFocus()
    seen = panel.pins.viewport().rect()
    assert seen.contains(first.mapTo(panel.pins.viewport(), first.rect().center()))


def test_the_legend_lies_below_where_there_is_little_room_beside(shown):
    panel = shown(LayerPanel(), 600, 320)
    look(panel, IMAGES, 2, "conv_1")
    legend, plot = picture(panel).legend, picture(panel).plot
    assert legend.geometry().left() >= plot.geometry().right()
    panel.resize(230, 320)
    wait(20)
    assert legend.geometry().top() >= plot.geometry().bottom()
    panel.stop()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_lying_legend_runs_between_its_numbers(shown, mode):
    theme.set_mode(mode)
    legend = shown(Legend("scale", signed=True), 200, 16)
    legend.lie(True)
    legend.show_marks(((0.0, "−2.00"), (0.5, "0"), (1.0, "+2.00")), "0")
    image = legend.grab().toImage()
    row = [image.pixelColor(x, 8) for x in range(image.width())]
    low, _, high = theme.current().signed
    near = [min(range(len(row)), key=lambda x, end=end: _far(row[x], end)) for end in (low, high)]
    assert _far(row[near[0]], low) < 30
    assert _far(row[near[1]], high) < 30
    assert near[0] < near[1]
    assert any(colour == theme.current().zero for colour in row[near[1] :])


def _far(a, b) -> int:
    return abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue())
