"""A form over the fields of a frozen struct. Values are tried on the engine's rules before they are given on."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engine.kinds import Field, Kind, fields
from engine.project import ProjectError, change
from gui.editors import Editor, editor_for


class Form(QWidget):
    """Shows a struct and emits ``edited(new struct, name of the field, whether by stepping)``.

    A value that the rules refuse stays in its editor with the reason below it. It is tried again together with the
    next value, since some fields only fit each other (as many targets as inputs).
    """

    edited = Signal(object, str, bool)

    def __init__(self, struct: msgspec.Struct, parent: QWidget | None = None, only: tuple[str, ...] = ()) -> None:
        super().__init__(parent)
        self._struct = struct
        self._pending: dict[str, Any] = {}
        self._editors: dict[str, Editor] = {}
        self._wrong: dict[str, QLabel] = {}
        self._inner: dict[str, Form] = {}
        self._grid = two_columns(self)
        for field in fields(type(struct)):
            if field.name not in getattr(struct, "hidden", ()) and (not only or field.name in only):
                self._add(field)
        self.show_struct(struct)

    @property
    def first(self) -> Editor | None:
        """The first editor, for the keyboard to go to."""
        return next(iter(self._editors.values()), None)

    def suits(self, struct: msgspec.Struct) -> bool:
        """Whether this form can show that struct: it is of the same kind, and so is all that it holds."""
        if type(struct) is not type(self._struct):
            return False
        return all(inner.suits(getattr(struct, name)) for name, inner in self._inner.items()) and all(
            name in self._inner or not _has_fields(getattr(struct, name))
            for name in self._editors
            if isinstance(getattr(struct, name), Kind)
        )

    def show_struct(self, struct: msgspec.Struct) -> None:
        """Shows the values of a struct that it suits."""
        if struct != self._struct:
            self._pending.clear()
            for label in self._wrong.values():
                label.hide()
        self._struct = struct
        for name, editor in self._editors.items():
            if name not in self._pending:
                editor.show_value(getattr(struct, name))
        for name, inner in self._inner.items():
            inner.show_struct(getattr(struct, name))

    def _add(self, field: Field) -> None:
        row = self._grid.rowCount()
        label = QLabel(self.tr(field.title))
        label.setProperty("role", "caption")
        label.setWordWrap(True)
        editor = editor_for(field, self)
        label.setBuddy(editor)
        label.setToolTip(editor.toolTip())
        wide = field.type == "rows"
        self._grid.addWidget(label, row, 0, 1, 2 if wide else 1)
        self._grid.addWidget(editor, row + wide, 0 if wide else 1, 1, 2 if wide else 1)
        wrong = QLabel(self, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        wrong.setProperty("role", "wrong")
        wrong.hide()
        self._grid.addWidget(wrong, row + wide + 1, 0, 1, 2)
        self._editors[field.name], self._wrong[field.name] = editor, wrong
        editor.given.connect(lambda value, stepping, name=field.name: self._try(name, value, stepping))
        value = getattr(self._struct, field.name)
        if isinstance(value, Kind) and _has_fields(value):
            self._add_inner(field.name, value, row + wide + 2)

    def _add_inner(self, name: str, value: Kind, row: int) -> None:
        """The fields of a kind inside this one, a little to the right."""
        inner = Form(value, self)
        inner._grid.setContentsMargins(12, 0, 0, 0)
        inner.edited.connect(lambda struct, _field, stepping, name=name: self._try(name, struct, stepping))
        self._inner[name] = inner
        self._grid.addWidget(inner, row, 0, 1, 2)

    def _try(self, name: str, value: Any, stepping: bool) -> None:
        """Takes a value over if the rules allow it, else says why not."""
        value = value() if isinstance(value, type) else value
        self._pending[name] = value
        try:
            changed = change(self._struct, **self._pending)
        except ProjectError as error:
            self._wrong[name].setText(str(error))
            self._wrong[name].show()
            return
        self._pending.clear()
        for label in self._wrong.values():
            label.hide()
        if changed != self._struct:
            self.edited.emit(changed, name, stepping)
        else:
            self.show_struct(self._struct)


def two_columns(widget: QWidget) -> QGridLayout:
    """The columns of all forms: titles, and editors in a little more room."""
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 2)
    grid.setColumnStretch(1, 3)
    return grid


def _has_fields(kind: Kind) -> bool:
    return bool(fields(type(kind)))
