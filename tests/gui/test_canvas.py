"""The canvas: blocks follow the project; mouse, keys and drops become edits, and Escape takes them back."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetricsF,
    QGuiApplication,
    QImage,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import engine
from engine.layers import LAYERS
from engine.project import change, insert, layer_kind, remove, replace_block
from gui import theme
from gui.canvas import Canvas
from gui.canvas.faces import line_top
from gui.canvas.link_item import FOOT, LABEL, MIDDLE
from gui.canvas.measures import HEIGHT, PAD, WIDTH, block_rect, place_x, slot_at, slot_centre
from gui.clipboard import MIME, mime_of
from gui.project_store import DATA_END, LOSS_END, ProjectStore
from tests.gui.conftest import SICK, SICK_TEXT, trained

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
COMMON = (LEFT, NO_KEY)


@pytest.fixture
def canvas(store, shown):
    return shown(Canvas(store))


def names(store):
    return [block.name for block in store.project.chain]


def drag(canvas, start, end, release=True):
    view = canvas.viewport()
    QTest.mousePress(view, *COMMON, start)
    for part in (0.3, 0.7, 1.0):
        QTest.mouseMove(view, start + (end - start) * part)
    if release:
        QTest.mouseRelease(view, *COMMON, end)


def send(canvas, kind, point, mime):
    place = QPointF(point) if kind is QDropEvent else point
    event = kind(place, Qt.DropAction.CopyAction, mime, *COMMON)
    QApplication.sendEvent(canvas.viewport(), event)
    return event.isAccepted()


def settled(canvas, qtbot):
    """Until no animation runs and every block stands where it belongs."""
    order = canvas.chain._order
    qtbot.waitUntil(lambda: all(canvas.chain.block(name).x() == place_x(place) for place, name in enumerate(order, -1)))


def test_slots_and_places():
    for slot in range(4):
        assert slot_at(slot_centre(slot).x(), 3) == slot
    assert slot_at(-1e6, 3) == 0
    assert slot_at(1e6, 3) == 3


def test_blocks_follow_edits_and_keep_their_items(canvas, store, qtbot):
    first = canvas.chain.block("dense_1")
    store.edit(insert(store.project, 1, [layer_kind("relu")()]), "insert")
    settled(canvas, qtbot)
    assert canvas.chain.block("dense_1") is first
    assert [canvas.chain.block(name).x() for name in ("dense_1", "relu_1", "tanh_1")] == [place_x(i) for i in range(3)]
    store.edit(remove(store.project, ["tanh_1"]), "remove")
    settled(canvas, qtbot)
    assert set(canvas.chain._blocks) == {DATA_END, "dense_1", "relu_1", "dense_2", LOSS_END}


def test_a_click_selects_and_control_adds(canvas, store):
    QTest.mouseClick(canvas.viewport(), *COMMON, canvas.block_point("tanh_1"))
    assert store.selection == ("tanh_1",)
    point = canvas.block_point("dense_2")
    QTest.mouseClick(canvas.viewport(), LEFT, Qt.KeyboardModifier.ControlModifier, point)
    assert store.selection == ("tanh_1", "dense_2")
    assert canvas.chain.block("dense_2").chosen
    QTest.mouseClick(canvas.viewport(), *COMMON, canvas.block_point(LOSS_END))
    assert store.selection == (LOSS_END,)
    QTest.mouseClick(canvas.viewport(), *COMMON, QPoint(canvas.viewport().width() // 2, 3))
    assert store.selection == ()


@pytest.mark.parametrize(
    ("name", "slot", "order"),
    [
        ("dense_1", 3, ["tanh_1", "dense_2", "dense_1"]),
        ("dense_1", 2, ["tanh_1", "dense_1", "dense_2"]),
        ("dense_2", 0, ["dense_2", "dense_1", "tanh_1"]),
        ("tanh_1", 1, ["dense_1", "tanh_1", "dense_2"]),
        ("tanh_1", 2, ["dense_1", "tanh_1", "dense_2"]),
    ],
)
def test_a_block_is_moved_by_dragging(canvas, store, qtbot, name, slot, order):
    target = canvas.slot_point(slot)
    drag(canvas, canvas.block_point(name), target)
    assert names(store) == order
    assert store.undo_stack.count() == (order != ["dense_1", "tanh_1", "dense_2"])
    settled(canvas, qtbot)
    assert canvas.chain.block(name).opacity() == 1.0


def test_others_make_room_while_a_block_is_dragged(canvas, store, qtbot):
    drag(canvas, canvas.block_point("dense_1"), canvas.slot_point(3), release=False)
    assert canvas.chain.block("dense_1").opacity() < 1
    qtbot.waitUntil(lambda: canvas.chain.block("tanh_1").x() == place_x(0))
    assert canvas.chain.block("dense_2").x() == place_x(1)
    assert names(store) == ["dense_1", "tanh_1", "dense_2"]


def test_escape_cancels_a_drag(canvas, store, qtbot):
    drag(canvas, canvas.block_point("dense_1"), canvas.slot_point(3), release=False)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    settled(canvas, qtbot)
    QTest.mouseRelease(canvas.viewport(), *COMMON, canvas.slot_point(3))
    assert names(store) == ["dense_1", "tanh_1", "dense_2"]
    assert canvas.chain.block("dense_1").y() == 0


def test_several_blocks_move_together(canvas, store):
    store.select("dense_1", "tanh_1")
    drag(canvas, canvas.block_point("tanh_1"), canvas.slot_point(3))
    assert names(store) == ["dense_2", "dense_1", "tanh_1"]


def test_the_ends_cannot_be_dragged(canvas, store):
    drag(canvas, canvas.block_point(LOSS_END), canvas.slot_point(0))
    assert names(store) == ["dense_1", "tanh_1", "dense_2"]


@pytest.mark.parametrize("slot", [0, 1, 3])
def test_a_gap_opens_and_the_block_lands_in_it(canvas, store, qtbot, slot):
    mime, point = mime_of([layer_kind("relu")()]), canvas.slot_point(slot)
    assert send(canvas, QDragEnterEvent, point, mime)
    assert send(canvas, QDragMoveEvent, point, mime)
    (ghost,) = canvas.chain._ghosts
    qtbot.waitUntil(lambda: canvas.chain.block(LOSS_END).x() > place_x(3))
    assert abs(ghost.x() + 56 - slot_centre(slot).x()) < 15
    assert names(store) == ["dense_1", "tanh_1", "dense_2"]
    assert send(canvas, QDropEvent, point, mime)
    assert names(store).index("relu_1") == slot
    assert store.selection == ("relu_1",)
    assert not canvas.chain._ghosts
    settled(canvas, qtbot)


def test_a_drag_that_leaves_closes_the_gap(canvas, store, qtbot):
    mime = mime_of([layer_kind("relu")()])
    send(canvas, QDragEnterEvent, canvas.slot_point(1), mime)
    send(canvas, QDragMoveEvent, canvas.slot_point(1), mime)
    QApplication.sendEvent(canvas.viewport(), QDragLeaveEvent())
    settled(canvas, qtbot)
    assert not canvas.chain._ghosts
    assert names(store) == ["dense_1", "tanh_1", "dense_2"]


@pytest.mark.parametrize("text", ["", "{", '{"kind": "dense", "units": 0}', '{"kind": "transformer"}', "[]" * 9])
def test_a_broken_drag_is_refused_in_words(canvas, store, qtbot, text):
    mime = QMimeData()
    mime.setData(MIME, text.encode())
    before, told = store.project, []
    canvas.edits.notice.connect(told.append)
    assert not send(canvas, QDragEnterEvent, canvas.slot_point(1), mime)
    assert store.project is before
    assert len(told) == 1
    assert "\n" not in told[0]


def test_keys_select_and_delete(canvas, store):
    for key, selected in (
        (Qt.Key.Key_Right, (DATA_END,)),
        (Qt.Key.Key_Right, ("dense_1",)),
        (Qt.Key.Key_End, (LOSS_END,)),
        (Qt.Key.Key_Right, (LOSS_END,)),
        (Qt.Key.Key_Left, ("dense_2",)),
        (Qt.Key.Key_Home, (DATA_END,)),
        (Qt.Key.Key_Escape, ()),
        (Qt.Key.Key_Left, (LOSS_END,)),
    ):
        QTest.keyClick(canvas, key)
        assert store.selection == selected


def test_enter_and_double_click_ask_for_the_settings(canvas, qtbot):
    with qtbot.waitSignal(canvas.opened):
        QTest.keyClick(canvas, Qt.Key.Key_Return)
    with qtbot.waitSignal(canvas.opened):
        QTest.mouseDClick(canvas.viewport(), *COMMON, canvas.block_point("dense_1"))


def test_edits_without_a_pointer(canvas, store):
    edits = canvas.edits
    store.select("dense_1")
    edits.shift(1)
    assert names(store) == ["tanh_1", "dense_1", "dense_2"]
    edits.shift(-1)
    edits.shift(-1)
    assert names(store) == ["dense_1", "tanh_1", "dense_2"]
    edits.duplicate()
    assert names(store) == ["dense_1", "dense_3", "tanh_1", "dense_2"]
    assert store.project.block("dense_3").units == 4
    edits.delete()
    assert names(store) == ["dense_1", "tanh_1", "dense_2"]
    assert store.selection == ("tanh_1",)
    edits.append(layer_kind("relu")())
    assert names(store) == ["dense_1", "tanh_1", "relu_1", "dense_2"]
    edits.select_all()
    edits.delete()
    assert names(store) == []
    edits.append(layer_kind("dense")())
    assert names(store) == ["dense_1"]


def test_cut_and_paste_through_the_clipboard(canvas, store):
    store.select("dense_1", "tanh_1")
    canvas.edits.cut()
    assert names(store) == ["dense_2"]
    kinds = [block["kind"] for block in json.loads(QGuiApplication.clipboard().text())]
    assert kinds == ["dense", "tanh"]
    store.select("dense_2")
    canvas.edits.paste()
    assert names(store) == ["dense_2", "dense_1", "tanh_1"]
    canvas.edits.paste()
    assert names(store) == ["dense_2", "dense_1", "tanh_1", "dense_3", "tanh_2"]
    assert store.project.block("dense_3").units == 4


@pytest.mark.parametrize("text", ["hello", '{"kind": "dense", "units": -1}', '[{"kind": "dense"}', "<b>"])
def test_what_is_no_block_is_not_pasted(canvas, store, text):
    QGuiApplication.clipboard().setText(text)
    told, before = [], store.project
    canvas.edits.notice.connect(told.append)
    canvas.edits.paste()
    assert store.project is before
    assert told[0].startswith("Nothing was pasted")


def test_a_chain_that_would_be_too_long_is_refused(store, shown):
    full = engine.load({"chain": [{"kind": "relu"}] * 2000})
    canvas = shown(Canvas(ProjectStore(full)))
    told = []
    canvas.edits.notice.connect(told.append)
    canvas.edits.append(layer_kind("relu")())
    assert len(canvas.store.project.chain) == 2000
    assert "2000" in told[0]


def test_a_problem_stands_under_its_block_and_is_mended_by_a_click(canvas, store):
    store.edit(change(store.project, data=engine.load({"data": {"kind": "digits"}}).data), "digits")
    bubble = canvas.chain.bubbles[0]
    assert bubble.place.problem == "Dense needs a flat input, gets 1x8x8"
    assert bubble.pos().x() < place_x(0) + 56 < bubble.pos().x() + bubble.boundingRect().width()
    canvas.camera.fit()
    button = canvas.mapFromScene(bubble.mapToScene(bubble.fix_rect.center()))
    QTest.mouseClick(canvas.viewport(), *COMMON, button)
    assert names(store)[0] == "flatten_1"
    store.undo_stack.undo()
    assert canvas.chain.bubbles[0].place.name == "dense_1"


def test_bubbles_do_not_lie_on_each_other(store, shown):
    unfit = {"kind": "dense", "units": 3, "weight_init": {"kind": "values", "values": [[1.0]]}}
    canvas = shown(Canvas(ProjectStore(engine.load({"chain": [unfit] * 4}))))
    rects = [bubble.sceneBoundingRect().adjusted(3, 13, -3, -3) for bubble in canvas.chain.bubbles]
    assert len(rects) >= 4
    frames = [bubble.mapRectToScene(bubble._frame.translated(0, bubble._shift)) for bubble in canvas.chain.bubbles]
    assert not any(a.intersects(b) for i, a in enumerate(frames) for b in frames[i + 1 :])


def test_points_are_in_sight_and_final(store, shown):
    long = engine.load({"chain": [{"kind": "dense"}, {"kind": "tanh"}] * 30})
    canvas = shown(Canvas(ProjectStore(long)), 500, 300)
    for slot in (0, 30, 60, 7):
        point = canvas.slot_point(slot)
        assert canvas.viewport().rect().contains(point)
        assert abs(canvas.mapToScene(point).x() - slot_centre(slot).x()) < 2
    for name in (DATA_END, "dense_30", LOSS_END):
        point = canvas.block_point(name)
        assert canvas.viewport().rect().contains(point)
        assert canvas._name_at(point) == name


def test_zoom_stays_where_the_pointer_is_and_fit_shows_all(store, shown):
    long = engine.load({"chain": [{"kind": "dense"}, {"kind": "tanh"}] * 30})
    canvas = shown(Canvas(ProjectStore(long)), 700, 300)
    canvas.camera.reset_zoom()
    assert canvas.camera.zoom == pytest.approx(1)
    point = QPoint(350, 150)
    canvas.block_point("dense_15")
    before = canvas.mapToScene(point)
    canvas.camera.zoom_by(0.8, QPointF(point))
    assert canvas.camera.zoom == pytest.approx(0.8)
    assert abs(canvas.mapToScene(point).x() - before.x()) < 4
    canvas.camera.fit()
    shown_rect = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
    assert shown_rect.left() <= 0
    assert shown_rect.right() >= block_rect(60).right()
    canvas.resize(900, 320)
    assert canvas.camera.zoom < 0.25, "what was fitted stays fitted"


def test_the_painted_canvas_obeys_the_text_scale(canvas):
    canvas.camera.reset_zoom()
    width = canvas.mapFromScene(block_rect(0).right(), 0).x() - canvas.mapFromScene(block_rect(0).left(), 0).x()
    theme.set_scale(1.5)
    canvas.camera.reset_zoom()
    scaled = canvas.mapFromScene(block_rect(0).right(), 0).x() - canvas.mapFromScene(block_rect(0).left(), 0).x()
    assert scaled == pytest.approx(1.5 * width, abs=2)


def painted(canvas, name):
    """The picture of one block as it stands on the canvas."""
    rect = canvas.mapFromScene(block_rect(canvas.place_of(name))).boundingRect()
    return canvas.viewport().grab(rect).toImage()


@pytest.mark.parametrize("zoom", [1.0, 0.4, 0.15])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_blocks_show_a_gradient_once_there_is_one(canvas, store, zoom, mode):
    theme.set_mode(mode)
    canvas.camera.zoom_to(zoom)
    canvas.draw(trained(store.project, 0))
    before = painted(canvas, "dense_1")
    canvas.draw(trained(store.project, 5))
    assert painted(canvas, "dense_1") != before


def test_a_block_shows_exactly_its_gradient(canvas, store):
    """Every cell of the picture on the canvas has the colour of its weight's gradient."""
    from gui import pictures

    snapshot = trained(store.project, 7)
    canvas.draw(snapshot)
    image = canvas.chain.block("dense_1").face._image()
    weight = snapshot.tensors("dense_1")["weight"]
    wanted = pictures.signed(weight, float(abs(weight).max()), theme.current())
    assert isinstance(image, QImage)
    assert image == wanted
    hint = canvas.chain.block("dense_1").hint()
    root_mean_square = float((snapshot.gradients[:12].astype(float) ** 2).mean() ** 0.5)
    assert f"{root_mean_square:.9g}"[:8] in hint


def test_the_error_block_and_the_slopes_show_the_numbers_of_the_run(canvas, store):
    snapshot = trained(store.project, 7)
    canvas.draw(snapshot)
    assert canvas.chain.block("tanh_1").face._slope == pytest.approx(float(snapshot.slopes[1]))
    assert f"{snapshot.slopes[1]:.6g}"[:6] in canvas.chain.block("tanh_1").hint()


def warned(canvas, name):
    """How many pixels of a block's lowest line have the warning colour."""
    canvas.viewport().repaint()
    area = canvas.mapFromScene(block_rect(canvas.chain._order.index(name) - 1)).boundingRect()
    image = canvas.viewport().grab(area).toImage()
    wanted, height = theme.current().warning, image.height()
    points = [(x, y) for y in range(height * 3 // 4, height) for x in range(image.width())]
    return sum(image.pixelColor(x, y) == wanted for x, y in points)


def test_a_block_with_sick_units_says_so_in_the_warning_colour_until_it_is_another(shown, qtbot):
    store = ProjectStore(engine.load(SICK))
    canvas = shown(Canvas(store))
    canvas.draw(trained(store.project, 2))
    assert not warned(canvas, "relu_1")
    canvas.draw(trained(store.project, 3))
    assert warned(canvas, "relu_1")
    assert not warned(canvas, "dense_1")
    assert canvas.chain.block("relu_1").hint().endswith(f"{SICK_TEXT} Try a smaller learning rate or Leaky ReLU.")
    other = replace_block(
        store.project, "relu_1", engine.load({"chain": [{"kind": "tanh", "name": "relu_1"}]}).chain[0]
    )
    store.edit(other, "other")
    settled(canvas, qtbot)
    assert not warned(canvas, "relu_1")
    assert "dead" not in canvas.chain.block("relu_1").hint()


def test_a_thousand_blocks_are_drawn(shown):
    project = engine.load(
        {"chain": [{"kind": "dense", "units": 2}, {"kind": "tanh"}] * 499 + [{"kind": "dense", "units": 1}]}
    )
    canvas = shown(Canvas(ProjectStore(project)))
    canvas.camera.fit()
    canvas.draw(trained(project, 1))
    assert not canvas.viewport().grab().isNull()


def test_hovering_says_what_a_block_is(canvas):
    for name in (DATA_END, "dense_1", "tanh_1", LOSS_END):
        assert len(canvas.chain.block(name).hint().splitlines()) >= 2


def test_an_edit_of_the_shape_renews_the_words(canvas, store):
    wider = replace_block(store.project, "dense_1", change(store.project.block("dense_1"), units=7))
    store.edit(wider, "wider")
    assert "7 units" in canvas.chain.block("dense_1")._subs
    assert canvas.chain.block("dense_1")._corner == "21"
    assert canvas.chain._links[1]._label == "7"


def test_a_shortcut_is_an_arc_that_follows_its_blocks(canvas, store, qtbot):
    chain = [{"kind": "dense", "name": name, "units": 2} for name in ("one", "two")]
    add = {"kind": "add", "name": "sum", "source": "one"}
    store.edit(engine.load({"chain": [*chain, add, {"kind": "dense", "units": 1}]}), "shortcut")
    settled(canvas, qtbot)
    (arc,) = canvas.chain._arcs
    assert arc.x() == place_x(0) + 56
    assert arc._length == place_x(2) - place_x(0)
    assert canvas.chain.chain_rect().top() < -40
    renamed = replace_block(store.project, "one", change(store.project.block("one"), name="first"))
    store.edit(renamed, "rename")
    assert store.project.block("sum").source == "first"
    assert len(canvas.chain._arcs) == 1
    store.edit(remove(store.project, ["first"]), "remove")
    assert not canvas.chain._arcs
    assert "no block before it" in canvas.chain.bubbles[0].place.problem


@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.title)
def test_every_kinds_title_fits_on_its_block(kind, qapp):
    title = kind.short_title or kind.title
    assert QFontMetricsF(theme.unscaled_font(15, semibold=True)).horizontalAdvance(title) <= WIDTH - 2 * PAD


def test_shapes_at_the_foot_of_blocks_stand_below_what_blocks_say(qapp):
    text = QFontMetricsF(theme.unscaled_font(12))
    last = line_top(1) + 11 + (17 + text.height()) / 2  # the lowest line, centred in its 17 pixels
    assert last <= MIDDLE + FOOT
    assert MIDDLE + FOOT + LABEL <= HEIGHT
