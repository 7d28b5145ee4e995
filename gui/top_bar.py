"""The bar at the top: the project's name, the buttons of the run, its speed and its seed."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from engine.kinds import fields
from engine.project import ProjectError, Training, change
from gui import icons, numbers, theme
from gui.editors import NumberBox
from gui.labels import ElidedLabel
from gui.project_store import ProjectStore

SLOWEST, FASTEST = 0.5, 20_000.0  # steps per second at the first and the last but one place of the slider
PLACES = 100  # the last place is "as fast as it goes"


class TopBar(QFrame):
    """Shows the project and the run, and says what a person wants: ``speed_chosen`` in steps per second or None."""

    speed_chosen = Signal(object)
    refused = Signal(str)  # why a seed was not taken

    def __init__(self, store: ProjectStore, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="topBar")
        self._store, self._actions = store, actions
        self._name = ElidedLabel()
        self._edited = QLabel(self.tr("edited"))
        self._edited.setProperty("role", "caption")
        self._buttons = {name: self._button(name) for name in ("actionReset", "actionStep", "actionRun")}
        self._buttons["actionRun"].setProperty("role", "primary")
        self._speed = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=PLACES, pageStep=10)
        self._speed.setAccessibleName(self.tr("Speed"))
        self._speed.setToolTip(self.tr("Training speed, from one step in two seconds to as fast as it goes"))
        self._speed_text = QLabel()
        self._speed_text.setProperty("role", "caption")
        self._seed = NumberBox(next(field for field in fields(Training) if field.name == "seed"))
        self._seed.setAccessibleName(self.tr("Seed"))
        self._seed.setToolTip(self.tr("Decides data, first weights and shuffling: the same seed gives the same run"))
        self._seed.given.connect(self._take_seed)
        self._speed.valueChanged.connect(self._take_speed)
        self._lay_out()
        store.changed.connect(lambda *_: self.refresh())
        store.dirty_changed.connect(lambda _: self.refresh())
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def show_speed(self, steps_per_second: float | None) -> None:
        """Puts the slider where a speed lies."""
        self._speed.blockSignals(True)
        self._speed.setValue(place_of(steps_per_second))
        self._speed.blockSignals(False)
        self._say_speed(steps_per_second)

    def refresh(self) -> None:
        """Shows the project's name, seed and whether it is saved."""
        self._name.setText(self._store.project.name)
        self._edited.setVisible(self._store.dirty)
        self._seed.show_value(self._store.project.training.seed)

    def show_running(self, running: bool) -> None:
        """The Run button is a Pause button while training."""
        action, colours = self._actions["actionRun"], theme.current()
        sign, text = ("pause", self.tr("Pause")) if running else ("run", self.tr("Run"))
        action.setIcon(icons.icon(sign, colours.on_accent, colours.secondary))
        action.setIconText(text)
        self._buttons["actionRun"].setAccessibleName(text)

    def _lay_out(self) -> None:
        seed = QLabel(self.tr("seed"))
        slow = QLabel(self.tr("speed"))
        for label in (seed, slow):
            label.setProperty("role", "caption")
        new_seed, look = self._small("actionNewSeed", "link"), self._small("actionTheme", "flat")
        self._actions["actionNewSeed"].setIconText(self.tr("new"))
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 8, 14, 8)
        row.setSpacing(8)
        row.addWidget(self._name)
        row.addWidget(self._edited)
        row.addStretch(2)
        for button in self._buttons.values():
            row.addWidget(button)
        row.addSpacing(12)
        for widget in (slow, self._speed, self._speed_text):
            row.addWidget(widget)
        row.addStretch(2)
        for widget in (seed, self._seed, new_seed, look):
            row.addWidget(widget)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[name])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(self._actions[name].text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _small(self, name: str, role: str) -> QToolButton:
        button = self._button(name)
        button.setProperty("role", role)
        if role == "flat":
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        return button

    def _take_speed(self, place: int) -> None:
        speed = speed_at(place)
        self._say_speed(speed)
        self.speed_chosen.emit(speed)

    def _say_speed(self, speed: float | None) -> None:
        text = self.tr("max") if speed is None else self.tr("{} steps/s").format(numbers.rate(speed))
        self._speed_text.setText(text)

    def _take_seed(self, seed: object, stepping: bool) -> None:
        project = self._store.project
        try:
            training = change(project.training, seed=seed)
        except ProjectError as error:
            self._seed.take_back()
            self.refused.emit(str(error))
            return
        key = ("field", "training", "seed") if stepping else None
        self._store.edit(change(project, training=training), self.tr("seed {}").format(seed), key)

    def _restyle(self) -> None:
        colours = theme.current()
        for name, sign, colour in (
            ("actionReset", "reset", colours.text),
            ("actionStep", "step", colours.text),
            ("actionNewSeed", "new_seed", colours.accent),
            ("actionTheme", "theme", colours.text),
        ):
            self._actions[name].setIcon(icons.icon(sign, colour, colours.secondary))
        for button in self.findChildren(QToolButton):
            button.setIconSize(QSize(theme.px(16), theme.px(16)))
        self._buttons["actionRun"].setMinimumWidth(theme.px(92))
        self._speed.setFixedWidth(theme.px(120))
        self._speed_text.setMinimumWidth(theme.px(84))
        self._seed.setFixedWidth(theme.px(64))
        self._name.setFont(theme.font(15, semibold=True))
        self.show_running(self._actions["actionRun"].isChecked())
        self.refresh()


def speed_at(place: int) -> float | None:
    """Steps per second at a place of the slider, on a logarithmic scale; None at its end. Rounded to two digits."""
    if place >= PLACES:
        return None
    return float(f"{SLOWEST * (FASTEST / SLOWEST) ** (place / (PLACES - 1)):.2g}")


def place_of(speed: float | None) -> int:
    """The place of the slider that is nearest to a speed."""
    if speed is None:
        return PLACES
    share = math.log(max(SLOWEST, min(FASTEST, speed)) / SLOWEST) / math.log(FASTEST / SLOWEST)
    return round(share * (PLACES - 1))
