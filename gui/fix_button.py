"""A button for an offered edit; where there is no room for its words they end in dots and can be read by hovering."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from engine.resolve import Fix
from gui.project_store import ProjectStore

ROOM = 24  # pixels of the button beside its text


class FixButton(QPushButton):
    """Applies a fix to a store's project, as one edit. Hidden while there is none."""

    def __init__(self, store: ProjectStore, fix: Fix | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._fix, self._words = store, fix, ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)
        self.clicked.connect(self._apply)
        self.offer(fix)

    def offer(self, fix: Fix | None) -> None:
        """Offers another fix, or none."""
        self._fix = fix
        self.setVisible(fix is not None and self.parent() is not None)
        if fix is not None:
            self._words = self.tr("Fix: {}").format(fix.text)
            self.setAccessibleName(self._words)
            self.setToolTip(self.tr("{}; the edit can be undone").format(self._words))
            self._fit()
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._words) + ROOM, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(self.width() - ROOM, 30) if self.isVisible() else 10_000
        self.setText(self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room))

    def _apply(self) -> None:
        if self._fix is not None:
            self._store.edit(self._fix.apply(self._store.project), self._fix.text)
