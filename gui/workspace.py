"""The canvas with the cards around it, inside the window's frame."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QMainWindow, QTabBar, QTabWidget, QWidget

from gui import theme
from gui.card import Card

LAYOUT = 5  # number of the arrangement of cards; stored layouts of another one are not restored
GAP = 12
LOWER = {"loss": 260, "gradients": 290, "layer": 330, "prediction": 350}  # widths of the cards below
BEHIND = ("problems", "data")  # cards whose tabs stand beside that of the prediction
LOWER_HEIGHT, LOWER_SHARE = 240, 0.36  # of the cards below, at most that share of the whole; less at large text
SIDES = {"palette": 158, "properties": 262}  # as wide as their text needs
READABLE = 236  # width of the notes, which share their place with the palette


class Workspace(QMainWindow):
    """``cards`` by name around a widget in the middle; each can be moved, and shown or hidden."""

    def __init__(self, middle: QWidget) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setContentsMargins(GAP, GAP, GAP, GAP)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.BottomDockWidgetArea, QTabWidget.TabPosition.East)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setCentralWidget(middle)
        self.cards: dict[str, Card] = {}
        self._broken = False  # whether the chain cannot work
        self._placed = False  # whether the cards stand where they were left
        titles = {
            "palette": self.tr("Layers"),
            "notes": self.tr("Notes"),
            "properties": self.tr("Properties"),
            "loss": self.tr("Loss"),
            "gradients": self.tr("Gradient of every layer"),
            "layer": self.tr("Layer"),
            "prediction": self.tr("Prediction"),
            "problems": self.tr("Problems"),
            "data": self.tr("Data"),
        }
        for name, title in titles.items():
            self.cards[name] = Card(f"card_{name}", title, self)
        self._arrange()
        self.cards["notes"].toggleViewAction().toggled.connect(self.size_sides)

    def show_notes(self, shown: bool) -> None:
        """Shows the notes in front of the palette, or puts them away."""
        notes = self.cards["notes"]
        if shown == notes.isHidden():
            notes.setVisible(shown)
        if shown:
            notes.raise_()

    def reset(self) -> None:
        """Every card back to its first place, and shown; the notes wait behind View > Panels."""
        for card in self.cards.values():
            card.setFloating(False)
            card.show()
        self._arrange()

    def settle(self) -> None:
        """The cards have got their content: those that were not left elsewhere take their first sizes."""
        self._dress_tabs()
        if not self._placed:
            self._size_lower()

    @property
    def lower_height(self) -> int:
        """The height of the cards below the middle; 0 where none stands there."""
        return self._lower[0].height() if self._lower else 0

    @lower_height.setter
    def lower_height(self, pixels: int) -> None:
        self.resizeDocks(self._lower, [pixels] * len(self._lower), Qt.Orientation.Vertical)

    @property
    def first_lower_height(self) -> int:
        """What they have at first: large text needs the height for the chain rule."""
        whole = theme.px(LOWER_HEIGHT)
        return min(whole, round(self.height() * LOWER_SHARE / theme.scale()) or whole)

    @property
    def _lower(self) -> list[Card]:
        area = Qt.DockWidgetArea.BottomDockWidgetArea
        below = (card for card in self.cards.values() if self.dockWidgetArea(card) == area)
        return [card for card in below if card.isVisible() and not card.isFloating()]

    def stored(self) -> QByteArray:
        """Where the cards are, for the next start."""
        return self.saveState(LAYOUT)

    def restore(self, layout: QByteArray) -> None:
        """Puts the cards where they were left."""
        self._placed = not layout.isEmpty() and self.restoreState(layout, LAYOUT)

    def size_sides(self, *_: object) -> None:
        """The cards at the sides at their width for the text scale."""
        wide = {**SIDES, "notes": READABLE}
        if not self.cards["notes"].isHidden():
            wide["palette"] = READABLE
        cards = {name: card for name in wide if not (card := self.cards[name]).isHidden()}
        self.resizeDocks(list(cards.values()), [theme.px(wide[name]) for name in cards], Qt.Orientation.Horizontal)

    def _arrange(self) -> None:
        """The first arrangement."""
        area = Qt.DockWidgetArea
        self.addDockWidget(area.LeftDockWidgetArea, self.cards["palette"])
        self.addDockWidget(area.LeftDockWidgetArea, self.cards["notes"])
        self.tabifyDockWidget(self.cards["palette"], self.cards["notes"])
        self.cards["notes"].hide()
        self.addDockWidget(area.RightDockWidgetArea, self.cards["properties"])
        for name in LOWER:
            self.addDockWidget(area.BottomDockWidgetArea, self.cards[name])
        for name in BEHIND:
            self.tabifyDockWidget(self.cards["prediction"], self.cards[name])
        self.cards["prediction"].raise_()
        self._dress_tabs()
        self._size_lower()
        self.size_sides()

    def bring(self, name: str, width: int = 0) -> None:
        """Brings a card to the front, wherever it has been put; where it is narrower, its neighbours give way."""
        card = self.cards[name]
        before = {each: each.width() for each in self._lower}
        front = next((each for each in (card, *self.tabifiedDockWidgets(card)) if each in before), None)
        card.show()
        card.raise_()
        if front is not None and before[front] < width:
            share = (sum(before.values()) - width) / max(1, sum(before.values()) - before[front])
            wide = {card if each is front else each: round(pixels * share) for each, pixels in before.items()}
            wide[card] = width
            height = max(front.height(), self.first_lower_height)
            self.resizeDocks(list(wide), list(wide.values()), Qt.Orientation.Horizontal)
            self.resizeDocks(list(wide), [height] * len(wide), Qt.Orientation.Vertical)

    def show_problems(self, count: int, broken: bool) -> None:
        """Says on the tab how many there are. While the chain cannot work, its problems lie in front of what it would
        predict.
        """
        name = self.tr("Problems")
        self.cards["problems"].setWindowTitle(f"{name} · {count}" if count else name)
        if broken != self._broken:
            self._broken = broken
            if self.cards["data"].visibleRegion().isEmpty():  # who is drawing data goes on drawing
                self.cards["problems" if broken else "prediction"].raise_()

    def _dress_tabs(self) -> None:
        """Cards that lie behind each other have tabs at their side, where they cost no height."""
        for bar in self.findChildren(QTabBar):
            bar.setDrawBase(False)
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setAccessibleName(self.tr("Cards behind each other"))
            bar.setToolTip(self.tr("Brings a card to the front"))

    def _size_lower(self) -> None:
        lower = [self.cards[name] for name in LOWER]
        self.resizeDocks(lower, list(LOWER.values()), Qt.Orientation.Horizontal)
        self.resizeDocks(lower, [self.first_lower_height] * len(lower), Qt.Orientation.Vertical)
