"""Scissors on links: they show, cut and join; what is cut and frozen can be seen, and gets a gradient of exactly 0."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from engine.project import change, replace_block
from gui import theme
from gui.panels.gradients import GradientPanel
from tests.gui.lab import LEFT, NO_KEY, dense, of

NET = [dense("dense_1", 3), of("tanh", "tanh_1"), dense("dense_2", 1)]


def link(bench, name: str):
    return next(each for each in bench.canvas.chain._links if each.target == name)


def around(bench, name: str, colour: QColor) -> int:
    """How many pixels around the link before a block have a colour, nearly."""
    image = bench.canvas.viewport().grab().toImage()
    middle = bench.scissors(name)
    wanted = np.array([colour.red(), colour.green(), colour.blue()])
    found = 0
    for x in range(middle.x() - 12, middle.x() + 13):
        for y in range(middle.y() - 32, middle.y() + 13):
            seen = image.pixelColor(x, y)
            found += bool(np.abs(wanted - [seen.red(), seen.green(), seen.blue()]).sum() < 60)
    return found


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pointing_at_a_link_shows_scissors_and_leaving_hides_them(lab, mode):
    theme.set_mode(mode)
    bench = lab(NET)
    bench.zoom_so_that_words_are_read()
    backward = theme.current().backward
    point = bench.scissors("tanh_1")
    QTest.mouseMove(bench.canvas.viewport(), QPoint(3, 3))
    assert around(bench, "tanh_1", backward) == 0
    QTest.mouseMove(bench.canvas.viewport(), point)
    assert bench.canvas.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert around(bench, "tanh_1", backward) > 15
    assert around(bench, "dense_2", backward) == 0
    QTest.mouseMove(bench.canvas.viewport(), QPoint(3, 3))
    assert around(bench, "tanh_1", backward) == 0
    assert bench.canvas.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_click_cuts_another_joins_and_both_can_be_undone(lab):
    bench = lab(NET)
    bench.zoom_so_that_words_are_read()
    question, selection = bench.question, bench.store.selection
    for expected in (True, False):
        QTest.mouseClick(bench.canvas.viewport(), LEFT, NO_KEY, bench.scissors("dense_2"))
        assert bench.store.project.block("dense_2").cut is expected
        assert link(bench, "dense_2").cut is expected
    bench.store.undo_stack.undo()
    assert bench.store.project.block("dense_2").cut
    bench.store.undo_stack.undo()
    assert not bench.store.project.block("dense_2").cut
    assert (bench.question, bench.store.selection) == (question, selection)


def test_the_mark_of_a_cut_is_painted(lab):
    bench = lab(NET)
    bench.zoom_so_that_words_are_read()
    QTest.mouseClick(bench.canvas.viewport(), LEFT, NO_KEY, bench.scissors("dense_2"))
    QTest.mouseMove(bench.canvas.viewport(), QPoint(3, 3))
    assert around(bench, "dense_2", theme.current().backward) > 10
    assert around(bench, "tanh_1", theme.current().backward) == 0


def test_scissors_say_what_they_do(lab):
    bench = lab(NET)
    bench.zoom_so_that_words_are_read()
    for expected in ("Click to cut the gradient", "nothing passes back. Click to join."):
        point = bench.scissors("dense_2")
        viewport = bench.canvas.viewport()
        QApplication.sendEvent(viewport, QHelpEvent(QHelpEvent.Type.ToolTip, point, viewport.mapToGlobal(point)))
        assert expected in QToolTip.text()
        QTest.mouseClick(viewport, LEFT, NO_KEY, point)
    QToolTip.hideText()


def test_the_first_link_and_that_to_the_error_have_no_scissors(lab):
    bench = lab(NET)
    assert link(bench, "dense_1").scissors.isEmpty()
    assert link(bench, "loss:").scissors.isEmpty()


@pytest.mark.parametrize("zoom", [0.05, 0.3, 0.59])
def test_where_the_chain_is_too_small_for_scissors_a_click_cuts_nothing(lab, zoom):
    bench = lab(NET)
    bench.canvas.camera.zoom_to(zoom)
    project, point = bench.store.project, bench.scissors("dense_2")
    QTest.mouseMove(bench.canvas.viewport(), point)
    QTest.mouseClick(bench.canvas.viewport(), LEFT, NO_KEY, point)
    assert bench.store.project == project


def test_what_lies_before_a_cut_has_a_gradient_of_exactly_0_after_a_step(lab):
    bench = lab(NET, optimizer={"kind": "sgd"}).train(2)
    panel = GradientPanel()
    bench.zoom_so_that_words_are_read()
    QTest.mouseClick(bench.canvas.viewport(), LEFT, NO_KEY, bench.scissors("dense_2"))
    before = bench.settle().snapshot.tensors("dense_1", "weight")["weight"].copy()
    bench.train(2)
    panel.show_project(bench.store.project, ())
    panel.draw(bench.snapshot)
    rows, layers, _ = panel.data()
    assert layers == ("dense_1", "dense_2")
    assert (rows[0, -2:] == 0).all()
    assert (rows[0, :2] > 0).all()
    assert (rows[1] > 0).all()
    np.testing.assert_array_equal(bench.snapshot.tensors("dense_1", "weight")["weight"], before)
    bench.ask("dense_1.weight", (1, 0))
    assert bench.head.text().partition(" = ")[2].startswith("0 over")
    panel.deleteLater()


def test_frozen_blocks_stay_and_say_so_while_others_move(lab):
    bench = lab(NET).train(1)
    frozen = change(bench.store.project.block("dense_1"), frozen=True)
    bench.store.edit(replace_block(bench.store.project, "dense_1", frozen), "freeze")
    before = {name: bench.snapshot.tensors(name, "weight")["weight"].copy() for name in ("dense_1", "dense_2")}
    bench.train(3)
    after = {name: bench.snapshot.tensors(name, "weight")["weight"] for name in before}
    np.testing.assert_array_equal(after["dense_1"], before["dense_1"])
    assert (after["dense_2"] != before["dense_2"]).all()
    assert np.abs(bench.snapshot.tensors("dense_1")["weight"]).max() > 0  # it has a gradient all the same
    assert "frozen" in " ".join(bench.canvas.chain.block("dense_1")._subs)
