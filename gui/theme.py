"""How the program looks: colours, fonts and the text scale, in one place, changeable while the window is open.

Views ask ``current()`` when they paint and follow ``signals.changed``; nobody else knows a colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QWidget

from engine import assets
from gui.settings import settings
from gui.style import style_sheet

SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5)
MODES = ("system", "light", "dark")
FAMILY = "Inter"
LONGEST_MOTION = 150  # milliseconds


class Theme(msgspec.Struct, frozen=True, eq=False):
    """The colours of one appearance; names as people speak of them."""

    dark: bool
    window: QColor
    panel: QColor
    canvas: QColor
    line: QColor
    dots: QColor
    field: QColor
    text: QColor
    secondary: QColor
    accent: QColor
    on_accent: QColor
    forward: QColor
    backward: QColor
    weights: QColor
    activation: QColor
    shape: QColor
    error: QColor
    good: QColor
    warning: QColor
    warning_back: QColor
    zero: QColor
    signed: tuple[QColor, ...]  # negative, zero, positive
    classes: tuple[QColor, ...]

    def family(self, name: str) -> QColor:
        """The colour of a family of kinds: ``weights``, ``activation``, ``shape``, ``data`` or ``loss``."""
        return {"weights": self.weights, "activation": self.activation, "loss": self.error}.get(name, self.shape)

    def of_class(self, number: int, count: int) -> QColor:
        """The colour of one of so many classes: two take the ends of the signed scale, as pictures of the plane do."""
        return self.signed[2 * number] if count <= 2 else self.classes[number % len(self.classes)]


def _colours(*names: str) -> tuple[QColor, ...]:
    return tuple(QColor(name) for name in names)


# The classes follow Okabe and Ito (2008), black replaced by grey, then lighter repeats.
_CLASSES = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#8a8f98",
    "#b5a800",
    "#66aad1",
    "#f0c566",
)
_CLASSES_DARK = (
    "#4da3d9", "#f2b84b", "#3fc79f", "#dd9cc0", "#8fd0f5", "#f08a4b", "#b5bac2", "#f0e442", "#9cc9e6", "#f7dca0",
)  # fmt: skip

_NAMES = (
    "window", "panel", "canvas", "line", "dots", "field", "text", "secondary", "accent", "on_accent", "forward",
    "backward", "weights", "activation", "shape", "error", "good", "warning", "warning_back", "zero",
)  # fmt: skip
_LIGHT = (
    "#f4f5f7", "#ffffff", "#fbfbfc", "#dfe3e8", "#e4e7eb", "#f4f5f7", "#1b2430", "#65717e", "#2864dc", "#ffffff",
    "#2f6f7e", "#9c3587", "#4b5fc9", "#2a8a4f", "#5b6672", "#b2443a", "#19764a", "#9a5b00", "#fff6e0", "#c9ced6",
)  # fmt: skip
_DARK = (
    "#15181d", "#1d2127", "#181b20", "#2f353d", "#262b32", "#15181d", "#e8ecf1", "#98a3b0", "#6f9dff", "#10141a",
    "#6fb9c9", "#e58ad3", "#8b9bff", "#62c98b", "#9aa6b3", "#ff8d80", "#5fd39a", "#f0b257", "#3a2f12", "#3c434d",
)  # fmt: skip


def _theme(dark: bool, colours: tuple[str, ...], signed: tuple[str, ...], classes: tuple[str, ...]) -> Theme:
    named: dict[str, Any] = dict(zip(_NAMES, _colours(*colours), strict=True))
    return Theme(dark=dark, **named, signed=_colours(*signed), classes=_colours(*classes))


# Signed values run between the hues of CET-CBD1 (Kovesi 2015), which the colour-blind can tell apart.
LIGHT = _theme(False, _LIGHT, ("#3a90fe", "#ededec", "#a89008"), _CLASSES)
DARK = _theme(True, _DARK, ("#5aa5ff", "#22262c", "#f2d23c"), _CLASSES_DARK)


class _Signals(QObject):
    changed = Signal()


signals = _Signals()


class _State:
    mode = "system"
    scale = 1.0
    worn: Theme | None = None  # while a picture is taken


def current() -> Theme:
    """The colours in force."""
    if _State.worn is not None:
        return _State.worn
    if _State.mode == "system":
        hints = QGuiApplication.styleHints()
        return DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return DARK if _State.mode == "dark" else LIGHT


def mode() -> str:
    """``"system"``, ``"light"`` or ``"dark"``."""
    return _State.mode


def scale() -> float:
    """The factor on every text and on the painted canvas."""
    return _State.scale


def px(length: float) -> int:
    """A length in pixels at the text scale."""
    return round(length * _State.scale)


def set_mode(name: str) -> None:
    """Light, dark, or as the system has it; remembered."""
    _State.mode = name if name in MODES else "system"
    settings().put(theme=_State.mode)
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    QGuiApplication.styleHints().setColorScheme(schemes.get(_State.mode, Qt.ColorScheme.Unknown))
    _apply()


def set_scale(factor: float) -> None:
    """Another text scale, to the nearest that is offered; remembered."""
    _State.scale = min(SCALES, key=lambda offered: abs(offered - factor))
    settings().put(text_scale=_State.scale)
    _apply()


def larger(steps: int) -> None:
    """So many offered text scales up, or down for a negative number."""
    position = SCALES.index(_State.scale) + steps
    set_scale(SCALES[max(0, min(len(SCALES) - 1, position))])


def install() -> None:
    """Loads the font and takes over the remembered appearance; once, when the application has been made.

    The style sheet follows with ``dress``: widgets that are put together under one are styled again at every step.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    _load_fonts()
    if app.style().name() != "fusion":  # making it once more costs several milliseconds
        app.setStyle("Fusion")
    stored = settings()
    _State.mode = stored.text("theme", "system")
    if _State.mode not in MODES:
        _State.mode = "system"
    factor = stored.number("text_scale", 1.0)
    _State.scale = min(SCALES, key=lambda offered: abs(offered - factor))
    if not app.property("cascade_theme"):
        app.setProperty("cascade_theme", True)
        QGuiApplication.styleHints().colorSchemeChanged.connect(_follow_system)
    app.setFont(font(12))
    app.setPalette(_palette(current()))


def dress() -> None:
    """Styles all widgets, unless they are styled already; when the first window has been put together."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if not app.styleSheet():
        app.setStyleSheet(style_sheet(current(), px))


def font(size: float, semibold: bool = False) -> QFont:
    """The program's font at ``size`` pixels times the text scale; its figures are equally wide, so that live numbers
    do not jump. Those of pictures stand still, and are the plain ones that can be copied out of a PDF.
    """
    return _font(max(1, round(size * _State.scale)), semibold, _State.worn is None)


def unscaled_font(size: float, semibold: bool = False) -> QFont:
    """The font for what is painted in a scene that obeys the text scale as a whole."""
    return _font(max(1, round(size)), semibold, _State.worn is None)


def motion() -> int:
    """How long a movement takes in milliseconds; 0 where the system asks for none."""
    from PySide6.QtWidgets import QStyle  # hundreds of constants, not needed to show a window

    asked = QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
    return min(LONGEST_MOTION, asked)


@contextmanager
def worn(dark: bool) -> Iterator[None]:
    """What is painted meanwhile is light or dark and at normal text scale, whatever the window is; nobody is told.

    For pictures, which are painted in one go: the window must not be painted before it is over.
    """
    scale, _State.scale = _State.scale, 1.0
    _State.worn = DARK if dark else LIGHT
    try:
        yield
    finally:
        _State.worn, _State.scale = None, scale


def dress_one(widget: QWidget) -> None:
    """Styles a widget and all that is in it for the appearance that is worn."""
    widget.setFont(font(12))
    widget.setPalette(_palette(current()))
    widget.setStyleSheet(f"QLabel {{ color: {current().text.name()}; }}\n{style_sheet(current(), px)}")
    # Labels and lists under a style sheet keep the application's font, whatever their parent's is; told so, they take
    # its size from the style sheet once more.
    for each in _wilful(widget):
        each.setFont(font(12))
        each.style().unpolish(each)
        each.style().polish(each)


def undress_one(widget: QWidget) -> None:
    """Leaves a widget to the application's appearance again."""
    for each in _wilful(widget):
        each.setFont(QFont())
    widget.setFont(QFont())
    widget.setPalette(QPalette())
    widget.setStyleSheet("")  # last: it gives labels their sizes and colours back


def _wilful(widget: QWidget) -> list[QWidget]:
    return [*widget.findChildren(QLabel), *widget.findChildren(QAbstractItemView)]


@cache
def _load_fonts() -> None:
    for file in ("Inter-Regular.otf", "Inter-SemiBold.otf"):
        QFontDatabase.addApplicationFont(str(assets.path("fonts", file)))


@cache
def _font(size: int, semibold: bool, tabular: bool) -> QFont:
    made = QFont(FAMILY)
    made.setPixelSize(size)
    made.setWeight(QFont.Weight.DemiBold if semibold else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), int(tabular))  # nothing said would take over the application's
    if not tabular:
        made.setFeature(QFont.Tag("calt"), 0)  # which puts signs into places that have no name outside of the font
    return made


def _follow_system() -> None:
    if _State.mode == "system":
        _apply()


def _apply() -> None:
    """Gives the application its palette, font and style sheet, and tells the views that paint by themselves."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setFont(font(12))
    app.setPalette(_palette(current()))
    app.setStyleSheet(style_sheet(current(), px))
    signals.changed.emit()


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.panel,
        role.Text: theme.text,
        role.PlaceholderText: theme.secondary,
        role.Button: theme.panel,
        role.ButtonText: theme.text,
        role.ToolTipBase: theme.panel,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.accent,
        role.Light: theme.panel,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.line,
    }
    for each, colour in colours.items():
        palette.setColor(each, colour)
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, theme.secondary)
    return palette
