"""The switch of a panel's views: buttons where there is room, else a menu; never more than is offered."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import theme
from gui.panels.switch import BESIDE, Switch

VIEWS = {"a": ("table", "All of it"), "b": ("columns", "One by one"), "c": ("classes", "Counted")}


@pytest.fixture
def head(shown):
    """A head of a card with a switch in it."""
    made = QWidget()
    row = QHBoxLayout(made)
    made.switch = Switch(VIEWS)
    row.addStretch(1)
    row.addWidget(made.switch)
    made.switch.offer(tuple(VIEWS))
    made.switch.show_chosen("a")
    return shown(made, 600, 40)


def seen(head):
    return [button.text() for button in head.switch.buttons.values() if button.isVisible()]


def test_every_view_has_a_button_where_there_is_room(head):
    assert seen(head) == ["table", "columns", "classes"]
    assert not head.switch.all.isVisible()
    wide = sum(button.width() for button in head.switch.buttons.values())
    head.resize(wide + theme.px(BESIDE), 40)
    assert len(seen(head)) == 3
    head.resize(wide + theme.px(BESIDE) - 1, 40)
    assert seen(head) == []
    assert head.switch.all.isVisible()
    assert head.switch.all.text() == "table ▾"
    head.resize(600, 40)
    assert len(seen(head)) == 3


def test_buttons_and_menu_choose_the_same(head, qtbot):
    for choose in (head.switch.buttons["b"].click, head.switch.actions_by_name["b"].trigger):
        with qtbot.waitSignal(head.switch.chosen) as told:
            choose()
        assert told.args == ["b"]
    head.switch.show_chosen("c")
    assert head.switch.buttons["c"].isChecked()
    assert not head.switch.buttons["a"].isChecked()


def test_only_what_is_offered_can_be_chosen(head):
    head.switch.offer(("a", "c"))
    assert seen(head) == ["table", "classes"]
    assert [action.text() for action in head.switch.all.menu().actions() if action.isVisible()] == ["table", "classes"]
    head.switch.offer(("c",))
    assert seen(head) == []
    assert not head.switch.all.isVisible()


def test_it_speaks(head):
    for button in (*head.switch.buttons.values(), head.switch.all):
        assert button.accessibleName()
        assert button.toolTip()
    assert head.switch.buttons["b"].toolTip() == "One by one"
