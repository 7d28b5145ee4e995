"""The command ``train``: trains to a goal, reports, and stops cleanly on Ctrl-C."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import engine
from engine import storage
from engine.cli.common import DONE, INTERRUPTED, add_file, between, opened, working
from engine.faults import NumericalFault
from engine.findings import Finding
from engine.project import ProjectError
from engine.saved import Saved

if TYPE_CHECKING:
    from engine.trainer import Trainer

WEIGHTS = ".safetensors"
DEFAULT_EPOCHS = 100
BAR_WIDTH = 24
LONGEST_PIECE = 100_000  # steps
SLICE = 0.1  # seconds of training between two looks at the progress bar


def add(command: argparse.ArgumentParser) -> None:
    """The words of the command."""
    add_file(command)
    length = command.add_mutually_exclusive_group()
    more = "so many more where FILE has been trained"
    length.add_argument("--steps", type=between(1, 10**9), metavar="N", help=f"train for N steps; {more}")
    length.add_argument("--epochs", type=between(1, 10**9), metavar="N", help=f"train for N epochs; {more}")
    seed = "begin anew, with another seed than the project's"
    command.add_argument("--seed", type=between(0, 2**31 - 1), metavar="S", help=seed)
    out = f"write FILE{storage.SUFFIX}, from which training goes on, or FILE{WEIGHTS}, the weights alone"
    command.add_argument("--out", type=Path, metavar="FILE", help=out)
    command.add_argument("--json", action="store_true", help="print one JSON object a line, at least one an epoch")
    command.set_defaults(command=_train)


def _train(arguments: argparse.Namespace) -> int:
    saved = opened(arguments.file)
    if arguments.seed is not None:
        training = msgspec.structs.replace(saved.project.training, seed=arguments.seed)
        saved = Saved(msgspec.structs.replace(saved.project, training=training))
    if arguments.out is not None:
        _judge(arguments.out)
    working(saved.project)
    trainer = engine.Trainer.resumed(saved)
    report = _Lines() if arguments.json else _Bar()
    with _interruptible() as interrupted, _told(trainer, report):
        for _ in _epochs(trainer, _goal(arguments, trainer), report):
            if interrupted():
                break
    report.finish(trainer)
    if arguments.out is not None:
        _write(arguments.out, trainer)
    return INTERRUPTED if interrupted() else DONE


def _judge(out: Path) -> None:
    """Refuses a file that could not be written: before hours of training, not after."""
    if out.suffix not in (storage.SUFFIX, WEIGHTS):
        raise ProjectError(f"--out takes a name that ends in {storage.SUFFIX} or {WEIGHTS}, given {out.name}.")
    if not out.parent.is_dir():
        raise ProjectError(f"--out names a folder that does not exist: {out.parent}.")


def _write(out: Path, trainer: Trainer) -> None:
    if out.suffix == WEIGHTS:
        storage.write_weights(out, trainer.network)
    else:
        storage.write_saved(out, trainer.saved())


def _goal(arguments: argparse.Namespace, trainer: Trainer) -> int | None:
    """The step to stop at; None where the project says itself when to stop."""
    training = trainer.project.training
    if arguments.steps:
        return trainer.steps + int(arguments.steps)
    if arguments.epochs is None and (training.stop_at_step is not None or training.stop_at_loss is not None):
        return None
    return trainer.steps + (arguments.epochs or DEFAULT_EPOCHS) * trainer.steps_per_epoch


def _epochs(trainer: Trainer, goal: int | None, report: _Lines | _Bar) -> Iterator[None]:
    """Trains to the goal or to the project's own stop, in pieces short enough for the report and for Ctrl-C."""
    piece, left = 1, math.inf
    while left > 0 and not trainer.finished:
        left = math.inf if goal is None else goal - trainer.steps
        to_epoch = trainer.steps_per_epoch - trainer.steps % trainer.steps_per_epoch
        count = int(min(piece, to_epoch, left))
        started = time.perf_counter()
        trainer.run(count)
        took = time.perf_counter() - started
        piece = min(LONGEST_PIECE, max(1, int(piece * min(2.0, SLICE / max(took, 1e-6)))))
        left -= count
        report.news(trainer.take_news())
        if trainer.steps % trainer.steps_per_epoch == 0 or left <= 0 or trainer.finished:
            report.epoch(trainer, last=left <= 0 or bool(trainer.finished))
        report.progress(trainer, goal)
        yield


@contextmanager
def _told(trainer: Trainer, report: _Lines | _Bar) -> Iterator[None]:
    """Has a fault reported, after what was found before it, on its way to the end of the command."""
    try:
        yield
    except NumericalFault as fault:
        report.news(trainer.take_news())
        report.fault(fault)
        raise


@contextmanager
def _interruptible() -> Iterator[Any]:
    """Turns Ctrl-C into a flag, so that training stops between two steps."""
    pressed: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, previous)


def _line(trainer: Trainer) -> dict[str, float]:
    return {"step": trainer.steps, "epoch": round(trainer.epoch, 6), **trainer.evaluate()}


class _Lines:
    """One JSON object a line: after every epoch, and at the end; events between them."""

    def news(self, findings: list[Finding]) -> None:
        for finding in findings:
            told = {"event": "recovered" if finding.over else "warning", **msgspec.to_builtins(finding)}
            print(json.dumps(told), flush=True)

    def fault(self, fault: NumericalFault) -> None:
        names = ("kind", "step", "block", "text", "suggestion")
        print(json.dumps({"event": "fault", **{name: getattr(fault, name) for name in names}}), flush=True)

    def epoch(self, trainer: Trainer, last: bool) -> None:
        if not last:
            print(json.dumps(_line(trainer)), flush=True)

    def progress(self, trainer: Trainer, goal: int | None) -> None:
        """The lines say enough."""

    def finish(self, trainer: Trainer) -> None:
        print(json.dumps({**_line(trainer), "done": True}), flush=True)


class _Bar:
    """A progress bar on the terminal, and for everybody a closing line, after what is wrong with blocks."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._due = 0.0

    def news(self, findings: list[Finding]) -> None:
        """Said at the end, as it then stands."""

    def fault(self, fault: NumericalFault) -> None:
        self._clear()  # the sentence follows, as for every error

    def epoch(self, trainer: Trainer, last: bool) -> None:
        """The bar follows by time."""

    def progress(self, trainer: Trainer, goal: int | None) -> None:
        if not self._terminal or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + SLICE
        aim = goal or trainer.project.training.stop_at_step
        share = min(1.0, trainer.steps / aim) if aim else 0.0
        bar = ("#" * round(share * BAR_WIDTH)).ljust(BAR_WIDTH, ".")
        text = f"[{bar}] step {trainer.steps:,}  epoch {trainer.epoch:.1f}  loss {trainer.loss:.4g}"
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def finish(self, trainer: Trainer) -> None:
        self._clear()
        for finding in trainer.findings:
            print(finding.text, finding.suggestion)
        if trainer.finished:
            print(trainer.finished)
        found = "  ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in trainer.evaluate().items())
        print(f"step {trainer.steps:,}  epoch {trainer.epoch:.4g}  {found}")

    def _clear(self) -> None:
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr)
