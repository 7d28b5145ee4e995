"""A panel of several views: buttons in its card's head choose one, which is computed beside the window while it is
looked at.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from gui.background import Background, Work
from gui.panels.panel import Panel
from gui.panels.switch import Switch
from gui.panels.view import View


class ViewPanel(Panel):
    """``views`` says which there are by name, ``pause`` is the time in seconds from one answer to the next question.

    ``data()`` gives the shown view's numbers with its name as ``"form"``; empty while there is nothing.
    """

    def __init__(self, name: str, spoken: str, views: Mapping[str, type[View]], pause: float) -> None:
        self._kinds = views
        self._spoken = spoken
        self._forms: tuple[str, ...] = ()
        self._form = ""
        self._views: dict[str, View] = {}
        self._answered: set[str] = set()  # the forms that show the present data
        self._waiting = ""  # what is said until there is an answer
        self._wanted = False  # whether something is to be asked
        super().__init__(name, spoken)
        self._background = Background(name, self._inquire, pause, self)
        self._background.answered.connect(self._take)
        self._background.refused.connect(self.say)
        self._words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText, alignment=Qt.AlignmentFlag.AlignCenter)
        self._words.setProperty("role", "caption")
        self._pages = QStackedWidget()
        self._pages.addWidget(self._words)
        self.column.addWidget(self._pages, 1)
        self.add_readout()
        self.switch = Switch({form: (view.title, view.tip) for form, view in views.items()})
        self.switch.chosen.connect(self.show_form)

    def controls(self) -> list[QWidget]:
        return [self.switch, *super().controls()]

    def data(self) -> dict[str, Any]:
        return {"form": self._form, **self.view.data()} if self._form in self._answered else {}

    def table(self) -> list[list[Any]]:
        return self.view.table() if self._form in self._answered else []

    @property
    def view(self) -> View:
        """The view that is chosen."""
        return self._views[self._form]

    def make(self, form: str) -> View:
        """A view of that name."""
        return self._kinds[form]()

    @abstractmethod
    def work(self, form: str) -> Work | None:
        """What is to be computed for a view: it gives where the answer comes from, the form, and the answer. None where
        nothing can be computed yet.
        """

    @abstractmethod
    def is_present(self, origin: Any) -> bool:
        """Whether an answer from there still tells of what is to be shown."""

    def offer(self, forms: tuple[str, ...], words: str) -> None:
        """These are the views that suit the project; the words are said until there is an answer."""
        self._waiting = words
        if forms == self._forms:
            self._words.setText(words)  # where they are seen; what is shown stays until it is replaced
            return
        self._forms = forms
        self.switch.offer(forms)
        self.show_form(self._form if self._form in forms else forms[0])

    def show_form(self, form: str) -> None:
        """Another of the views that are offered."""
        self._form = form
        self.switch.show_chosen(form)
        self._make_view(form)
        self.read_out("")
        self._turn_page()
        self._hurry()

    def forget(self) -> None:
        """The data are others: what is shown of them stays until there is an answer, but counts no more."""
        self._answered.clear()
        for view in self._views.values():
            view.forget()

    def ask(self) -> None:
        """There is something new to be computed."""
        self._wanted = True
        self._background.look()

    def say(self, text: str) -> None:
        """Words in place of a picture."""
        self._answered.clear()
        self._words.setText(text)
        self._pages.setCurrentWidget(self._words)
        self.titled.emit(self._spoken, "")

    def reset_zoom(self) -> None:
        self.view.reset_zoom()

    def restyle(self) -> None:
        super().restyle()
        for view in self._views.values():
            view.restyle()

    def stop(self) -> None:
        self._background.close()
        for view in self._views.values():
            view.stop()

    def watch(self, pictured: bool) -> None:
        super().watch(pictured)
        self._background.look()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Whoever is painted is seen: behind the tab of another card nothing is computed."""
        super().paintEvent(event)
        self._background.look()

    def _make_view(self, form: str) -> None:
        """A view is made when it is first wanted."""
        if form not in self._views:
            view = self._views[form] = self.make(form)
            view.said.connect(self.read_out)
            view.asked.connect(self._hurry)
            view.titled.connect(self._entitle)
            view.restyle()
            self._pages.addWidget(view)

    def _hurry(self) -> None:
        """Somebody waits for the answer."""
        self._wanted = True
        self._background.hurry()

    def _inquire(self) -> Work | None:
        """What is to be computed; nothing while nobody looks."""
        if not self._wanted or not self.watched:
            return None
        work = self.work(self._form)
        self._wanted = work is None
        return work

    def _take(self, answer: tuple[Any, str, Any]) -> None:
        origin, form, outcome = answer
        if form != self._form or not self.is_present(origin):
            return
        self._answered.add(form)
        self.view.show_answer(outcome)
        self._turn_page()

    def _turn_page(self) -> None:
        """The view where it has an answer, else the words."""
        self._words.setText(self._waiting)
        self._pages.setCurrentWidget(self.view if self._form in self._answered else self._words)
        self._entitle()

    def _entitle(self) -> None:
        self.titled.emit(self._spoken, self.view.sub() if self._form in self._answered else "")
