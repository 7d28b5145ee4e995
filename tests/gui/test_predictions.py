"""The prediction panel: every number on it is the one that a network with the same parameters predicts."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

import engine
from engine import Network
from engine.losses import LOSSES
from engine.project import change, replace_block
from gui import pictures, theme
from gui.numbers import short
from gui.prediction.panel import PredictionPanel
from gui.prediction.view import PlotView
from gui.project_store import ProjectStore
from tests.gui.conftest import trained
from tests.waiting import wait

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
TAIL = [{"kind": "dense", "name": "dense_1", "units": 6}, {"kind": "tanh", "name": "tanh_1"}]


def project_of(data, loss, outputs, *blocks):
    chain = [*(blocks or TAIL), {"kind": "dense", "name": "last", "units": outputs}]
    return engine.load({"data": data, "chain": chain, "loss": {"kind": loss}, "training": {"seed": 3}})


MOONS = project_of({"kind": "moons", "samples": 90}, "binary_cross_entropy", 1)
BLOBS = project_of({"kind": "blobs", "classes": 4}, "softmax_cross_entropy", 4)
IRIS = project_of({"kind": "iris", "scaling": "standard"}, "softmax_cross_entropy", 3)
SINE = project_of({"kind": "sine"}, "mean_squared_error", 1)
DIGITS = project_of({"kind": "digits"}, "softmax_cross_entropy", 10, {"kind": "flatten"}, *TAIL)
IMAGES = project_of(
    {"kind": "digits", "scaling": "min_max"},
    "softmax_cross_entropy",
    10,
    {"kind": "conv2d", "name": "conv", "filters": 3},
    {"kind": "batch_norm", "name": "norm"},
    {"kind": "relu", "name": "relu"},
    {"kind": "max_pool2d", "name": "pool"},
    {"kind": "flatten", "name": "flat"},
    {"kind": "dropout", "name": "drop"},
    {"kind": "dense", "name": "first", "units": 6},
    {"kind": "dense", "name": "second", "units": 6},
    {"kind": "add", "name": "sum", "source": "first"},
)
ROWS = [[a / 7, b / 5, (a - b) / 9] for a in range(8) for b in range(6)]
TABLE = project_of(
    {
        "kind": "table",
        "inputs": ROWS,
        "targets": [a * b for a, b, _ in ROWS],
        "task": "regression",
        "validation": 0.25,
    },
    "mean_squared_error",
    1,
)
EVERY = {"moons": MOONS, "blobs": BLOBS, "iris": IRIS, "sine": SINE, "digits": DIGITS, "table": TABLE}


def upto(project, name):
    """The chain up to a block."""
    return msgspec.structs.replace(project, chain=project.chain[: project.index(name) + 1])


def softmax(y):
    e = np.exp(y - y.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Bench:
    """A shown panel on a project, and a network with the parameters of the snapshot that it shows."""

    def __init__(self, qtbot, shown, project):
        self.qtbot, self.project = qtbot, project
        self.store = ProjectStore(project)
        self.panel = shown(PredictionPanel(self.store), 380, 260)
        self.titles: list[tuple[str, str]] = []
        self.panel.titled.connect(lambda *said: self.titles.append(said))

    def draw(self, steps=30):
        snapshot = trained(self.project, steps)
        self.network = Network(self.project)
        self.network.parameters[...] = snapshot.parameters
        self.network.statistics[...] = snapshot.statistics
        self.panel.draw(snapshot)
        self.settle()
        return snapshot

    def settle(self):
        """Waits until everything that was asked is answered."""
        background = self.panel._background
        self.qtbot.waitUntil(lambda: not self.panel._wanted and not background._busy, timeout=5000)

    def show(self, form):
        button = self.panel.switch.buttons[form]
        QTest.mouseClick(button, LEFT) if button.isVisible() else self.panel.show_form(form)
        self.settle()
        return self.panel.view

    def view(self):
        return self.panel.view

    def said(self):
        return self.panel._readout.text().replace("\n", " ")


@pytest.fixture
def bench(qtbot, shown):
    made = []

    def make(project):
        made.append(Bench(qtbot, shown, project))
        # The buttons stand in the head of the panel's card, here beside it.
        shown(made[-1].panel.switch, 300, 40)
        return made[-1]

    yield make
    for each in made:
        each.panel.stop()


class TestEveryForm:
    @pytest.mark.parametrize("mode", ["light", "dark"])
    @pytest.mark.parametrize("name", EVERY)
    def test_it_is_shown_copied_and_restyled(self, bench, name, mode):
        theme.set_mode(mode)
        b = bench(EVERY[name])
        assert b.panel.data() == {}
        b.draw(0)
        assert b.panel.data()["form"] == b.panel._forms[0], "the first weights are shown before any step"
        assert "not trained yet: press Run" in b.said()
        b.draw(5)
        assert b.said() == "hover to read values"
        for form in b.panel._forms:
            b.show(form)
            assert b.panel.data()["form"] == form
            b.panel.copy_data()
            rows = QGuiApplication.clipboard().text().splitlines()
            assert len(rows) > 2
            assert len({row.count("\t") for row in rows}) == 1
            before = b.panel.grab().toImage()
            theme.set_mode("dark" if mode == "light" else "light")
            b.panel.restyle()
            assert b.panel.grab().toImage() != before
            theme.set_mode(mode)
            b.panel.restyle()
            b.panel.reset_zoom()

    def test_without_a_snapshot_it_waits(self, bench):
        b = bench(MOONS)
        b.panel.draw(None)
        assert b.panel._words.text() == "Waiting for the first weights"
        assert b.panel._words.isVisible()

    def test_a_broken_chain_is_named_and_mended_again(self, bench):
        b = bench(MOONS)
        b.draw()
        broken = replace_block(MOONS, "last", change(MOONS.block("last"), units=3))
        b.store.edit(broken, "wide")
        b.panel.show_project(broken, ())
        assert "needs 1 output, gets 3" in b.panel._words.text()
        assert b.panel.data() == {}
        b.store.edit(MOONS, "back")
        b.panel.show_project(MOONS, ())
        b.settle()
        assert b.panel.data()["form"] == "plane"

    def test_other_data_bring_another_form(self, bench):
        b = bench(MOONS)
        b.draw()
        b.store.edit(SINE, "sine")
        b.panel.show_project(SINE, ())
        assert b.panel.data() == {}, "the points of the old data are gone"
        b.project = SINE
        b.draw()
        assert b.panel.data()["form"] == "curve"
        assert not b.panel.switch.buttons["plane"].isVisible()

    @pytest.mark.parametrize("name", EVERY)
    @pytest.mark.parametrize("number", [np.nan, 1e30])
    def test_numbers_beyond_all_bounds_are_survived(self, bench, name, number):
        b = bench(EVERY[name])
        snapshot = b.draw(1)
        b.panel.draw(replace(snapshot, parameters=np.full_like(snapshot.parameters, number)))
        b.settle()
        for form in b.panel._forms:
            b.show(form)
            assert b.panel.data()["form"] == form
            b.panel.grab()
            b.panel.copy_data()
            if isinstance(b.view(), PlotView):
                b.view()._hover(QPointF(0, 0))

    def test_hidden_it_computes_nothing(self, bench):
        b = bench(MOONS)
        b.draw(3)
        b.panel.hide()
        asked = b.panel._inquire
        b.panel.draw(trained(MOONS, 4))
        assert asked() is None
        b.panel.show()
        b.settle()
        assert b.panel.snapshot.steps == 4

    def test_every_control_has_a_name_and_a_tooltip(self, bench):
        b = bench(DIGITS)
        b.draw()
        for form in b.panel._forms:
            b.show(form)
        for control in (*b.panel.findChildren(QToolButton), *b.panel.switch.buttons.values()):
            if control.objectName() != "ScrollLeftButton":
                assert control.accessibleName()
                assert control.toolTip()


class TestPlane:
    @pytest.mark.parametrize("project", [MOONS, BLOBS], ids=["two", "four"])
    def test_every_pixel_is_the_colour_of_the_prediction_at_its_middle(self, bench, project):
        b = bench(project)
        b.draw()
        data, image = b.panel.data(), b.view()._image.image.astype(np.uint32)
        pixels = image[..., 3] << 24 | image[..., 0] << 16 | image[..., 1] << 8 | image[..., 2]
        x, y = np.meshgrid(data["x"], data["y"])
        output = b.network.predict(np.stack([x.reshape(-1), y.reshape(-1)], axis=1)).astype(float)
        if project is MOONS:
            p = 1 / (1 + np.exp(-output[:, 0]))
            wanted = pictures.signed_pixels((2 * p - 1).reshape(x.shape), 1.0, theme.current())
            assert np.array_equal(data["predicted"], (p > 0.5).reshape(x.shape))
            assert np.allclose(data["confidence"], np.maximum(p, 1 - p).reshape(x.shape), atol=1e-5)
        else:
            p = softmax(output)
            kinds = theme.current().classes[:4]
            strength = (p.max(axis=1) - 0.25) / 0.75
            wanted = pictures.class_pixels(p.argmax(axis=1), strength, kinds, theme.current()).reshape(x.shape)
        assert (pixels == wanted).mean() > 0.999

    def test_the_pointer_reads_the_prediction_and_the_point_under_it(self, bench):
        b = bench(MOONS)
        b.draw()
        data = b.panel.data()
        row, column = 3, 40
        plot = b.view()._plot
        b.view()._hover(QPointF(float(data["x"][column]), float(data["y"][row])))
        p = 1 / (1 + np.exp(-float(b.network.predict(np.array([[data["x"][column], data["y"][row]]]))[0, 0])))
        x, y = (short(float(each)) for each in (data["x"][column], data["y"][row]))
        assert b.said().startswith(f"x = {x}, y = {y}: class {int(p > 0.5)} with {short(max(p, 1 - p))}")
        points = data["points"]
        far = np.linalg.norm(points[:, None] - points[None], axis=2) + 9 * np.eye(len(points))
        alone = int(np.where(data["validation"], 0, far.min(axis=1)).argmax())
        number = int((~data["validation"])[:alone].sum())
        p = 1 / (1 + np.exp(-float(b.network.predict(points[[alone]])[0, 0])))
        wait(30)  # pyqtgraph skips moves that follow each other within a hundredth of a second
        QTest.mouseMove(plot.viewport(), plot.mapFromScene(plot.box.mapViewToScene(QPointF(*points[alone]))))
        assert f"·  training sample {number}: class {data['truth'][alone]}" in b.said()
        assert b.said().endswith(f"with {short(max(p, 1 - p))}")
        b.view()._hover(None)
        assert b.said() == "hover to read values"

    def test_misclassified_points_are_ringed_and_counted(self, bench):
        b = bench(MOONS)
        b.draw(3)
        data = b.panel.data()
        parts = engine.dataset(MOONS)
        wrong = [
            point
            for part in (parts.train, parts.validation)
            for point, target in zip(part.inputs, part.targets[:, 0], strict=True)
            if (b.network.predict(point[None])[0, 0] > 0) != target
        ]
        assert 0 < len(wrong) < 90
        x, y = b.view()._rings.getData()
        assert {(float(a), float(c)) for a, c in zip(x, y, strict=True)} == {tuple(point) for point in wrong}
        assert data["misclassified"].sum() == len(wrong)
        assert f"wrong {len(wrong)}" in b.view()._key.words()

    def test_each_class_and_part_has_its_own_mark(self, bench):
        b = bench(BLOBS)
        b.draw(1)
        marks = [(item.opts["symbol"], item.opts["brush"].color().name()) for item in b.view()._marks]
        assert len({symbol for symbol, _ in marks}) == 4
        assert len(marks) == len(set(marks)) == 8
        assert sum(len(item.data) for item in b.view()._marks) == len(b.panel.data()["points"])

    def test_thousands_of_points_are_thinned_and_that_is_said(self, bench):
        b = bench(project_of({"kind": "circles", "samples": 4000}, "hinge", 1))
        b.draw(1)
        assert b.titles[-1] == ("Prediction", "500 of 4,000 points shown")
        b.view()._hover(QPointF(0, 0))
        assert "with output" in b.said(), "the outputs of this loss are no probabilities"

    def test_one_value_is_drawn_on_the_signed_scale(self, bench):
        rows = [[a, 2 * c] for a in range(5) for c in range(5)]
        data = {"kind": "table", "inputs": rows, "targets": [a - c for a, c in rows], "task": "regression"}
        b = bench(project_of(data, "mean_squared_error", 1))
        b.draw(5)
        data = b.panel.data()
        assert [text.strip("≤≥ ") for _, text in b.view()._legend._marks] == ["−8.00", "0", "8.00"]
        value = float(b.network.predict(np.array([[data["x"][9], data["y"][2]]]))[0, 0])
        b.view()._hover(QPointF(data["x"][9], data["y"][2]))
        assert f": {short(value)}" in b.said()

    def test_a_unit_of_the_selected_block_can_be_looked_at(self, bench):
        b = bench(MOONS)
        b.draw()
        view = b.view()
        assert not view._units.isVisible()
        b.panel.show_project(MOONS, ("tanh_1",))
        assert view._units.count() == 8, "the output, all units, and each of six"
        view._units.setCurrentIndex(4)
        b.settle()
        data, state = b.panel.data(), b.network.state_dict()
        z = state["dense_1.weight"][2] @ (data["x"][4], data["y"][30]) + state["dense_1.bias"][2]
        assert data["unit"] == ("tanh_1", 2)
        assert data["outputs"][30, 4, 0] == pytest.approx(np.tanh(float(z)), abs=1e-5)
        assert b.titles[-1][1] == "unit 2 of tanh_1 over the plane"
        b.panel.show_project(MOONS, ())
        b.settle()
        assert b.panel.data()["unit"] is None

    def test_zoom_stays_until_everything_is_shown_again(self, bench):
        b = bench(MOONS)
        b.draw(3)
        box = b.view()._plot.box
        box.sigRangeChangedManually.emit([True, True])
        box.setRange(xRange=(0, 0.2), yRange=(0, 0.2), padding=0)
        b.draw(4)
        assert box.viewRange()[1] == pytest.approx([0, 0.2], abs=0.05)
        b.panel.reset_zoom()
        assert box.viewRange()[1][1] > 1


class TestCurveAndFit:
    def test_the_curve_is_what_the_network_predicts(self, bench):
        b = bench(SINE)
        b.draw()
        x, y = b.view()._lines[0].getData()
        assert np.allclose(y, b.network.predict(x[:, None])[:, 0], atol=1e-5)
        held = b.panel.data()["validation"]
        assert len(b.view()._marks._train.data) == (~held).sum() == 160
        assert len(b.view()._marks._held.data) == held.sum() == 40
        b.view()._hover(QPointF(float(x[50]), 0.2))
        assert b.said().startswith(f"x = {short(float(x[50]))}: {short(float(y[50]))}")
        point = b.panel.data()["points"][7], b.panel.data()["truth"][7, 0]
        b.view()._hover(QPointF(*point))
        said = float(b.network.predict(np.array([[point[0]]]))[0, 0])
        words = f"true {short(point[1])}, predicted {short(said)}, residual {short(said - point[1])}"
        assert words in b.said()

    def test_classes_of_one_input_are_curves_of_their_shares(self, bench):
        data = {"kind": "table", "inputs": [[k] for k in range(9)], "targets": [k // 3 for k in range(9)]}
        b = bench(project_of(data, "softmax_cross_entropy", 3))
        b.draw()
        x = b.panel.data()["x"]
        shares = softmax(b.network.predict(x[:, None]).astype(float))
        for number in range(3):
            assert np.allclose(b.view()._lines[number].getData()[1], shares[:, number], atol=1e-5)
        b.view()._hover(QPointF(float(x[3]), 0.5))
        assert f"0 {short(float(shares[3, 0]))}, 1 {short(float(shares[3, 1]))}" in b.said()

    def test_predicted_against_true(self, bench):
        b = bench(TABLE)
        snapshot = b.draw()
        parts, data = engine.dataset(TABLE), b.panel.data()
        said = b.network.predict(parts.validation.inputs).astype(float)
        assert np.allclose(data["predicted"][data["validation"]], said, atol=1e-5)
        left = ((said - parts.validation.targets) ** 2).sum()
        share = 1 - left / ((parts.validation.targets - parts.validation.targets.mean()) ** 2).sum()
        assert data["validation_r2"] == pytest.approx(share, abs=1e-5)
        assert f"val. R² {short(share)}" in b.view()._key.words()
        place = int(np.flatnonzero(data["validation"])[2])
        true, guess = float(data["truth"][place, 0]), float(data["predicted"][place, 0])
        b.view()._hover(QPointF(true, guess))
        assert f"predicted {short(guess)}, residual {short(guess - true)}" in b.said()
        assert snapshot.steps == 30


class TestConfusion:
    def test_counts_are_those_of_the_validation_part(self, bench):
        b = bench(IRIS)
        b.draw()
        part, data = engine.dataset(IRIS).validation, b.panel.data()
        said = b.network.predict(part.inputs).argmax(axis=1)
        for row in range(3):
            for column in range(3):
                assert data["counts"][row, column] == ((part.targets == row) & (said == column)).sum()
            assert data["class_accuracy"][row] == pytest.approx((said == row)[part.targets == row].mean())
        assert b.titles[-1][1] == f"validation: accuracy {short(float((said == part.targets).mean()))}"
        assert data["validation"] is True

    def test_a_click_on_a_cell_lists_its_samples(self, bench):
        b = bench(DIGITS)
        b.draw(60)
        view = b.show("confusion")
        counts = b.panel.data()["counts"]
        row, column = map(int, np.argwhere((counts > 0) & ~np.eye(10, dtype=bool))[0])
        at = view.matrix.area_of((row, column)).center().toPoint()
        QTest.mouseMove(view.matrix, at)
        assert b.said().startswith(f"{counts[row, column]} of {counts[row].sum()} samples of class {row} are taken")
        QTest.mouseClick(view.matrix, LEFT, NO_KEY, at)
        part = engine.dataset(DIGITS).validation
        said = b.network.predict(part.inputs).argmax(axis=1)
        members = np.flatnonzero((part.targets == row) & (said == column))
        assert set(b.panel.data()["samples"]) == set(members)
        captions = view._gallery.wall.captions()
        assert len(captions) == len(members) == counts[row, column]
        assert all(f"class {row}, taken for {column} with 0." in caption for caption in captions)
        assert view._gallery.isVisible()
        QTest.mouseClick(view._back, LEFT)
        assert view.matrix.isVisible()
        assert "cell" not in b.panel.data()

    def test_keys_reach_every_cell(self, bench):
        b = bench(IRIS)
        b.draw()
        view = b.view()
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
            QTest.keyClick(view.matrix, key)
        assert b.panel.data()["cell"] == (2, 1)


class TestPictures:
    def test_the_worst_samples_come_first(self, bench):
        b = bench(DIGITS)
        b.draw(60)
        part, data = engine.dataset(DIGITS).validation, b.panel.data()
        p = softmax(b.network.predict(part.inputs).astype(float))
        losses = -np.log(p[np.arange(len(part)), part.targets])
        assert data["samples"][:10].tolist() == np.argsort(-losses, kind="stable")[:10].tolist()
        wall = b.view()._gallery.wall
        first = int(data["samples"][0])
        sure = short(float(p[first].max()))
        caption = f"class {part.targets[first]}, taken for {p[first].argmax()} with {sure}, loss "
        assert f"validation sample {first}: {caption}" in wall.captions()[0]
        QTest.mouseMove(wall, wall.area_of(0).center().toPoint())
        assert b.said() == wall.captions()[0]

    def test_a_drawing_is_predicted_at_once(self, bench, qtbot):
        b = bench(DIGITS)
        b.draw(200)
        view = b.show("draw")
        pad = view.pad
        assert pad.ink.shape == (8, 8)
        area = pad.area()
        top = QPoint(int(area.center().x()), int(area.top() + area.height() * 0.15))
        QTest.mousePress(pad, LEFT, NO_KEY, top)
        for part in (0.3, 0.5, 0.7, 0.85):
            move(pad, QPoint(top.x(), int(area.top() + area.height() * part)))
        QTest.mouseRelease(pad, LEFT, NO_KEY, top)
        b.settle()
        ink = pad.ink
        assert ink[4, 3:5].min() > 0.5
        assert ink[:, 0].max() == ink[:, 7].max() == 0
        assert ((ink > 0) & (ink < 1)).any(), "the brush is soft"
        data = b.panel.data()
        p = softmax(b.network.predict(ink[None, None]).astype(float))[0]
        assert np.array_equal(data["ink"], ink)
        assert np.allclose(data["shares"], p, atol=1e-5)
        assert view.bars.texts() == [(str(number), short(float(share))) for number, share in enumerate(data["shares"])]
        assert b.titles[-1][1].startswith(f"{p.argmax()} with ")
        QTest.mouseClick(view.clear, LEFT)
        b.settle()
        assert not pad.ink.any()
        blank = softmax(b.network.predict(np.zeros((1, 1, 8, 8))).astype(float))[0]
        assert np.allclose(b.panel.data()["shares"], blank, atol=1e-5)

    def test_every_block_shows_what_it_makes_of_the_drawing(self, bench):
        b = bench(IMAGES)
        snapshot = b.draw(20)
        view = b.show("draw")
        QTest.mouseClick(view.pad, LEFT, NO_KEY, view.pad.area().center().toPoint())
        b.settle()
        shown, ink = b.panel.data()["activations"], view.pad.ink
        assert list(shown) == [block.name for block in IMAGES.chain]
        assert [row.name for row in view.activations.rows] == list(shown)
        for row in view.activations.rows:
            network = Network(upto(IMAGES, row.name), output_shape=shown[row.name].shape)
            network.parameters[...] = snapshot.parameters[: len(network.parameters)]
            network.statistics[...] = snapshot.statistics[: len(network.statistics)]
            wanted = network.predict(ink[None, None])[0].astype(float)
            assert np.allclose(shown[row.name], wanted, atol=1e-5)
            assert row.limit == pytest.approx(np.abs(wanted).max(), abs=1e-5)
            assert len(row.areas) == (wanted.shape[0] if wanted.ndim == 3 else 1)

    def test_the_pointer_reads_what_a_unit_gives_out(self, bench):
        b = bench(IMAGES)
        b.draw(20)
        view = b.show("draw")
        QTest.mouseClick(view.pad, LEFT, NO_KEY, view.pad.area().center().toPoint())
        b.settle()
        activations, shown = view.activations, b.panel.data()["activations"]
        maps, flat = activations.rows[0], activations.rows[-1]
        area = maps.areas[2]
        at = QPointF(area.left() + area.width() * 3.5 / 6, area.top() + area.height() * 1.5 / 6)
        assert activations.words_at(at) == f"conv, map 2, row 1, column 3: {short(shown['conv'][2, 1, 3])}"
        area = flat.areas[0]
        at = QPointF(area.left() + area.width() * 7.5 / 10, area.center().y())
        assert activations.words_at(at) == f"last, unit 7: {short(shown['last'][7])}"
        assert activations.words_at(QPointF(2, maps.top + 2)) == ""
        activations.mouseMoveEvent(
            QMouseEvent(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, NO_KEY)
        )
        assert b.said() == activations.words_at(at)
        QTest.mouseClick(view.clear, LEFT)
        b.settle()
        assert b.said() == activations.words_at(at) != f"last, unit 7: {short(shown['last'][7])}", "it stays up to date"

    def test_colours_are_those_of_the_values(self, bench):
        b = bench(IMAGES)
        b.draw(20)
        view = b.show("draw")
        QTest.mouseClick(view.pad, LEFT, NO_KEY, view.pad.area().center().toPoint())
        b.settle()
        row = view.activations.rows[-1]
        values, area = row.values[0], row.areas[0]
        picture = view.activations.grab().toImage()
        ratio = picture.devicePixelRatio()
        for unit in range(10):
            place = QPointF(area.left() + area.width() * (unit + 0.5) / 10, area.center().y()) * ratio
            wanted = pictures.signed_pixels(values[:, [unit]], row.limit, theme.current())[0, 0]
            assert picture.pixel(place.toPoint()) == wanted

    def test_the_right_button_rubs_out(self, bench):
        b = bench(DIGITS)
        b.draw(1)
        pad = b.show("draw").pad
        at = pad.area().center().toPoint()
        QTest.mouseClick(pad, LEFT, NO_KEY, at)
        assert pad.ink.any()
        QTest.mouseClick(pad, Qt.MouseButton.RightButton, NO_KEY, at)
        assert not pad.ink.any()


def move(widget, at):
    """Moves the pointer with the left button down."""
    where = QPointF(at), QPointF(widget.mapToGlobal(at))
    event = QMouseEvent(QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, LEFT, NO_KEY)
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_two_classes_are_judged_as_the_loss_judges_them(bench, kind):
    outputs = kind().output_shape(2, 0)[0]
    b = bench(project_of({"kind": "moons", "samples": 60}, kind().kind, outputs))
    b.draw(3)
    data, part = b.panel.data(), engine.dataset(b.project).train
    judged = ~data["validation"]
    said = kind().predicted_class(b.network.predict(part.inputs))
    truth = data["truth"][judged]
    assert np.array_equal(data["misclassified"][judged], said != truth)
    assert set(truth) == {0, 1}


class TestUnitsOfABlock:
    """What the units of a block give out over the plane."""

    def test_a_block_that_is_pointed_at_shows_all_its_units(self, bench):
        b = bench(MOONS)
        b.draw()
        b.panel.point_at("tanh_1")
        b.settle()
        data = b.panel.data()
        assert data["unit"] == ("tanh_1", None)
        cells = np.stack(np.meshgrid(data["x"], data["y"]), axis=-1).reshape(-1, 2)
        weights = b.network.state_dict()
        expected = np.tanh(cells @ weights["dense_1.weight"].T + weights["dense_1.bias"])
        assert np.allclose(data["outputs"].reshape(-1, 6), expected, atol=1e-6)
        assert b.view()._mosaic.isVisible()
        assert b.titles[-1] == ("Prediction", "units of tanh_1 over the plane")
        assert len(b.panel.table()[0]) == 2 + 6
        b.panel.point_at("")
        b.settle()
        assert b.panel.data()["unit"] is None
        assert not b.view()._mosaic.isVisible()

    def test_a_block_with_one_unit_shows_its_function(self, bench):
        b = bench(MOONS)
        b.draw()
        b.panel.point_at("last")
        b.settle()
        assert b.panel.data()["unit"] == ("last", 0)
        assert not b.view()._mosaic.isVisible()

    def test_an_end_of_the_chain_is_no_block(self, bench):
        b = bench(MOONS)
        b.draw()
        b.panel.point_at("data:")
        b.settle()
        assert b.panel.data()["unit"] is None

    def test_a_unit_among_the_others_is_read_out_and_can_be_looked_at_alone(self, bench):
        b = bench(MOONS)
        b.store.select("dense_1")
        b.panel.show_project(b.store.project, b.store.selection)
        b.draw()
        b.view()._units.setCurrentIndex(1)
        b.settle()
        mosaic = b.view()._mosaic
        own = b.panel.data()["outputs"][..., 2]
        at = mosaic.area_of(2).center().toPoint()
        QTest.mouseMove(mosaic, at)
        assert b.said() == f"unit 2 of dense_1: from {short(own.min())} to {short(own.max())} over the plane"
        QTest.mouseClick(mosaic, LEFT, pos=at)
        b.settle()
        assert b.panel.data()["unit"] == ("dense_1", 2)
        assert b.view()._units.currentText() == "unit 2"

    def test_the_pictures_lie_side_by_side_within_the_panel(self, bench):
        b = bench(MOONS)
        b.draw()
        b.panel.point_at("dense_1")
        b.settle()
        mosaic = b.view()._mosaic
        areas = [mosaic.area_of(unit) for unit in range(6)]
        assert all(mosaic.rect().contains(area.toRect()) for area in areas)
        assert not any(one.intersects(other) for one, other in combinations(areas, 2))
