"""Pictures of the chain and of the panels: that all is in them, readable, and that taking them changes nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

import engine
from gui import theme
from gui.canvas import portrait
from gui.exports import sizes
from gui.exports.pictures import Picture, image, pdf, png, svg
from gui.exports.subjects import subjects
from gui.exports.svg import portable
from gui.theme import DARK, LIGHT
from tests.gui.conftest import PLAIN
from tests.gui.exporting import SVG, contrast, letters, opened, palette, pixels, shut, streams, train, words

LONG = {
    "name": "Long",
    "data": {"kind": "moons", "samples": 40},
    "chain": [
        {"kind": kind, "name": f"{kind}_{number}"} | ({"units": 4} if kind == "dense" else {})
        for number in range(49)
        for kind in ("dense", "tanh")
    ]
    + [{"kind": "dense", "name": "last", "units": 1}],
    "training": {"batch_size": 20},
}
SIZES = (QSize(1600, 900), QSize(640, 360))


@pytest.fixture
def window(qtbot):
    window = opened(qtbot, PLAIN, steps=12)
    yield window
    shut(window)


def ground(name: str, dark: bool) -> QColor:
    colours = DARK if dark else LIGHT
    return colours.canvas if name == "canvas" else colours.panel


def test_everything_has_a_picture_in_every_size_and_look_and_the_window_stays_as_it_is(window, qtbot):
    for subject in subjects(window).values():
        subject.watch(True)
    qtbot.wait(400)
    before = window.grab().toImage()
    for name, subject in subjects(window).items():
        for size in (*SIZES, subject.own_size()):
            for dark in (False, True):
                made = image(subject, Picture(size, dark))
                assert made.size() == size
                assert made.pixelColor(1, 1) == ground(name, dark), (name, size, dark)
                colours = palette(made)
                assert len(colours) > 30, (name, size, dark)
                assert contrast(colours, ground(name, dark)) >= 4.5, (name, size, dark)
    qtbot.wait(100)
    assert window.grab().toImage() == before
    assert theme.current() is LIGHT
    for subject in subjects(window).values():
        subject.watch(False)


def test_the_files_are_what_they_say(window):
    for subject in subjects(window).values():
        wanted = Picture(QSize(900, 600), False)
        assert QImage.fromData(png(subject, wanted)) == image(subject, wanted)
        drawing = ElementTree.fromstring(svg(subject, wanted))
        assert drawing.get("viewBox") == "0 0 900 600"
        page = pdf(subject, wanted)
        assert page.startswith(b"%PDF-")
        assert page.rstrip().endswith(b"%%EOF")
        assert len(re.findall(rb"/Type /Page\s", page)) == 1
        assert [float(side) for side in re.search(rb"/MediaBox \[0 0 (\S+) (\S+)\]", page).groups()] == [675.0, 450.0]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_are_words_in_colours_that_can_be_read(window, dark):
    found = {name: words(svg(each, Picture(each.own_size(), dark))) for name, each in subjects(window).items()}
    in_cells = re.compile(r"−?[\d.]+(e−?\d+)?")  # they stand on the colour of their cell, not on the ground
    for name, texts in found.items():
        for text, colour in texts:
            if name == "layer" and in_cells.fullmatch(text):
                continue
            assert contrast(QColor(colour), ground(name, dark)) >= 4.5, (name, text, colour)
    said = {name: [text for text, _ in texts] for name, texts in found.items()}
    assert {"Moons", "dense_1", "tanh_1", "dense_2", "Error E", "Dense", "Tanh"} <= set(said["canvas"])
    assert {"Loss", "train and validation", "step", "train"} <= {text.strip(" ━") for text in said["loss"]}
    assert {"Gradient of every layer", "dense_1", "dense_2"} <= set(said["gradients"])
    assert {"dense_1", "4×2", "input unit", "bias"} <= {text.strip() for text in said["layer"]}
    assert "The chain rule" in said["chain_rule"]
    assert any("∂E/∂w" in text for text in said["chain_rule"])
    everything = " ".join(text for texts in said.values() for text in texts)
    assert "hover" not in everything, "nobody can point at a picture"


def test_numbers_can_be_copied_out_of_a_pdf(window):
    """Figures of equal width have names of the font's own, which nobody can read."""
    for name, subject in subjects(window).items():
        page = pdf(subject, Picture(subject.own_size(), False))
        found = letters(page)
        assert {ord(letter) for letter in "0123"} & found, name
        assert not {letter for letter in found if 0xE000 <= letter < 0xF900 or 0 < letter < 9}, name
        assert streams(page, b"BT"), name


def test_a_drawing_looks_like_the_picture(window):
    for name, subject in subjects(window).items():
        wanted = Picture(QSize(800, 450), False)
        drawn = QImage(wanted.size, QImage.Format.Format_RGB32)
        painter = QPainter(drawn)
        QSvgRenderer(QByteArray(svg(subject, wanted))).render(painter, QRectF(0, 0, 800, 450))
        painter.end()
        apart = np.abs(pixels(drawn) - pixels(image(subject, wanted))).mean()
        assert apart < 6, (name, apart)


def test_every_size_shows_the_same_panel_larger(window):
    small, large = (
        image(subjects(window)["loss"], Picture(size, False)) for size in (QSize(800, 450), QSize(2400, 1350))
    )
    shrunk = large.scaled(800, 450, mode=Qt.TransformationMode.SmoothTransformation)
    assert np.abs(pixels(small) - pixels(shrunk)).mean() < 4


def test_handles_are_not_in_the_picture(window):
    """Buttons, scroll bars and fields are for the hand."""
    texts = [text for text, _ in words(svg(subjects(window)["chain_rule"], Picture(QSize(1600, 600), False)))]
    assert not {"Nudge", "Paths", "Slow motion"} & set(texts)
    assert window.panels["chain_rule"]._target.isVisible(), "and they are there again"


def test_a_selection_is_not_in_the_picture_and_stays(window):
    subject = subjects(window)["canvas"]
    plain = image(subject, Picture(subject.own_size(), False))
    window.store.select("tanh_1")
    assert image(subject, Picture(subject.own_size(), False)) == plain
    assert window.canvas.chain.block("tanh_1").chosen


def test_the_text_scale_of_the_window_does_not_matter(window):
    wanted = Picture(QSize(1000, 500), False)
    plain = {name: words(svg(each, wanted)) for name, each in subjects(window).items()}
    theme.set_scale(1.75)
    for name, subject in subjects(window).items():
        assert words(svg(subject, wanted)) == plain[name], name


def test_a_panel_that_is_put_away_shows_the_newest_numbers(window, qtbot):
    for name in ("loss", "prediction"):
        window.cards[name].hide()
    subject = subjects(window)["prediction"]
    subject.watch(True)
    train(qtbot, window, 30)
    window.store.select()
    loss = words(svg(subjects(window)["loss"], Picture(QSize(800, 450), False)))
    assert any(f"{window.controller.snapshot.loss:.3f}" in text for text, _ in loss)
    qtbot.waitUntil(lambda: window.panels["prediction"].data().get("form") == "plane")
    assert ("confidence over the plane", LIGHT.secondary.name()) in words(svg(subject, Picture(QSize(800, 450), False)))
    subject.watch(False)
    assert not window.panels["prediction"].watched


def test_a_zoomed_plot_is_taken_as_it_is_and_stays_so(window):
    plot = window.panels["loss"]._plot
    plot.box.sigRangeChangedManually.emit([True, True])
    plot.box.setRange(xRange=(3, 6), yRange=(0.2, 0.4), padding=0)
    texts = {text for text, _ in words(svg(subjects(window)["loss"], Picture(QSize(800, 450), True)))}
    assert {"4", "5"} <= texts
    assert "10" not in texts
    assert plot.free
    assert plot.box.viewRange()[0] == pytest.approx([3, 6])


@pytest.mark.parametrize("number", range(3))
def test_the_modes_of_the_chain_rule_have_pictures_too(window, qtbot, number):
    panel = window.panels["chain_rule"]
    qtbot.waitUntil(lambda: panel._laboratory.answer is not None, timeout=10_000)
    panel.enter(panel.modes[number])
    qtbot.wait(300)
    before = panel.grab().toImage()
    made = image(subjects(window)["chain_rule"], Picture(QSize(1600, 700), True))
    assert contrast(palette(made), DARK.panel) >= 4.5
    assert len(palette(made)) > 30
    qtbot.wait(50)
    assert panel.grab().toImage() == before
    panel.enter(None)


def test_the_menu_of_a_panel_copies_and_saves_its_picture(window, qtbot):
    actions = {action.text(): action for action in window.panels["gradients"]._more.menu().actions()}
    actions["Copy as picture"].trigger()
    subject = subjects(window)["gradients"]
    assert QGuiApplication.clipboard().image() == image(subject, Picture(subject.own_size(), False))
    actions["Save as picture…"].trigger()
    dialog = window.dialogs.export()
    assert dialog.isVisible()
    assert dialog.options.subject.name == "gradients"
    qtbot.waitUntil(lambda: dialog.preview.picture.image.size() == subject.own_size())


class TestLongChains:
    @pytest.fixture
    def window(self, qtbot):
        window = opened(qtbot, LONG, steps=2)
        yield window
        shut(window)

    def test_every_block_is_in_its_own_picture_by_name_once(self, window):
        subject = subjects(window)["canvas"]
        texts = [text for text, _ in words(svg(subject, Picture(subject.own_size(), False)))]
        names = [block.name for block in window.project.chain]
        assert len(names) == 99
        assert [texts.count(name) for name in names] == [1] * len(names)
        assert 1.2 < subject.own_size().width() / subject.own_size().height() < 2
        assert all(link.isVisible() for link in window.canvas.chain._links)

    def test_a_small_picture_is_full_of_blocks_and_says_less(self, window):
        subject = subjects(window)["canvas"]
        wanted = Picture(QSize(1600, 900), False)
        made = pixels(image(subject, wanted))
        different = (np.abs(made - np.array(LIGHT.canvas.getRgb()[:3])) > 8).any(axis=2)
        assert different[:, :800].any(axis=1).mean() > 0.7, "rows from top to bottom"
        assert different.any(axis=0).mean() > 0.85
        assert not [text for text, _ in words(svg(subject, Picture(QSize(900, 500), False))) if text == "dense_1"]

    def test_what_hangs_below_blocks_keeps_the_chain_on_one_line(self, window):
        assert portrait._Rows(window.canvas, 12).count == 9
        broken = engine.load({**LONG, "chain": LONG["chain"][:-1]})
        window.store.edit(broken, "break")
        assert window.canvas.chain.bubbles
        assert portrait._Rows(window.canvas, 12).count == 1
        assert len(palette(image(subjects(window)["canvas"], Picture(QSize(3000, 200), False)))) > 10


def test_every_factor_of_a_longer_chain_has_its_name(qtbot):
    window = opened(qtbot, engine.load("example:vanishing"), steps=3)
    subject = subjects(window)["chain_rule"]
    qtbot.waitUntil(lambda: window.panels["chain_rule"]._laboratory.answer is not None, timeout=10_000)
    said = {text for text, _ in words(svg(subject, Picture(subject.own_size(), False)))}
    assert {f"∂layer {number + 1}/∂layer {number}" for number in range(1, 8)} <= said
    shut(window)


def test_a_chain_without_blocks_has_a_picture(qtbot):
    window = opened(qtbot, {"name": "Empty"})
    for subject in subjects(window).values():
        assert image(subject, Picture(QSize(400, 300), False)).size() == QSize(400, 300)
    shut(window)


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [(100, 100, True), (99, 500, False), (16_000, 4_000, True), (16_000, 4_001, False), (16_001, 200, False)],
)
def test_sizes_have_limits_that_are_said(width, height, fits):
    wrong = sizes.objection(width, height)
    assert (wrong == "") == fits
    if not fits:
        assert "100 to 16,000" in wrong
        assert f"{width:,} x {height:,}" in wrong


class TestPortable:
    HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'

    def shapes(self, inside: str) -> list[ElementTree.Element]:
        root = ElementTree.fromstring(portable(f"{self.HEAD}{inside}</svg>".encode()))
        return [each for group in root for each in group]

    def test_a_line_that_keeps_its_width_gets_the_coordinates_of_the_picture(self):
        line = '<polyline vector-effect="non-scaling-stroke" points="1,2 -3.5,1e-1 " />'
        (shape,) = self.shapes(f'<g transform="matrix(10,0,0,-100,5,7)">{line}</g>')
        assert shape.get("points").split() == ["15,-193", "-30,-3"]
        assert not {"vector-effect", "transform"} & set(shape.attrib)

    def test_what_stands_beside_it_keeps_the_transformation(self):
        line = '<path vector-effect="non-scaling-stroke" d="M0,0 L1,1 "/><text transform="matrix(1,0,0,1,4,4)">a</text>'
        path, text = self.shapes(f'<g transform="matrix(2,0,0,2,1,1)">{line}</g>')
        assert path.get("d").split() == ["M1,1", "L3,3"]
        assert text.get("transform") == "matrix(2,0,0,2,1,1) matrix(1,0,0,1,4,4)"

    def test_other_groups_stay(self):
        (shape,) = self.shapes('<g transform="matrix(2,0,0,2,1,1)" font-family="Inter"><path d="M0,0 L1,1 "/></g>')
        assert shape.get("d") == "M0,0 L1,1 "
        assert f"{SVG}path" == shape.tag
