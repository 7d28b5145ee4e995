"""The style sheet of all standard widgets, made from the theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine import assets

if TYPE_CHECKING:
    from gui.theme import Theme


def style_sheet(colours: Theme, px: Callable[[float], int]) -> str:
    """The sheet for these colours; ``px`` turns a length into pixels at the text scale."""
    c = {name: getattr(colours, name).name() for name in COLOURS}
    return f"""
* {{ outline: none; }}
QToolTip {{ background: {c["panel"]}; color: {c["text"]}; border: 1px solid {c["line"]};
  padding: {px(4)}px {px(6)}px; }}
QMainWindow, QDialog {{ background: {c["window"]}; }}
QMainWindow::separator {{ background: transparent; width: 12px; height: 12px; }}
QMenuBar {{ background: {c["panel"]}; color: {c["text"]}; padding: 2px 8px; }}
QMenuBar::item {{ padding: {px(4)}px {px(8)}px; border-radius: 5px; background: transparent; }}
QMenuBar::item:selected {{ background: {c["window"]}; }}
QMenu {{ background: {c["panel"]}; color: {c["text"]}; border: 1px solid {c["line"]}; padding: 4px; }}
QMenu::item {{ padding: {px(5)}px {px(28)}px {px(5)}px {px(24)}px; border-radius: 5px; }}
QMenu::item:selected {{ background: {c["accent"]}; color: {c["on_accent"]}; }}
QMenu::item:disabled {{ color: {c["secondary"]}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {c["line"]}; margin: 4px 8px; }}
QFrame#topBar {{ background: {c["panel"]}; border: none; border-bottom: 1px solid {c["line"]}; }}
QFrame#statusLine {{ background: {c["panel"]}; border: none; border-top: 1px solid {c["line"]}; }}
QFrame#card {{ background: {c["panel"]}; border: 1px solid {c["line"]}; border-radius: 8px; }}
QFrame#cardHead {{ background: {c["panel"]}; border: 1px solid {c["line"]}; border-bottom: none;
  border-top-left-radius: 8px; border-top-right-radius: 8px; }}
QFrame#cardBody {{ background: {c["panel"]}; border: 1px solid {c["line"]}; border-top: none;
  border-bottom-left-radius: 8px; border-bottom-right-radius: 8px; }}
QFrame#banner {{ background: {c["warning_back"]}; border: 1px solid {c["warning"]}; border-radius: 8px; }}
QFrame#banner QLabel {{ color: {c["warning"]}; }}
QFrame#recovery {{ background: {c["panel"]}; border: 1px solid {c["accent"]}; border-radius: 8px; }}
QLabel[role="title"] {{ font-weight: 600; }}
QLabel[role="heading"] {{ font-weight: 600; font-size: {px(14)}px; }}
QLabel[role="number"] {{ font-size: {px(20)}px; font-weight: 600; }}
QLabel[role="caption"] {{ color: {c["secondary"]}; font-size: {px(11)}px; }}
QLabel[role="note"] {{ font-size: {px(13)}px; }}
QLabel[role="lead"] {{ font-size: {px(13)}px; font-weight: 600; }}
QLabel[role="group"] {{ color: {c["secondary"]}; font-size: {px(10)}px; font-weight: 600; }}
QLabel[role="menuHeading"] {{ color: {c["secondary"]}; font-size: {px(10)}px; font-weight: 600;
  padding: {px(5)}px {px(24)}px {px(2)}px {px(14)}px; }}
QLabel[role="warning"] {{ color: {c["warning"]}; background: {c["warning_back"]}; border-radius: 5px;
  padding: 6px 8px; }}
QLabel[role="wrong"] {{ color: {c["error"]}; font-size: {px(11)}px; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {c["secondary"]}; border: none; padding: {px(4)}px {px(12)}px;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {c["text"]}; border-bottom-color: {c["accent"]}; }}
QTabBar::tab:hover {{ color: {c["text"]}; }}
QFrame#divider {{ background: {c["line"]}; max-height: 1px; border: none; }}
QToolButton, QPushButton {{ background: {c["panel"]}; color: {c["text"]}; border: 1px solid {c["line"]};
  border-radius: 5px; padding: {px(5)}px {px(10)}px; }}
QToolButton:hover, QPushButton:hover {{ border-color: {c["secondary"]}; }}
QToolButton:focus, QPushButton:focus {{ border: 1px solid {c["accent"]}; }}
QToolButton:pressed, QPushButton:pressed {{ background: {c["window"]}; }}
QToolButton:checked {{ background: {c["window"]}; border-color: {c["accent"]}; }}
QToolButton:disabled, QPushButton:disabled {{ color: {c["secondary"]}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[role="primary"], QPushButton[role="primary"] {{ background: {c["accent"]}; color: {c["on_accent"]};
  border-color: {c["accent"]}; font-weight: 600; }}
QToolButton[role="primary"]:disabled, QPushButton[role="primary"]:disabled {{ background: {c["line"]};
  color: {c["secondary"]}; border-color: {c["line"]}; }}
QToolButton[role="primary"]:focus {{ border: 1px solid {c["text"]}; }}
QToolButton[role="flat"] {{ border-color: transparent; background: transparent; padding: {px(3)}px {px(6)}px; }}
QToolButton[role="flat"]:hover {{ background: {c["window"]}; }}
QToolButton[role="flat"]:checked {{ background: {c["window"]}; color: {c["accent"]}; }}
QToolButton[role="flat"]:focus {{ border-color: {c["accent"]}; }}
QToolButton[role="link"], QPushButton[role="link"] {{ border: 1px solid transparent; background: transparent;
  color: {c["accent"]}; padding: {px(3)}px {px(4)}px; text-align: left; }}
QPushButton[role="link"]:hover {{ text-decoration: underline; }}
QPushButton[role="link"]:focus, QToolButton[role="link"]:focus {{ border-color: {c["accent"]}; }}
QToolButton[role="tool"] {{ padding: {px(3)}px; }}
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit {{ background: {c["field"]}; color: {c["text"]};
  border: 1px solid {c["line"]}; border-radius: 5px; padding: {px(3)}px {px(7)}px; min-height: {px(18)}px;
  selection-background-color: {c["accent"]}; selection-color: {c["on_accent"]}; }}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus {{ border-color: {c["accent"]}; }}
QAbstractSpinBox {{ padding: 0; min-height: {px(24)}px; max-height: {px(24)}px; }}
QAbstractSpinBox QLineEdit {{ border: none; background: transparent; padding: 0; min-height: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QComboBox::drop-down {{ border: none; width: {px(20)}px; }}
QComboBox::down-arrow {{ image: url("{_arrow(colours)}"); width: {px(9)}px; height: {px(9)}px; }}
QComboBox QAbstractItemView {{ background: {c["panel"]}; color: {c["text"]}; border: 1px solid {c["line"]};
  selection-background-color: {c["accent"]}; selection-color: {c["on_accent"]}; padding: 2px; }}
QCheckBox {{ color: {c["text"]}; spacing: 6px; padding: 2px; border: 1px solid transparent; border-radius: 5px; }}
QCheckBox:focus {{ border-color: {c["accent"]}; }}
QCheckBox::indicator {{ width: {px(15)}px; height: {px(15)}px; border: 1px solid {c["secondary"]}; border-radius: 4px;
  background: {c["field"]}; }}
QCheckBox::indicator:checked {{ background: {c["accent"]}; border-color: {c["accent"]};
  image: url("{_tick(colours)}"); }}
QRadioButton {{ color: {c["text"]}; spacing: 6px; padding: 2px; border: 1px solid transparent; border-radius: 5px; }}
QRadioButton:focus {{ border-color: {c["accent"]}; }}
QRadioButton::indicator {{ width: {px(11)}px; height: {px(11)}px; border: 2px solid {c["secondary"]};
  border-radius: {px(11) // 2 + 2}px; background: {c["field"]}; }}
QRadioButton::indicator:checked {{ background: {c["accent"]}; }}
QSlider::groove:horizontal {{ height: 4px; background: {c["line"]}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {c["accent"]}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {c["accent"]}; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
  border: none; }}
QSlider:focus {{ border: 1px solid {c["accent"]}; border-radius: 5px; }}
QTreeView, QListView, QListWidget {{ background: transparent; border: none; color: {c["text"]}; }}
QPlainTextEdit#notesEditor {{ font-size: {px(13)}px; }}
QTableView {{ background: {c["field"]}; color: {c["text"]}; border: 1px solid {c["line"]}; border-radius: 5px;
  gridline-color: {c["line"]}; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{ background: {c["panel"]}; color: {c["text"]}; border: none; font-weight: 600;
  border-bottom: 1px solid {c["line"]}; padding: {px(4)}px {px(6)}px; }}
QTableCornerButton::section {{ background: {c["panel"]}; border: none; border-bottom: 1px solid {c["line"]}; }}
QProgressBar {{ background: {c["line"]}; border: none; border-radius: 3px; max-height: 6px; }}
QProgressBar::chunk {{ background: {c["accent"]}; border-radius: 3px; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle {{ background: {c["line"]}; border-radius: 3px; min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {c["secondary"]}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QTabBar QToolButton {{ border: none; border-radius: 0; padding: 0; background: {c["window"]}; }}
QTabBar::tab:right {{ padding: {px(6)}px {px(3)}px; border: none; border-right: 2px solid transparent; }}
QTabBar::tab:right:selected {{ border-right-color: {c["accent"]}; }}
QGraphicsView#canvas {{ background: {c["canvas"]}; border: 1px solid {c["line"]}; border-radius: 8px;
  padding: 2px; }}
"""


COLOURS = (
    "window", "panel", "canvas", "line", "field", "text", "secondary", "accent", "on_accent", "warning", "warning_back",
    "error",
)  # fmt: skip


def _arrow(colours: Theme) -> str:
    return _icon("arrow-dark" if colours.dark else "arrow-light")


def _tick(colours: Theme) -> str:
    return _icon("tick-dark" if colours.dark else "tick-light")


def _icon(name: str) -> str:
    return assets.path("icons", f"{name}.svg").as_posix()
