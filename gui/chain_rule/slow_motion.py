"""Slow motion: the step to come, block by block, forwards, backwards and into the weights; then made, or left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from gui import icons, numbers, theme
from gui.chain_rule import moment_arrays
from gui.chain_rule.mode import Mode, tr
from gui.chain_rule.moment_view import MomentView
from gui.chain_rule.step_source import StepSource
from gui.chain_rule.telling import Telling
from gui.chain_rule.timeline import ROLES, Timeline
from gui.labels import ElidedLabel

if TYPE_CHECKING:
    from engine.explain.moments import Moment
    from gui.chain_rule.laboratory import Laboratory
    from gui.chain_rule.moment_arrays import Shown
    from gui.chain_rule.stage import Stage
    from gui.chain_rule.step_source import Told
    from gui.project_store import ProjectStore
    from gui.run_controller import RunController

LEAST_ARRAYS = 72  # height of the arrays with what is around them
NARROW = 640  # width below which buttons with a sign have no words
PACE = 1250  # milliseconds a block
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class SlowMotion(Mode):
    """Shows ``told``, the step to come, on copies: nothing changes but by Commit, which makes exactly that step."""

    title: ClassVar[str] = "Slow motion"
    tip: ClassVar[str] = "The next step block by block: forward, the error, backward, the update"
    whole: ClassVar[bool] = True
    room: ClassVar[int] = 126

    def __init__(self, store: ProjectStore, run: RunController, laboratory: Laboratory, stage: Stage) -> None:
        super().__init__(laboratory, stage)
        self._run = run
        self.told: Told | None = None
        self._source = StepSource(store, run, laboratory)
        self.timeline, self.view = Timeline(), MomentView(laboratory)
        self.back = _Control(tr("Back"), tr("One moment back (Left)"))
        self.play = _Control(tr("Play"), tr("One moment after the other; again to pause"))
        self.forward = _Control(tr("Forward"), tr("One moment on (Right)"))
        self.commit = _Control(tr("Commit"), tr("Makes exactly this step, and shows the next one"))
        self.leave = _Control(tr("Leave"), tr("Leaves slow motion; nothing has changed"))
        self.play.setCheckable(True)
        self._count, self.sentence = QLabel(), Telling()
        self._edge = QFrame()
        self.counts, self._reused = ElidedLabel("caption"), ElidedLabel("caption")
        self.foot = self._make_foot()
        self._playing = QTimer(self, interval=PACE)
        self._lay_out()
        self._connect()
        self.restyle()
        self._show_nothing("")

    @property
    def moment(self) -> Moment | None:
        """The moment that is shown."""
        return None if self.told is None else self.told.transcript.moments[self.timeline.value()]

    def begin(self) -> None:
        self._source.begin()
        self.timeline.setFocus()

    def end(self) -> None:
        self._source.end()
        self.play.setChecked(False)
        self.told = None
        self.stage.show_tags({})
        self.stage.light(())

    def restyle(self) -> None:
        colours = theme.current()
        for button, name in ((self.back, "back"), (self.forward, "step")):
            button.setIcon(icons.icon(name, colours.text, colours.secondary))
        self.play.setIcon(icons.icon("pause" if self.play.isChecked() else "run", colours.text, colours.secondary))
        self.sentence.fit()
        self._colour_sentence()

    def minimumSizeHint(self) -> QSize:
        """The arrays become small before canvas and window must give way."""
        controls = self.commit.sizeHint().height()
        return QSize(0, controls + self.sentence.sizeHint().height() + theme.px(LEAST_ARRAYS))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle
        shown = style.ToolButtonIconOnly if self.width() < theme.px(NARROW) else style.ToolButtonTextBesideIcon
        for button in (self.back, self.play, self.forward):
            button.setToolButtonStyle(shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in STEPS and event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            self._go(STEPS[key])
        else:
            super().keyPressEvent(event)

    # Another step

    def _show_told(self, told: Told) -> None:
        """Another step to come: from its first moment."""
        self.told = told
        self.view.start_over(told)
        self.timeline.show_moments(told.transcript.moments)
        step = tr("Step {}.").format(numbers.count(told.coming.steps + 1))
        self.counts.setText(f"{step} {told.transcript.counts}")
        self._enable(True)
        self.view.show()
        self._show_moment()

    def _wait(self) -> None:
        """Another step is being worked out; until then the last one can be walked through, but not made."""
        if self.told is None:
            self._show_nothing(tr("Working out the next step…"))
        else:
            self.play.setChecked(False)
            self.commit.setEnabled(False)

    def _show_nothing(self, reason: str) -> None:
        """There is no step to be shown, and why."""
        self.told = None
        self.play.setChecked(False)
        self.view.hide()
        self.view.start_over(None)
        self.timeline.show_moments(())
        self._enable(False)
        self._count.setText("")
        self.counts.setText("")
        self.sentence.setText(reason)
        self._colour_sentence()
        self.stage.show_tags({})
        self.stage.light(())

    def _enable(self, able: bool) -> None:
        for button in (self.back, self.play, self.forward, self.timeline):
            button.setEnabled(able)
        self.commit.setEnabled(able and self._run.state.name != "finished")

    # Walking

    def _go(self, steps: int) -> None:
        self.timeline.setValue(self.timeline.value() + steps)

    def _play_on(self, playing: bool) -> None:
        """Starts, from the beginning where the end has been reached, or pauses."""
        self.play.setText(tr("Pause") if playing else tr("Play"))
        self.restyle()
        if not playing:
            self._playing.stop()
            return
        if self.timeline.value() == self.timeline.maximum():
            self.timeline.setValue(0)
        self._playing.start()

    def _tick(self) -> None:
        self._go(1)
        if self.timeline.value() == self.timeline.maximum():
            self.play.setChecked(False)

    def _show_moment(self, *_: object) -> None:
        """Everything about the moment: the sentence, the canvas, the numbers."""
        moment = self.moment
        if moment is None or self.told is None:
            return
        place, count = self.timeline.value(), len(self.told.transcript.moments)
        self._count.setText(tr("{} of {}").format(numbers.count(place + 1), numbers.count(count)))
        self.back.setEnabled(place > 0)
        self.forward.setEnabled(place + 1 < count)
        self.sentence.setText(f"{_sign(moment)}  {moment.sentence}")
        self._colour_sentence()
        self.view.show_moment(moment)
        self._point_at(None)
        self.stage.show_tags({moment.block: moment_arrays.tag(moment, self.told.transcript)})
        self.stage.reveal(moment.block)

    def _point_at(self, shown: Shown | None) -> None:
        """Lights the block of the moment; while somebody points at a running product, all that reuse it."""
        if (moment := self.moment) is None:
            return
        reused = shown.reused_by if shown else ()
        self.stage.light(reused or (moment.block,), "backward" if reused else ROLES[moment.phase])
        said = tr("This running product is part of the gradients of {}.").format(", ".join(reused))
        self._reused.setText(said if reused else "")

    def _colour_sentence(self) -> None:
        moment, colours = self.moment, theme.current()
        edge = getattr(colours, ROLES[moment.phase]) if moment else colours.line
        self._edge.setStyleSheet(f"background: {edge.name()}; border-radius: 2px;")
        self._reused.setStyleSheet(f"color: {colours.backward.name()}")

    def _make_step(self) -> None:
        """Exactly the step that is shown; the next one follows when the run has made it."""
        self.commit.setEnabled(False)
        self._run.step()

    # Putting together

    def _connect(self) -> None:
        self._source.told.connect(self._show_told)
        self._source.waiting.connect(self._wait)
        self._source.missing.connect(self._show_nothing)
        self._source.overtaken.connect(self.left)
        self.back.clicked.connect(lambda: self._go(-1))
        self.forward.clicked.connect(lambda: self._go(1))
        self.play.toggled.connect(self._play_on)
        self.commit.clicked.connect(self._make_step)
        self.leave.clicked.connect(self.left)
        self.timeline.valueChanged.connect(self._show_moment)
        self.view.pointed.connect(self._point_at)
        self._playing.timeout.connect(self._tick)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setSpacing(6)
        for widget in (self.back, self.play, self.forward):
            controls.addWidget(widget)
        controls.addWidget(self.timeline, 1)
        controls.addWidget(self._count)
        controls.addWidget(self.commit)
        controls.addWidget(self.leave)
        telling = QHBoxLayout()
        telling.setSpacing(10)
        self._edge.setFixedWidth(5)
        telling.addWidget(self._edge)
        telling.addWidget(self.sentence, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 2, 14, 0)
        column.setSpacing(6)
        column.addLayout(controls)
        column.addLayout(telling)
        column.addWidget(self.view, 1)
        column.addStretch(0)

    def _make_foot(self) -> QWidget:
        """What one pass gave; below it, what is pointed at."""
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.counts)
        column.addWidget(self._reused)
        return foot


def _sign(moment: Moment) -> str:
    """The direction, so that it is not carried by colour alone."""
    return {"forward": "→", "loss": "E", "backward": "←", "update": "↻"}[moment.phase]


class _Control(QToolButton):
    """A button that leaves the arrow keys to the mode; others move the focus with them."""

    def __init__(self, text: str, tip: str) -> None:
        super().__init__(text=text, toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAccessibleName(text)
        self.setToolTip(tip)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in STEPS:
            event.ignore()
        else:
            super().keyPressEvent(event)
