"""The sections of the property panel: one for a block, for data, loss, optimizer, training and the project."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engine.data.drawing import can_be_drawn
from engine.kinds import Field, Kind, help_of
from engine.layers import AnyLayer
from engine.project import DATA, LOSSES, OPTIMIZERS, ProjectError, change, replace_block
from engine.resolve import BlockPlace, Place
from gui import numbers
from gui.editors import Choice, TextEdit, editor_for
from gui.fix_button import FixButton
from gui.forms import Form, two_columns
from gui.project_store import ProjectStore


class Section(QWidget):
    """A heading, a sentence, forms, and what the judge of chains says of this place."""

    notes_wanted = Signal()
    data_wanted = Signal()  # to be looked at
    board_wanted = Signal()
    columns_wanted = Signal()  # of the data's file, to be chosen anew

    def __init__(self, store: ProjectStore) -> None:
        super().__init__()
        self.store = store
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 4, 0, 4)
        self.rows.setSpacing(6)
        self._heading = label("heading")
        self._text = label("caption")
        self._said = label("warning")
        self._fix = FixButton(store, parent=self)
        for widget in (self._heading, self._text):
            self.rows.addWidget(widget)

    def add_verdict(self) -> None:
        """Puts what is said of this place at the end of the section."""
        self.rows.addWidget(self._said)
        self.rows.addWidget(self._fix)

    def head(self, heading: str, text: str = "") -> None:
        """The heading and the sentence below it."""
        self._heading.setText(heading)
        self._text.setText(text)
        self._text.setVisible(bool(text))

    def refresh(self) -> None:
        """Shows the store's project."""
        place = self.place()
        text = (place.problem or place.warning) if place else None
        self._said.setText(text or "")
        self._said.setVisible(bool(text))
        self._fix.offer(place.fix if place else None)

    def suits(self) -> bool:
        """Whether the section's forms can show the store's project."""
        return True

    def place(self) -> Place | None:
        """What is said of this place."""
        return None

    def focus_first(self) -> bool:
        """Gives the keyboard to the first editor; False where there is none."""
        return False


class KindSection(Section):
    """A part of the project that is one of several kinds: which one, and its fields."""

    def __init__(self, store: ProjectStore, part: str, title: str, kinds: tuple[type[Kind], ...], place: str) -> None:
        super().__init__(store)
        self._part, self._place, self._title = part, place, title
        self._kinds = Choice(Field(part, title, self.tr("which kind"), "kind", None, choices=kinds), self)
        self._kinds.setAccessibleName(title)
        self._kinds.setToolTip(title)
        self._kinds.given.connect(self._choose)
        self._form = Form(self._value)
        self._form.edited.connect(self._take)
        for widget in (self._kinds, self._form):
            self.rows.addWidget(widget)
        self.add_verdict()
        self.refresh()

    @property
    def _value(self) -> Kind:
        value: Kind = getattr(self.store.project, self._part)
        return value

    def suits(self) -> bool:
        return self._form.suits(self._value)

    def refresh(self) -> None:
        super().refresh()
        self.head(self._title, self._value.about)
        self._kinds.show_value(self._value)
        if self.suits():
            self._form.show_struct(self._value)

    def place(self) -> Place | None:
        return getattr(self.store.resolved, self._place) if self._place else None

    def focus_first(self) -> bool:
        self._kinds.setFocus()
        return True

    def _choose(self, kind: type[Kind], _stepping: bool) -> None:
        """Another kind; the settings that both have are kept."""
        fresh = kind()
        if type(self._value) is not kind:
            shared = {name for name in fresh.__struct_fields__ if hasattr(self._value, name)}
            kept = {name: getattr(self._value, name) for name in shared if name in KEPT}
            text = self.tr("{}: {}").format(self._title.lower(), kind.title)
            self.store.edit(change(self.store.project, **{self._part: change(fresh, **kept)}), text)

    def _take(self, struct: Kind, field: str, stepping: bool) -> None:
        key = ("field", self._part, field) if stepping else None
        self.store.edit(change(self.store.project, **{self._part: struct}), _edit_text(self._title, field), key)


KEPT = ("seed", "validation", "scaling")
"""What data of another kind take over: how they are split and scaled, not what they are."""


class TrainingSection(Section):
    """Batch size, seed and the rest that is no kind."""

    def __init__(self, store: ProjectStore) -> None:
        super().__init__(store)
        self.head(self.tr("Training"))
        self._form = Form(store.project.training)
        self._form.edited.connect(self._take)
        self.rows.addWidget(self._form)
        self.add_verdict()

    def refresh(self) -> None:
        super().refresh()
        self._form.show_struct(self.store.project.training)

    def place(self) -> Place:
        return self.store.resolved.training

    def _take(self, struct: msgspec.Struct, field: str, stepping: bool) -> None:
        key = ("field", "training", field) if stepping else None
        self.store.edit(change(self.store.project, training=struct), _edit_text(self.tr("Training"), field), key)


class BlockSection(Section):
    """The selected block: its name, its fields, what goes in and out."""

    def __init__(self, store: ProjectStore) -> None:
        super().__init__(store)
        self._name = editor_for(
            Field("name", self.tr("Name"), self.tr("unique in the chain; weights belong to it"), "text", "")
        )
        assert isinstance(self._name, TextEdit)
        self._wrong = label("wrong")
        self._wrong.hide()
        self._form = Form(self._block)
        self._sizes = label("caption")
        for widget in (_row(self.tr("Name"), self._name), self._wrong, self._form, self._sizes):
            self.rows.addWidget(widget)
        self.add_verdict()
        self._name.given.connect(self._rename)
        self._form.edited.connect(self._take)

    @property
    def _block(self) -> AnyLayer:
        return self.store.project.block(self.store.selection[0])

    def suits(self) -> bool:
        return self._form.suits(self._block)

    def refresh(self) -> None:
        super().refresh()
        block, place = self._block, self.place()
        self.head(f"{block.name}  ·  {block.title}", help_of(type(block)))
        self._name.show_value(block.name)
        self._wrong.hide()
        self._form.show_struct(block)
        sizes = self.tr("In (N, {}) · out (N, {}) · {}").format(
            _axes(place.input_shape),
            _axes(place.output_shape),
            numbers.plural(place.parameter_count, self.tr("parameter"), self.tr("parameters")),
        )
        self._sizes.setText(sizes)

    def place(self) -> BlockPlace:
        return self.store.resolved.blocks[self.store.project.index(self.store.selection[0])]

    def focus_first(self) -> bool:
        (self._form.first or self._name).setFocus()
        return True

    def _rename(self, name: str, _stepping: bool) -> None:
        try:
            renamed = replace_block(self.store.project, self._block.name, change_name(self._block, name))
        except ProjectError as error:
            self._wrong.setText(str(error))
            self._wrong.show()
            return
        self._wrong.hide()
        self.store.edit(renamed, self.tr("rename to {}").format(name))

    def _take(self, block: AnyLayer, field: str, stepping: bool) -> None:
        key = ("field", block.name, field) if stepping else None
        edited = replace_block(self.store.project, block.name, block)
        self.store.edit(edited, _edit_text(block.name, field), key)


class SeveralSection(Section):
    """More than one block is selected."""

    def refresh(self) -> None:
        super().refresh()
        chosen = self.store.selection
        parameters = sum(place.parameter_count for place in self.store.resolved.blocks if place.name in chosen)
        text = self.tr("{} parameters together. Drag one of them to move all; Delete removes them.")
        self.head(self.tr("{} blocks").format(len(chosen)), text.format(numbers.count(parameters)))


class ProjectSection(Section):
    """The project as a whole: its name, its size and the first line of its notes."""

    def __init__(self, store: ProjectStore) -> None:
        super().__init__(store)
        self._name = editor_for(Field("name", self.tr("Name"), self.tr("shown at the top of the window"), "text", ""))
        self._wrong = label("wrong")
        self._wrong.hide()
        self._notes = label("caption")
        self._more = _link(
            self.tr("Notes…"),
            self.tr("Show the notes"),
            self.tr("What to do with this project and what to notice, beside the canvas"),
        )
        self._more.clicked.connect(self.notes_wanted)
        for widget in (_row(self.tr("Name"), self._name), self._wrong, self._notes):
            self.rows.addWidget(widget)
        self.rows.addWidget(self._more, alignment=Qt.AlignmentFlag.AlignLeft)
        self._name.given.connect(self._rename)

    def refresh(self) -> None:
        super().refresh()
        project, resolved = self.store.project, self.store.resolved
        blocks = numbers.plural(len(project.chain), self.tr("block"), self.tr("blocks"))
        weights = numbers.plural(resolved.parameter_count, self.tr("parameter"), self.tr("parameters"))
        self.head(self.tr("Project"), f"{blocks}, {weights}")
        self._name.show_value(project.name)
        self._notes.setText(project.notes.strip().partition("\n")[0])
        self._notes.setVisible(bool(project.notes.strip()))

    def _rename(self, name: str, _stepping: bool) -> None:
        try:
            renamed = change(self.store.project, name=name)
        except ProjectError as error:
            self._wrong.setText(str(error))
            self._wrong.show()
            return
        self._wrong.hide()
        self.store.edit(renamed, self.tr("rename the project"))


class DataSection(KindSection):
    """The data, and the ways to all that they hold."""

    def __init__(self, store: ProjectStore) -> None:
        self._look = _link(
            store.tr("Look at the data"),
            store.tr("Look at the data"),
            store.tr("Every sample, a histogram of every column, the classes, split and scaling"),
        )
        self._columns = _link(
            "", store.tr("Choose the columns anew"), store.tr("What the file's contents are used for, chosen anew")
        )
        self._draw = _link(
            store.tr("Draw on these points"),
            store.tr("Draw on these points"),
            store.tr("The points as they are, to be painted on and rubbed out with the mouse"),
        )
        super().__init__(store, "data", store.tr("Data"), DATA, "data")
        for place, button in enumerate((self._look, self._draw, self._columns), self.rows.indexOf(self._said)):
            self.rows.insertWidget(place, button, alignment=Qt.AlignmentFlag.AlignLeft)
        self._look.clicked.connect(self.data_wanted)
        self._draw.clicked.connect(self.board_wanted)
        self._columns.clicked.connect(self.columns_wanted)

    def refresh(self) -> None:
        super().refresh()
        data = self.store.project.data
        self._draw.setVisible(data.by_hand or can_be_drawn(data))
        decided = data.decided
        self._columns.setText(f"{decided}…")
        self._columns.setVisible(bool(decided))


def change_name(block: AnyLayer, name: str) -> AnyLayer:
    """The block under another name; the project judges whether it may have it."""
    return msgspec.structs.replace(block, name=name)


def _loss(store: ProjectStore) -> Section:
    return KindSection(store, "loss", store.tr("Loss"), LOSSES, "loss")


def _optimizer(store: ProjectStore) -> Section:
    return KindSection(store, "optimizer", store.tr("Optimizer"), OPTIMIZERS, "")


SECTIONS: dict[str, Callable[[ProjectStore], Section]] = {
    "project": ProjectSection,
    "block": BlockSection,
    "several": SeveralSection,
    "data": DataSection,
    "loss": _loss,
    "optimizer": _optimizer,
    "training": TrainingSection,
}
"""How each section is made, by name."""


def label(role: str) -> QLabel:
    """A label for text that may come from a file: never markup."""
    made = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    return made


def _link(text: str, spoken: str, tip: str) -> QPushButton:
    """A button that leads somewhere else."""
    made = QPushButton(text)
    made.setProperty("role", "link")
    made.setAccessibleName(spoken)
    made.setToolTip(tip)
    return made


def _row(title: str, editor: QWidget) -> QWidget:
    """A title beside an editor, in the columns of a form."""
    row = QWidget()
    grid = two_columns(row)
    said = QLabel(title)
    said.setProperty("role", "caption")
    said.setBuddy(editor)
    grid.addWidget(said, 0, 0)
    grid.addWidget(editor, 0, 1)
    return row


def _axes(shape: tuple[int, ...] | None) -> str:
    return "?" if shape is None else ", ".join(map(str, shape))


def _edit_text(where: str, field: str) -> str:
    return f"{where}: {field.replace('_', ' ')}"
