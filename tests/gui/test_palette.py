"""The palette: searching, choosing by mouse and keys, what a drag carries."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from engine.kinds import tag_of
from engine.project import LAYERS, decode_blocks
from gui.clipboard import MIME
from gui.palette import KIND, Palette


@pytest.fixture
def palette(shown):
    return shown(Palette(), 180, 420)


def listed(palette):
    entries = [palette.list.item(row) for row in range(palette.list.count())]
    return [entry.data(KIND) or entry.text() for entry in entries if not entry.isHidden()]


def test_every_kind_stands_under_its_group_with_its_help(palette):
    assert {tag_of(kind) for kind in LAYERS} < set(listed(palette))
    assert listed(palette)[0] == LAYERS[0].group.upper()
    for row in range(palette.list.count()):
        entry = palette.list.item(row)
        assert bool(entry.toolTip()) == bool(entry.data(KIND))


@pytest.mark.parametrize(("words", "found"), [("relu", {"relu", "leaky_relu"}), ("WEIGHTED sum of all", {"dense"})])
def test_search_finds_by_name_and_meaning(palette, words, found):
    QTest.keyClicks(palette.findChild(QLineEdit), words)
    shown = {name for name in listed(palette) if not name.isupper()}
    assert found <= shown
    assert len(shown) < 6


def test_search_without_a_match_says_so_and_escape_ends_it(palette):
    field = palette.findChild(QLineEdit)
    QTest.keyClicks(field, "transformer")
    assert listed(palette) == []
    assert palette._nothing.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    assert len(listed(palette)) == palette.list.count()


def test_enter_takes_the_best_match(palette, qtbot):
    field = palette.findChild(QLineEdit)
    palette.focus_search()
    QTest.keyClicks(field, "tan")
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert told.args[0].kind == "tanh"


def test_enter_and_double_click_in_the_list(palette, qtbot):
    point = palette.list.viewport().mapFromGlobal(palette.kind_point("sigmoid"))
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=point)
        QTest.keyClick(palette.list, Qt.Key.Key_Return)
    assert told.args[0].kind == "sigmoid"
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.mouseDClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert told.args[0].kind == "sigmoid"


@pytest.mark.parametrize("kind", [tag_of(kind) for kind in LAYERS])
def test_a_drag_carries_one_layer_as_json(palette, kind):
    mime = palette.mime(kind)
    assert mime.hasFormat(MIME)
    (block,) = decode_blocks(bytes(mime.data(MIME).data()))
    assert block.kind == kind
