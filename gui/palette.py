"""The palette: every layer kind in its group, to be searched, dragged into the chain, or appended."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.kinds import help_of, tag_of
from engine.layers import AnyLayer, Layer
from engine.project import LAYERS, layer_kind
from gui import clipboard, theme

KIND = Qt.ItemDataRole.UserRole
FAMILY = Qt.ItemDataRole.UserRole + 1


class Palette(QFrame):
    """Lists the layer kinds; ``chosen`` gives a new layer that is to be put into the chain."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="palette")
        self._search = QLineEdit(placeholderText=self.tr("Find a layer"), clearButtonEnabled=True)
        self._search.setAccessibleName(self.tr("Find a layer"))
        self._search.setToolTip(self.tr("Part of a name or of what a layer does (/); Enter puts it into the chain"))
        self.list = _Kinds(self)
        self._nothing = QLabel(self.tr("No layer of that name."), wordWrap=True)
        self._nothing.setProperty("role", "caption")
        self._nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 8)
        layout.setSpacing(8)
        for widget in (self._search, self._nothing, self.list):
            layout.addWidget(widget)
        self._hint = QLabel(self.tr("Drag a layer into the chain, or double-click it."), wordWrap=True)
        self._hint.setProperty("role", "caption")
        layout.addWidget(self._hint)
        self._search.textChanged.connect(self._filter)
        self._search.returnPressed.connect(self.list.choose_current)
        self.list.chosen.connect(lambda kind: self.chosen.emit(layer_kind(kind)()))
        theme.signals.changed.connect(self._fill)
        self._fill()

    def mime(self, kind: str) -> QMimeData:
        """What a drag of that kind carries."""
        return clipboard.mime_of([_made(kind)])

    def kind_point(self, kind: str) -> QPoint:
        """The middle of a kind's entry on the screen; scrolls it into view first."""
        return self.list.point_of(kind)

    def focus_search(self) -> None:
        """The search field takes the keyboard."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self._search.hasFocus():
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
        elif event.key() == Qt.Key.Key_Escape and self._search.text():
            self._search.clear()
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        self.list.fill(LAYERS)
        self._filter(self._search.text())

    def _filter(self, text: str) -> None:
        self._nothing.setVisible(not self.list.show_matching(text))


class _Kinds(QListWidget):
    """The entries; groups are entries that cannot be chosen."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pressed: QPoint | None = None
        self.setItemDelegate(_Delegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(False)
        self.setAccessibleName(self.tr("Layers"))
        self.setToolTip(self.tr("Drag a layer into the chain; double-click or Enter appends it"))
        self.itemDoubleClicked.connect(self._choose)
        self.under_pointer = QModelIndex()
        self.setMouseTracking(True)

    def fill(self, kinds: tuple[type[Layer], ...]) -> None:
        """Makes the entries anew, group by group in the order of declaration."""
        current = self.currentItem().data(KIND) if self.currentItem() else None
        self.clear()
        for group in dict.fromkeys(kind.group for kind in kinds):
            head = QListWidgetItem(self.tr(group).upper(), self)
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            for kind in kinds:
                if kind.group == group:
                    self._add(kind, current)

    def show_matching(self, text: str) -> bool:
        """Hides what does not match; whether anything does. The first match becomes the current entry."""
        words = text.lower().split()
        entries = [self.item(row) for row in range(self.count())]
        heads = [entry for entry in entries if not entry.data(KIND)]
        found = []
        for entry in entries:
            if entry.data(KIND):
                said = f"{entry.text()} {entry.data(KIND)} {entry.toolTip()}".lower()
                entry.setHidden(not all(word in said for word in words))
                found += [] if entry.isHidden() else [entry]
        for head, end in zip(heads, [*heads[1:], None], strict=True):
            stop = self.count() if end is None else self.row(end)
            head.setHidden(all(self.item(row).isHidden() for row in range(self.row(head) + 1, stop)))
        if words and found:
            best = [entry for entry in found if entry.text().lower().startswith(words[0])]
            self.setCurrentItem((best or found)[0])
        return bool(found)

    def choose_current(self) -> None:
        """Takes the current entry, where it is in sight."""
        entry = self.currentItem()
        if entry is not None and not entry.isHidden():
            self._choose(entry)

    def point_of(self, kind: str) -> QPoint:
        """The middle of an entry on the screen."""
        entry = next(self.item(row) for row in range(self.count()) if self.item(row).data(KIND) == kind)
        self.scrollToItem(entry)
        return self.viewport().mapToGlobal(self.visualItemRect(entry).center())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose_current()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            self._point_at(self.indexAt(event.position().toPoint()))
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            entry, self._pressed = self.itemAt(self._pressed), None
            if entry is not None and entry.data(KIND):
                self._drag(entry)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(QModelIndex())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        super().mouseReleaseEvent(event)

    def _point_at(self, index: QModelIndex) -> None:
        """Shows which entry is under the pointer."""
        if index != self.under_pointer:
            self.under_pointer = index
            self.viewport().update()

    def _add(self, kind: type[Layer], current: str | None) -> None:
        entry = QListWidgetItem(self.tr(kind.title), self)
        entry.setToolTip(help_of(kind))
        entry.setData(KIND, tag_of(kind))
        entry.setData(FAMILY, kind.family)
        if tag_of(kind) == current:
            self.setCurrentItem(entry)

    def _choose(self, entry: QListWidgetItem) -> None:
        if kind := entry.data(KIND):
            self.chosen.emit(kind)

    def _drag(self, entry: QListWidgetItem) -> None:
        drag = QDrag(self)
        drag.setMimeData(clipboard.mime_of([_made(entry.data(KIND))]))
        drag.setPixmap(_label(entry.text(), entry.data(FAMILY), self.devicePixelRatioF()))
        drag.setHotSpot(QPoint(theme.px(12), theme.px(14)))
        drag.exec(Qt.DropAction.CopyAction)


class _Delegate(QStyledItemDelegate):
    """Draws a group's name, or an entry with the colour of its family at the left."""

    def sizeHint(self, option: QStyleOptionViewItem, index: object) -> QSize:
        return QSize(60, theme.px(28 if index.data(KIND) else 24))  # type: ignore[attr-defined]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        painter.save()
        text, area = index.data(), QRect(option.rect)  # type: ignore[attr-defined]
        if index.data(KIND):  # type: ignore[attr-defined]
            kinds = self.parent()
            assert isinstance(kinds, _Kinds)
            chosen = kinds.hasFocus() and index == kinds.currentIndex()
            over = index == kinds.under_pointer
            _paint_entry(painter, area.adjusted(0, 2, -2, -2), text, index.data(FAMILY), chosen, over)  # type: ignore[attr-defined]
        else:
            painter.setFont(theme.font(10, semibold=True))
            painter.setPen(theme.current().secondary)
            flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
            painter.drawText(area.adjusted(2, 0, 0, -theme.px(4)), flags, text)
        painter.restore()


def _paint_entry(painter: QPainter, area: QRect, text: str, family: str, chosen: bool, over: bool) -> None:
    colours = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colours.accent if chosen else colours.secondary if over else colours.field, 1))
    painter.setBrush(colours.field)
    painter.drawRoundedRect(area, 4, 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.family(family))
    painter.drawRoundedRect(QRect(area.left(), area.top() + 1, 4, area.height() - 2), 2, 2)
    painter.setPen(colours.text)
    painter.setFont(theme.font(12))
    painter.drawText(area.adjusted(theme.px(14), 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, text)


def _label(text: str, family: str, ratio: float) -> QPixmap:
    """What hangs at the pointer while a kind is dragged."""
    size = QSize(theme.px(120), theme.px(28))
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _paint_entry(painter, QRect(1, 1, size.width() - 2, size.height() - 2), text, family, True, False)
    painter.end()
    return pixmap


def _made(kind: str) -> AnyLayer:
    """A layer of a kind with its defaults."""
    return layer_kind(kind)()  # type: ignore[return-value]
