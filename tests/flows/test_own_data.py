"""A file of one's own is dropped on the window, looked at, taken over and learned; nothing changes before that."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QPushButton, QWidget

from engine.data.own import File, Table
from engine.project import change
from engine.storage import read_saved, write_project, write_saved
from engine.trainer import Trainer
from gui.app import create_window
from gui.project_store import DATA_END
from tests.engine.test_data_files import large_text, wine_text

NOTHING_HELD = Qt.KeyboardModifier.NoModifier


def drop(window, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    common = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, NOTHING_HELD)
    at = window.rect().center()
    entered = QDragEnterEvent(at, *common)
    QApplication.sendEvent(window, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(at), *common))


def press(button):
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


class Desk:
    """A window, and a file dropped on it."""

    def __init__(self, window, qtbot, tmp_path):
        self.window, self.qtbot, self.folder = window, qtbot, tmp_path
        self.card = window.importer.card

    def drop(self, text, name="table.csv"):
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        drop(self.window, path)
        return path

    def show(self, text, name="table.csv"):
        path = self.drop(text, name)
        self.qtbot.waitUntil(self.card.isVisible, timeout=15_000)
        return path

    def take(self):
        before = self.window.project
        press(self.card._take)
        self.qtbot.waitUntil(lambda: self.window.project != before, timeout=15_000)
        self.qtbot.waitUntil(lambda: not self.card.isVisible())

    def use(self, column, role):
        grid = self.card.grid
        titles = [grid.horizontalHeaderItem(place).text() for place in range(grid.columnCount())]
        box = grid.cellWidget(0, titles.index(column))
        box.setCurrentIndex(("input", "target", "ignore").index(role))
        box.activated.emit(box.currentIndex())


@pytest.fixture
def desk(open_window, qtbot, tmp_path):
    return Desk(open_window(), qtbot, tmp_path)


def test_wine_is_dropped_and_learned_without_touching_a_setting(desk, qtbot):
    window, before = desk.window, desk.window.project
    height = window.height()
    desk.show(wine_text(), "wine.csv")
    assert window.project is before
    assert not window.canvas.isVisible()
    assert window.height() == height
    assert "178 rows, 14 columns" in desk.card._about.text()
    assert "store the rows themselves: 178 rows" in desk.card._stored.text()
    desk.take()
    assert window.canvas.isVisible()
    assert window.store.undo_stack.count() == 1
    assert isinstance(window.project.data, Table)
    assert window.project.data.scaling == "standard"
    assert window.store.resolved.ok
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    qtbot.waitUntil(lambda: window.controller.snapshot.metrics.get("validation_accuracy", 0) > 0.9, timeout=20_000)
    window.findChild(QAction, "actionRun").trigger()
    window.findChild(QAction, "actionUndo").trigger()
    assert window.project == before


def test_images_are_shown_before_they_are_taken(desk, qtbot):
    file = io.BytesIO()
    np.savez_compressed(file, x=np.arange(40 * 64, dtype=np.uint8).reshape(40, 8, 8), y=np.arange(40) % 4)
    desk.show(file.getvalue(), "digits.npz")
    assert desk.card.strip.isVisible()
    assert not desk.card.grid.isVisible()
    assert "40 samples of 1×8×8, 4 classes" in desk.card._about.text()
    press(desk.card._fresh)
    desk.take()
    assert desk.window.store.resolved.ok
    assert desk.window.project.data.shape == (1, 8, 8)
    assert desk.window.project.chain[0].kind == "conv2d"


def test_the_chain_is_kept_where_that_is_chosen(desk):
    names = [block.name for block in desk.window.project.chain]
    desk.show(wine_text())
    assert "It is narrow" in desk.card._kept.text()
    press(desk.card._kept)
    desk.take()
    assert [block.name for block in desk.window.project.chain] == names
    assert desk.window.project.chain[-1].units == 3
    assert desk.window.project.loss.kind == "softmax_cross_entropy"
    assert desk.window.store.resolved.ok


def test_a_large_table_stays_in_its_file(desk, qtbot):
    path = desk.show(large_text())
    assert "where the file lies" in desk.card._stored.text()
    desk.take()
    data = desk.window.project.data
    assert isinstance(data, File)
    assert (data.path, data.samples) == (str(path), 3000)
    qtbot.waitUntil(lambda: desk.window.controller.snapshot.project.data == data, timeout=15_000)
    desk.window.findChild(QAction, "actionStep").trigger()
    qtbot.waitUntil(lambda: desk.window.controller.snapshot.steps == 1, timeout=15_000)


@pytest.mark.parametrize("way", ["button", "escape"])
def test_putting_the_card_away_leaves_the_project_as_it_was(desk, way):
    before = desk.window.project
    desk.show(wine_text())
    if way == "button":
        press(desk.card._cancel)
    else:
        QTest.keyClick(desk.card._take, Qt.Key.Key_Escape)
    assert not desk.card.isVisible()
    assert desk.window.canvas.isVisible()
    assert desk.window.project is before
    assert not desk.window.isWindowModified()


def test_roles_and_task_can_be_chosen(desk):
    desk.show("a,b,c,d\n" + "".join(f"{i},{i * i},{i % 3},{i % 2}\n" for i in range(40)))
    desk.use("d", "ignore")
    assert not desk.card._take.isEnabled()
    assert "another one as target" in desk.card._wrong.text()
    desk.use("b", "target")
    desk.card._task.setCurrentIndex(1)
    desk.card._task.activated.emit(1)
    desk.take()
    data = desk.window.project.data
    assert (data.columns, data.task, data.targets[3]) == (("a", "c"), "regression", 9)


def test_another_layout_can_be_chosen(desk, qtbot):
    desk.show("a;b\n1,5;2\n3;4,5\n5;6\n")
    desk.card._decimal.setCurrentIndex(0)
    desk.card._decimal.activated.emit(0)
    qtbot.waitUntil(lambda: desk.card._preview.format.decimal == ".")
    assert desk.card._preview.columns[0].text


BROKEN = {
    "empty": (b"", "table.csv is empty."),
    "ragged": (b"a,b\n1,2\n3\n4,5\n", "table.csv, line 3: has 1 values, expected 2."),
    "binary": (b"a,b\n1,2\n3,\0\n", "table.csv, line 3: holds a zero byte; this is no text."),
    "latin": ("a,b\nä,2\n".encode("latin-1") * 3, "is not UTF-8 text near byte 4"),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_in_a_sentence(desk, qtbot, content, said):
    before = desk.window.project
    desk.drop(content)
    qtbot.waitUntil(desk.window.banner.isVisible, timeout=15_000)
    assert said in desk.window.banner._text.text()
    assert not desk.card.isVisible()
    assert desk.window.project is before


def test_a_mistake_far_down_is_told_on_the_card(desk, qtbot):
    desk.show("a,b\n" + "".join(f"{i},{i % 2}\n" for i in range(50)) + "x,1\n")
    press(desk.card._take)
    qtbot.waitUntil(desk.card._wrong.isVisible, timeout=15_000)
    assert desk.card._wrong.text() == "table.csv, line 52: column a holds 'x', expected a number."
    assert desk.card.isVisible()
    assert not np.any(desk.window.isWindowModified())


def test_markup_in_a_file_is_text(desk):
    desk.show("<b>a</b>,c\n" + "1,<img src=x onerror=y>\n2,<i>w</i>\n" * 3)
    item = desk.card.grid.item(2, 1)
    assert item.text() == "<img src=x onerror=y>"
    assert "&lt;img" in item.toolTip()
    for box in desk.card.grid.findChildren(QComboBox):
        assert "<b>" not in box.toolTip()


def test_a_file_named_at_the_start_is_shown_as_soon_as_it_can_be(qtbot, tmp_path):
    """Before numpy, plots and the run are there."""
    (tmp_path / "wine.csv").write_text(wine_text())
    window = create_window()
    assert window.open_path(tmp_path / "wine.csv")
    window.show()
    qtbot.waitUntil(window.importer.card.isVisible, timeout=15_000)
    qtbot.waitUntil(lambda: window.controller.state.name == "paused", timeout=15_000)
    press(window.importer.card._take)
    qtbot.waitUntil(lambda: window.project.data.count == 178, timeout=15_000)
    window.setWindowModified(False)
    window.close()
    window.deleteLater()


def test_a_window_can_be_closed_while_a_file_is_read(qtbot, tmp_path):
    (tmp_path / "t.csv").write_text(large_text(200_000))
    window = create_window()
    window.show()
    window.open_path(tmp_path / "t.csv")
    qtbot.waitUntil(window.importer.card.isVisible, timeout=15_000)
    press(window.importer.card._take)
    window.setWindowModified(False)
    window.close()
    assert not window.importer._taking.busy
    window.deleteLater()


def test_rows_that_will_be_left_out_are_counted_before(desk):
    desk.show("a,b,c\n" + "".join(f"{i},{'' if i % 4 == 0 else i * i},{i % 2}\n" for i in range(40)))
    assert desk.card._gaps.text() == "10 rows of 40 will be left out: something is missing in a column that is used."
    assert "the rows themselves: 30 rows" in desk.card._stored.text()
    desk.use("b", "ignore")
    assert desk.card._gaps.isHidden()
    desk.use("b", "input")
    desk.take()
    assert desk.window.project.data.count == 30


def test_the_arrays_of_a_file_can_be_chosen(desk, qtbot):
    file = io.BytesIO()
    pictures = np.arange(40 * 64, dtype=np.uint8).reshape(40, 8, 8)
    np.savez(file, shown=pictures, kind=np.arange(40) % 4, size=np.arange(40) % 2, few=np.ones(3))
    desk.show(file.getvalue(), "arrays.npz")
    row = desk.card._arrays
    assert row.boxes["inputs"].currentText() == "shown  (40×8×8)"
    assert "4 classes" in desk.card._about.text()
    for array, said in (("few", "arrays.npz holds 40 inputs but 3 targets."), ("size", "")):
        box = row.boxes["targets"]
        box.setCurrentIndex(box.findData(array))
        box.activated.emit(box.currentIndex())
        qtbot.waitUntil(lambda said=said: desk.card._wrong.text() == said if said else desk.card._wrong.isHidden())
        assert desk.card._take.isEnabled() == (not said)
    assert "2 classes" in desk.card._about.text()
    desk.take()
    assert desk.window.project.data.format.targets == "size"


def test_columns_are_chosen_anew_with_everything_as_it_was(desk, qtbot):
    desk.show(large_text())
    desk.use("b", "ignore")
    desk.card._scaling.setCurrentIndex(2)
    desk.card._share.setCurrentIndex(desk.card._share.findData(0.3))
    desk.take()
    window, taken = desk.window, desk.window.project.data
    window.store.edit(change(window.project, data=change(taken, seed=77, validation=0.25)), "seed")
    window.store.select(DATA_END)
    (button,) = (each for each in window.properties.findChildren(QPushButton) if each.text() == "Columns…")
    press(button)
    qtbot.waitUntil(desk.card.isVisible, timeout=15_000)
    assert desk.card.grid.roles == ["input", "ignore", "input", "target"]
    assert desk.card.choice.validation == 0.25
    assert desk.card.choice.scaling == "min_max"
    assert desk.card._kept.isChecked()
    desk.use("b", "input")
    desk.take()
    assert window.project.data == change(
        taken, seed=77, validation=0.25, shape=(3,), columns=("a", "b", "c"), format=window.project.data.format
    )
    assert window.project.data.format.inputs == (0, 1, 2)


def test_opening_a_file_of_data_shows_it(desk, qtbot, tmp_path, monkeypatch):
    (tmp_path / "wine.csv").write_text(wine_text())
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *words: asked.append(words) or (str(tmp_path / "wine.csv"), "")
    )
    desk.window.findChild(QAction, "actionOpen").trigger()
    qtbot.waitUntil(desk.card.isVisible, timeout=15_000)
    assert "(*.cascade *.json *.csv" in asked[0][3]
    assert "*.npz" in asked[0][3]


def test_the_data_are_looked_at_from_their_properties(desk, qtbot):
    window = desk.window
    panel = window.findChild(QWidget, "dataPanel")
    assert panel.visibleRegion().isEmpty()
    assert panel.data() == {}, "what nobody looks at is not computed"
    window.store.select(DATA_END)
    (button,) = (each for each in window.properties.findChildren(QPushButton) if each.text() == "Look at the data")
    press(button)
    qtbot.waitUntil(lambda: panel.data().get("form") == "table", timeout=15_000)
    assert len(panel.data()["inputs"]) == window.project.data.count
    assert not [
        each for each in window.properties.findChildren(QPushButton) if each.text() == "Columns…" and each.isVisible()
    ]


class TestFileOfAProject:
    @pytest.fixture
    def saved(self, desk, tmp_path):
        """A project that names a large table, opened in the window."""
        path = desk.show(large_text())
        desk.take()
        write_project(tmp_path / "mine.json", desk.window.project)
        desk.window.setWindowModified(False)
        return path

    def open(self, desk, tmp_path, change):
        change()
        desk.window.files.read(tmp_path / "mine.json")
        desk.qtbot.waitUntil(desk.window.banner.isVisible, timeout=15_000)

    def until_trained(self, desk):
        desk.qtbot.waitUntil(lambda: desk.window.controller.can_run)
        desk.window.findChild(QAction, "actionStep").trigger()
        data = desk.window.project.data
        desk.qtbot.waitUntil(
            lambda: desk.window.controller.snapshot.project.data == data and desk.window.controller.snapshot.steps > 0,
            timeout=20_000,
        )

    def test_that_has_changed_can_be_taken_as_it_is(self, desk, saved, tmp_path, qtbot):
        desk.qtbot.waitUntil(lambda: desk.window.controller.snapshot.project.data == desk.window.project.data)
        self.open(desk, tmp_path, lambda: saved.write_text(large_text(2400)))
        assert "table.csv has changed" in desk.window.banner._text.text()
        assert desk.window.project.data.samples == 3000
        qtbot.waitUntil(lambda: desk.window.controller.state.name == "failed", timeout=15_000)
        qtbot.waitUntil(lambda: "Take the file" in desk.window.banner._offer.text())
        press(desk.window.banner._offer)
        qtbot.waitUntil(lambda: desk.window.project.data.samples == 2400, timeout=15_000)
        assert desk.window.store.undo_stack.count() == 1
        self.until_trained(desk)

    def test_that_is_gone_can_be_looked_for(self, desk, saved, tmp_path, qtbot, monkeypatch):
        moved = tmp_path / "elsewhere.csv"
        self.open(desk, tmp_path, lambda: saved.rename(moved))
        assert "table.csv is missing" in desk.window.banner._text.text()
        qtbot.waitUntil(lambda: desk.window.controller.state.name == "failed", timeout=15_000)
        qtbot.waitUntil(lambda: "Look for it" in desk.window.banner._offer.text())
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(moved), ""))
        press(desk.window.banner._offer)
        qtbot.waitUntil(lambda: desk.window.project.data.path == str(moved), timeout=15_000)
        self.until_trained(desk)

    def test_a_run_whose_file_is_gone_is_not_lost_with_it(self, desk, saved, tmp_path, qtbot, monkeypatch):
        """It is saved as it was read, and goes on once the file has been found."""
        trainer = Trainer(desk.window.project)
        trainer.run(30)
        write_saved(tmp_path / "mine.cascade", trainer.saved())
        moved = tmp_path / "elsewhere.csv"
        saved.rename(moved)
        desk.window.files.read(tmp_path / "mine.cascade")
        qtbot.waitUntil(lambda: desk.window.controller.state.name == "failed", timeout=15_000)
        qtbot.waitUntil(lambda: "Look for it" in desk.window.banner._offer.text())
        desk.window.files.path = tmp_path / "copy.cascade"
        assert desk.window.files.save()
        assert read_saved(tmp_path / "copy.cascade").checkpoint.steps == 30
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(moved), ""))
        press(desk.window.banner._offer)
        qtbot.waitUntil(lambda: desk.window.controller.state.name == "paused", timeout=20_000)
        qtbot.waitUntil(lambda: desk.window.controller.snapshot.steps == 30, timeout=20_000)
        assert np.array_equal(desk.window.controller.snapshot.parameters, trainer.network.parameters)


FLATS = "size;district;rooms;price\n" + "".join(f"{i},5;{'abc'[i % 3]};{i % 4};{3 * i + i % 5},25\n" for i in range(40))


def test_another_target_takes_the_place_of_the_first_and_what_is_learned_follows(desk):
    desk.show(FLATS)
    card = desk.card
    assert (card.grid.chosen("target"), card._task.currentText()) == ((3,), "real values")
    desk.use("district", "target")
    assert (card.grid.chosen("target"), card._task.currentText()) == ((1,), "classes")
    assert 3 in card.grid.chosen("input")
    desk.use("price", "target")
    assert (card.grid.chosen("target"), card._task.currentText()) == ((3,), "real values")
    desk.use("rooms", "target")
    assert (card.grid.chosen("target"), card._task.currentText()) == ((2,), "classes")


def test_the_name_and_notes_of_an_example_do_not_stay_with_other_data(desk):
    assert desk.window.project.notes
    desk.show(FLATS, "flats.csv")
    desk.take()
    assert (desk.window.project.name, desk.window.project.notes) == ("flats", "")
    desk.window.findChild(QAction, "actionUndo").trigger()
    assert desk.window.project.name == "Domino chain"


def test_a_name_of_ones_own_stays(desk):
    store = desk.window.store
    store.edit(change(store.project, name="Lesson 3", notes="Mine."), "name")
    desk.show(FLATS, "flats.csv")
    desk.take()
    assert (desk.window.project.name, desk.window.project.notes) == ("Lesson 3", "Mine.")
