"""Asks and asks again: a question, the newest snapshot, and a thread that answers one inquiry at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject, Signal

from engine.lazy import Array
from engine.project import Project, ProjectError, can_write_weights, write_weights
from gui.background import Background, Work
from gui.chain_rule import question as questions
from gui.chain_rule import words
from gui.chain_rule.question import Question
from gui.numbers import count
from gui.project_store import ProjectStore

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot
    from gui.chain_rule.answer import Answer, Answerer

MOST_EXPLAINED = 200_000  # parameters up to which a formula is computed while the pointer moves
MOST_WRITTEN = 10_000  # numbers of a block that are written into a project
PAUSE = 0.03  # seconds that at least lie between two questions while a run goes on: one in every frame


class Laboratory(QObject):
    """Holds what is asked. ``answered`` brings an Answer, ``refused`` says in a sentence why there is none.

    Nothing is computed while nobody looks (``watched``).
    """

    asked = Signal(object)  # the question, or None
    answered = Signal(object)
    refused = Signal(str)
    written = Signal(str)  # a block whose numbers the edit that follows writes down
    pointed = Signal(object)  # blocks that belong to what somebody points at

    def __init__(self, store: ProjectStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._question: Question | None = None
        self._unasked: Question | None = None  # what is looked at although nobody has asked
        self._another = True  # whether the project is one that has not been looked at yet
        self.path = 0  # which of the strongest paths is looked at
        self._followed: object = None  # the units of the one that was chosen
        self._snapshot: Snapshot | None = None
        self._answer: Answer | None = None
        self._answerer: Answerer | None = None
        self._second: ThreadPoolExecutor | None = None
        self._asked_of: tuple[object, object] = (None, None)
        self._watched = False
        self._background = Background("explaining", self._inquiry, PAUSE, self)
        self._background.answered.connect(self._take)
        self._background.refused.connect(self._refuse)
        store.replaced.connect(self._forget)
        store.changed.connect(self._follow)

    @property
    def question(self) -> Question | None:
        """What is asked; None while nothing can be."""
        return self._question

    @property
    def answer(self) -> Answer | None:
        """The newest answer to the question that is asked."""
        return self._answer

    @property
    def snapshot(self) -> Snapshot | None:
        """The run that is looked at."""
        return self._snapshot

    def writable(self) -> str:
        """Why the number that is asked about cannot be written by hand, in a sentence; empty where it can."""
        question, snapshot = self._question, self._snapshot
        if question is None or not question.block or snapshot is None:
            return self.tr("Inputs come from the data.") if question else ""
        block = self._store.project.block(question.block)
        if not can_write_weights(block):
            return self.tr("The numbers of {} cannot be written down.").format(block.title)
        if self._store.resolved.blocks[self._store.project.index(block.name)].parameter_count > MOST_WRITTEN:
            return self.tr("Blocks with more than {} numbers cannot be written down.").format(count(MOST_WRITTEN))
        return ""

    def write(self, value: float) -> None:
        """Writes the number that is asked about: its block's present numbers become part of the project, as an edit."""
        question, snapshot = self._question, self._snapshot
        if question is None or snapshot is None or self.writable():
            return
        trained = {name: array.astype(float) for name, array in snapshot.tensors(question.block, "weight").items()}
        wanted = {name: array.copy() for name, array in trained.items()}
        number = wanted[question.parameter.rpartition(".")[2]]
        if snapshot.parameters.dtype.type(value) == number[question.index]:
            return
        number[question.index] = value
        if self._with(question.block, wanted) == self._store.project:
            # It stands in the project, but training has moved it. An edit that changes nothing could not be undone, so
            # what was trained is written down first.
            self._write(question.block, trained, self.tr("keep {} as trained").format(question.block))
        self._write(question.block, wanted, self.tr("write {}").format(question.name))

    def _write(self, block: str, arrays: dict[str, Array], text: str) -> None:
        self.written.emit(block)
        self._store.edit(self._with(block, arrays), text)

    def _with(self, block: str, arrays: dict[str, Array]) -> Project:
        """The project with a block's numbers written down."""
        return write_weights(self._store.project, block, {name: array.tolist() for name, array in arrays.items()})

    def cell(self, parameter: str, index: tuple[int, ...]) -> str:
        """What stands in a cell of the layer panel, with the formula and its numbers; empty where there is none."""
        answer = self._answer
        if answer is None or not answer.inquiry.snapshot.computed or answer.differs_in_training:
            return ""
        if answer.inquiry.snapshot.parameters.size > MOST_EXPLAINED:
            return ""
        from engine.explain.delta import products

        of = answer.question.of or "loss"
        try:
            parts = products(answer.one.explainer.explain(parameter, index, of=of))
            mean = answer.batch.explainer.explain(parameter, index, of=of).product
        except ProjectError:  # the chain has been edited since
            return ""
        return words.cell(answer, parameter, index, mean, parts)

    def watch(self, watched: bool) -> None:
        """Whether anybody looks at the answers."""
        self._watched = watched
        if watched:
            self._background.look()

    def ask(self, question: Question | None) -> None:
        """Another question; its answer comes as soon as it is computed."""
        if question == self._question:
            return
        self._question, self._answer, self.path, self._followed = question, None, 0, None
        self._another = self._another and question is None
        self.asked.emit(question)
        self._background.hurry()

    def look_at_path(self, number: int) -> None:
        """Chooses one of the strongest paths; while others overtake it, it stays the one that is looked at."""
        self.path = number
        if self._answer is not None and number < len(self._answer.paths):
            self._followed = self._answer.paths[number].units

    def ask_about_number(self, parameter: str, index: tuple[int, ...]) -> None:
        """Asks about one number; of what it was asked before, where that comes after it."""
        of = self._question.of if self._question else None
        wanted = Question(parameter, index, self._question.sample if self._question else None, of)
        self.ask(wanted if of is None or self._comes_after(of[0], wanted.block) else Question(parameter, index))

    def ask_of(self, block: str, unit: int = 0) -> None:
        """Asks how a block's output answers, or the error for an empty name, in place of what was asked of so far."""
        if self._question is not None and (not block or self._comes_after(block, self._question.block)):
            of = (block, unit) if block else None
            self.ask(msgspec.structs.replace(self._question, of=of))

    def later_blocks(self) -> list[tuple[str, int]]:
        """The blocks whose output can be asked of, with the number of their units."""
        if self._question is None:
            return []
        places, own = self._store.resolved.blocks, self._question.block
        return [
            (each.name, math.prod(each.output_shape))
            for each in places
            if each.output_shape and self._comes_after(each.name, own)
        ]

    def _comes_after(self, block: str, other: str) -> bool:
        return questions.comes_after(self._store.project, block, other)

    def ask_about_block(self, block: str) -> None:
        """Asks about the weight of a block that answers most strongly; nothing for a block without weights."""
        found = questions.about_block(block, self._snapshot, self._store.project, self._store.resolved)
        if found is not None and (self._question is None or self._question.block != block):
            self.ask(found)

    def ask_about_input(self) -> None:
        """Asks how the error answers the first input value."""
        shape = self._store.project.data.input_shape
        if self._store.resolved.ok and (self._question is None or self._question.parameter != questions.INPUT):
            self.ask(Question(questions.INPUT, (0,) * len(shape)))

    def draw(self, snapshot: Snapshot | None) -> None:
        """The run has gone on."""
        self._snapshot = snapshot
        if self._question is None and snapshot is not None and self._store.resolved.ok:
            self._begin(None, self._store.project)
        self._background.look()

    def submit(self, task: Callable[[], Any]) -> Future[Any]:
        """Has something else computed, in a second thread, so that it does not wait for an explanation."""
        self._second = self._second or ThreadPoolExecutor(1, thread_name_prefix="showing")
        return self._second.submit(task)

    def close(self) -> None:
        """Nothing more is asked; waits for what is under way."""
        self._watched = False
        self._background.close()
        if self._second is not None:
            self._second.shutdown(wait=True, cancel_futures=True)
            self._second = None

    def _follow(self, old: Project, new: Project) -> None:
        """Keeps the question where it can still be asked; begins anew where it cannot, and in another project."""
        resolved = self._store.resolved
        kept = None if self._another else questions.follow(self._question, new, resolved)
        self._begin(kept, new)

    def _begin(self, kept: Question | None, project: Project) -> None:
        """Asks the kept question, or what the project wants to be asked first."""
        resolved = self._store.resolved
        if kept is None:
            self._unasked = kept = questions.opening(project, resolved)
            self._another = kept is None
        self.ask(kept)

    def _forget(self) -> None:
        """Another project is about to be shown."""
        self._another = True

    def _inquiry(self) -> Work | None:
        """What is to be answered next; None while nobody looks, nothing is new, or the run is not yet of this chain."""
        snapshot, question = self._snapshot, self._question
        if not self._watched or question is None or snapshot is None:
            return None
        stale = snapshot.project.chain != self._store.project.chain
        if stale or (question == self._asked_of[0] and snapshot is self._asked_of[1]):
            return None
        from gui.chain_rule.answer import Answerer, Inquiry

        self._answerer = self._answerer or Answerer()
        self._asked_of = (question, snapshot)
        return partial(self._answerer.answer, Inquiry(question, snapshot))

    def _take(self, answer: Answer) -> None:
        """Shows an answer, unless something else has been asked meanwhile."""
        if not self._watched:
            self._asked_of = (None, None)  # nobody has seen it: to be asked again
        elif answer.question == self._question == self._unasked and answer.strongest:
            self.ask(msgspec.structs.replace(answer.question, index=answer.strongest))  # nobody asked for a zero
        elif answer.question == self._question:
            self._answer = answer
            self._find_path(answer)
            self.answered.emit(answer)

    def _refuse(self, sentence: str) -> None:
        if self._watched:
            self.refused.emit(sentence)

    def _find_path(self, answer: Answer) -> None:
        """The path that was chosen, wherever it stands now; the strongest while it is not among those listed."""
        units = [path.units for path in answer.paths]
        self.path = units.index(self._followed) if self._followed in units else 0
