"""The export window with real clicks: what it shows is what it saves, and it follows the project and the run."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QListWidget, QPlainTextEdit, QSpinBox

import engine
from engine.exports import FORMATS, Work
from engine.project import change, remove
from gui import theme
from gui.exports import dialog as dialogs
from gui.exports import pictures
from gui.theme import DARK
from tests.gui.conftest import PLAIN
from tests.gui.exporting import opened, shut, streams, train


@pytest.fixture
def window(qtbot, monkeypatch):
    monkeypatch.setattr(dialogs, "PAUSE", 0.02)
    window = opened(qtbot, PLAIN, steps=8)
    window.findChild(QAction, "actionExport").trigger()
    yield window
    shut(window)


@pytest.fixture
def export(window):
    return window.dialogs.export()


def choose(export, title):
    """Clicks a format."""
    row = next(row for row in range(export.formats.count()) if export.formats.item(row).text() == title)
    place = export.formats.visualItemRect(export.formats.item(row)).center()
    QTest.mouseClick(export.formats.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert export.formats.currentRow() == row


def press(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def saving_as(monkeypatch, path):
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", staticmethod(lambda *words: asked.append(words) or (str(path), ""))
    )
    return asked


def shown(export):
    return export.preview.listing.toPlainText()


def test_everything_that_can_be_taken_away_is_listed(export):
    titles = [export.formats.item(row).text() for row in range(export.formats.count())]
    assert titles == [each.title for each in (*FORMATS.values(), *pictures.FORMATS.values())]
    assert [each.name for each in pictures.FORMATS.values()] == list(engine.exports.PICTURES)


def test_everything_says_what_it_is(export):
    choose(export, "PNG picture")
    for kind in (QAbstractButton, QComboBox, QSpinBox, QPlainTextEdit, QListWidget):
        for widget in export.findChildren(kind):
            if widget.isVisible() and not widget.objectName().startswith("qt_"):
                assert widget.accessibleName(), widget
                assert widget.toolTip(), widget.accessibleName()


@pytest.mark.parametrize("name", ["pytorch", "numpy", "csv"])
def test_a_program_is_shown_as_it_is_saved(export, window, qtbot, monkeypatch, tmp_path, name):
    offer = FORMATS[name]
    choose(export, offer.title)
    qtbot.waitUntil(lambda: export.preview.content is not None, timeout=10_000)
    made = offer.files(Work.of(window.controller.snapshot))
    main = next(iter(made))
    assert shown(export).splitlines() == made[main].decode().splitlines()
    assert export.preview.about == f"{len(made[main].decode().splitlines())} lines"
    press(export.copy_button)
    assert QGuiApplication.clipboard().text().splitlines() == made[main].decode().splitlines()

    asked = saving_as(monkeypatch, tmp_path / "mine")
    press(export.save_button)
    qtbot.waitUntil(lambda: "Saved" in export._said.text(), timeout=10_000)
    assert offer.suffix in asked[0][3]
    expected = offer.files(Work.of(window.controller.snapshot), "mine")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == expected
    assert all(each in export._said.text() for each in expected)
    assert f"mine{offer.suffix}" in window.status_line._notice._words


def test_files_beside_the_program_say_what_they_hold(export, qtbot):
    choose(export, FORMATS["pytorch"].title)
    qtbot.waitUntil(lambda: export.preview.content is not None, timeout=10_000)
    which = export.preview._which
    assert which.isVisible()
    names = [which.itemText(row) for row in range(which.count())]
    which.setCurrentIndex(names.index("train.safetensors"))
    rows = [re.split(r"\s{2,}", line) for line in shown(export).splitlines()]
    assert ["dense_1.weight", "4×2", "F32", "32 bytes"] in rows
    assert re.fullmatch(r"[\d,]+ bytes", export.preview.about)
    assert not export.copy_button.isEnabled() or export.preview.content.text is None


def test_the_preview_follows_edits_and_training(export, window, qtbot):
    choose(export, FORMATS["pytorch"].title)
    qtbot.waitUntil(lambda: "dense_1" in shown(export), timeout=10_000)
    window.store.edit(
        engine.load({**PLAIN, "chain": [{**PLAIN["chain"][0], "name": "first"}, *PLAIN["chain"][1:]]}), "rename"
    )
    qtbot.waitUntil(lambda: '"first"' in shown(export) or "first" in shown(export), timeout=10_000)
    choose(export, FORMATS["csv"].title)
    qtbot.waitUntil(lambda: shown(export).startswith("step"), timeout=10_000)
    train(qtbot, window, 3)
    qtbot.waitUntil(lambda: any(line.startswith("11,") for line in shown(export).splitlines()), timeout=10_000)


def test_lines_of_the_selected_block_are_marked(export, window, qtbot):
    choose(export, FORMATS["numpy"].title)
    qtbot.waitUntil(lambda: export.preview.content is not None, timeout=10_000)
    window.store.select("dense_2")
    marked = [mark.cursor.block().text() for mark in export.preview.listing.extraSelections()]
    assert marked == [line for line in shown(export).splitlines() if re.search(r"\bdense_2\b", line)] != []
    window.store.select()
    assert not export.preview.listing.extraSelections()


def test_a_broken_chain_is_a_sentence_and_cannot_be_saved(export, window, qtbot):
    choose(export, FORMATS["pytorch"].title)
    qtbot.waitUntil(lambda: export.save_button.isEnabled(), timeout=10_000)
    window.store.edit(remove(window.project, ["dense_2"]), "delete")
    qtbot.waitUntil(lambda: "cannot be trained" in export._said.text(), timeout=10_000)
    assert "needs 1 output, gets 4" in export._said.text()
    assert not export.save_button.isEnabled()
    assert shown(export) == ""
    window.store.undo_stack.undo()
    qtbot.waitUntil(lambda: export.save_button.isEnabled() and shown(export) != "", timeout=10_000)


@pytest.mark.parametrize("title", ["CSV table", "PNG picture"])
def test_what_cannot_be_written_is_refused_in_a_sentence(export, qtbot, monkeypatch, tmp_path, title):
    choose(export, title)
    qtbot.waitUntil(lambda: export.save_button.isEnabled(), timeout=10_000)
    saving_as(monkeypatch, tmp_path / "missing" / "it")
    press(export.save_button)
    qtbot.waitUntil(lambda: "could not be written" in export._said.text(), timeout=10_000)
    assert export._said.property("role") == "wrong"
    assert export.save_button.isEnabled(), "what is shown can be saved elsewhere"
    saving_as(monkeypatch, tmp_path / f"it{export._offer.suffix}")
    press(export.save_button)
    qtbot.waitUntil(lambda: "Saved" in export._said.text(), timeout=10_000)


def test_a_program_may_not_hide_the_modules_that_it_imports(export, qtbot, monkeypatch, tmp_path):
    choose(export, FORMATS["numpy"].title)
    qtbot.waitUntil(lambda: export.save_button.isEnabled(), timeout=10_000)
    saving_as(monkeypatch, tmp_path / "numpy.py")
    press(export.save_button)
    assert "choose another name" in export._said.text()
    qtbot.wait(100)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["png", "svg", "pdf"])
def test_a_picture_is_shown_and_saved_as_it_is_chosen(export, window, qtbot, monkeypatch, tmp_path, name):
    offer = pictures.FORMATS[name]
    choose(export, offer.title)
    options = export.options
    options.choose("loss")
    options.width_box.setValue(1000)
    options.height_box.setValue(500)
    options.look.setCurrentIndex(1)
    qtbot.waitUntil(lambda: export.preview.picture.image.size() == QSize(1000, 500), timeout=5_000)
    qtbot.waitUntil(lambda: export.preview.picture.image.pixelColor(1, 1) == DARK.panel, timeout=5_000)
    assert export.preview.about == "1,000 × 500 pixels"
    saving_as(monkeypatch, tmp_path / "mine")
    press(export.save_button)
    expected = offer.make(options.subject, options.wanted)
    saved = (tmp_path / f"mine{offer.suffix}").read_bytes()
    if name == "pdf":  # which says when it was made
        saved, expected = streams(saved, b"BT"), streams(expected, b"BT")
    assert saved
    assert saved == expected
    press(export.copy_button)
    assert QGuiApplication.clipboard().image().size() == QSize(1000, 500)
    assert not theme.current().dark


def test_pictures_follow_the_run_and_sizes_the_chain(export, window, qtbot):
    choose(export, "PNG picture")
    qtbot.waitUntil(lambda: not export.preview.picture.image.isNull(), timeout=5_000)
    before = QImage(export.preview.picture.image)
    train(qtbot, window, 1)
    qtbot.waitUntil(lambda: export.preview.picture.image != before, timeout=5_000)
    wide = export.options.width_box.value()
    window.store.edit(remove(window.project, ["tanh_1"]), "delete")
    qtbot.waitUntil(lambda: export.preview.picture.image.width() < wide, timeout=5_000)
    export.options.width_box.setValue(800)
    window.store.undo_stack.undo()
    qtbot.wait(200)
    assert export.options.width_box.value() == 800, "what was typed stays"
    press(export.options._own)
    assert export.options.width_box.value() == wide


def test_a_size_that_is_too_large_is_refused(export, qtbot):
    choose(export, "PNG picture")
    qtbot.waitUntil(lambda: export.save_button.isEnabled(), timeout=5_000)
    export.options.width_box.setValue(16_000)
    export.options.height_box.setValue(16_000)
    qtbot.waitUntil(lambda: "64 million" in export._said.text(), timeout=5_000)
    assert not export.save_button.isEnabled()
    export.options.height_box.setValue(200)
    qtbot.waitUntil(lambda: export.save_button.isEnabled(), timeout=5_000)


def test_a_panel_is_kept_up_to_date_only_while_its_picture_is_wanted(export, window, qtbot):
    export.offer_picture("prediction")
    panel = window.panels["prediction"]
    assert panel.pictured
    export.options.choose("loss")
    assert not panel.pictured
    assert window.panels["loss"].pictured
    export.close()
    assert not any(each.pictured for each in window.panels.values())
    window.store.edit(change(window.project, name="Other"), "name")
    assert not export._fresh


def test_the_window_can_be_closed_and_opened_again(export, window, qtbot):
    export.close()
    train(qtbot, window, 2)
    assert window.dialogs.export() is export
    choose(export, FORMATS["csv"].title)
    qtbot.waitUntil(lambda: any(line.startswith("10,") for line in shown(export).splitlines()), timeout=10_000)


def test_nothing_is_taken_out_of_a_hand(export, window, qtbot):
    """While somebody drags a slider or types into a field of the panel, its handles are not put away for a picture."""
    export.offer_picture("chain_rule")
    panel = window.panels["chain_rule"]
    qtbot.waitUntil(lambda: panel._laboratory.answer is not None, timeout=10_000)
    panel.enter(panel.modes[0])
    qtbot.waitUntil(lambda: not export._later.isActive(), timeout=5_000)
    slider = panel.modes[0].slider
    hidden = []
    slider.hideEvent = lambda event: hidden.append(event)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton)
    train(qtbot, window, 2)
    qtbot.wait(150)
    assert not hidden
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton)
    train(qtbot, window, 2)
    qtbot.waitUntil(lambda: hidden != [], timeout=5_000)
    panel.enter(None)
