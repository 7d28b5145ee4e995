"""The training process: a runner between a pipe of commands and a board of snapshots. It imports no Qt."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any

from engine.project import Project, ProjectError, decode
from engine.run.board import Board
from engine.run.events import Died, State, Switched
from engine.run.runner import Runner, sentence

SLICE = 0.008  # seconds of training between two looks at the pipe
PUBLISH_EVERY = 0.016
PUBLISH_SHARE = 20  # publishing takes at most one part in so many of the time


def main(connection: Connection, project_json: str, board_name: str) -> None:
    """Runs until told to close, or until the window's process is gone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = _Worker(connection)
    try:
        worker.begin(decode(project_json), board_name)
        worker.loop()
    except (EOFError, ConnectionError):  # the window is gone
        pass
    except ProjectError as error:  # a data file that is not there, or another one
        connection.send(Died(str(error)))
    except Exception as error:  # crosses to the window with its traceback
        connection.send(Died(f"Training stopped: {sentence(error)}", traceback.format_exc()))
    finally:  # only now, when no frame of an error holds views of the boards any more
        worker.close()


def _end_with_parent() -> None:
    """A killed window must not leave a process behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(3)


class _Worker:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._boards: list[Board] = []  # the last one is in use; one before it only while it is being replaced
        self._publish_after = 0.0

    def begin(self, project: Project, board_name: str) -> None:
        """The project, paused."""
        self._boards.append(Board(project, board_name))
        self._runner = Runner(project, self._connection.send)
        self._publish()
        self._connection.send(State("paused"))

    def close(self) -> None:
        """Lets the boards go."""
        while self._boards:
            self._boards.pop().close()

    def loop(self) -> None:
        """Commands first, then a slice of training, then the board when it is due."""
        while True:
            if self._connection.poll(self._runner.wait()):
                name, *arguments = self._connection.recv()
                if name == "close":
                    return
                self._obey(name, arguments)
                continue
            self._runner.advance(SLICE)
            if not self._runner.running or time.perf_counter() >= self._publish_after:
                self._publish()

    def _obey(self, name: str, arguments: list[Any]) -> None:
        if name in ("edit", "reset"):
            text, board_name, *more = arguments
            self._take(name, decode(text), board_name, *more)
        else:
            getattr(self._runner, name)(*arguments)
        if not self._runner.running:
            self._publish()

    def _take(self, name: str, project: Project, board_name: str | None, fresh: tuple[str, ...] = ()) -> None:
        """An edit or a reset with a project; a chain of another layout comes with a board of its own."""
        if board_name:
            self._boards.append(Board(project, board_name))
        if name == "edit":
            self._runner.edit(project, fresh)
        else:
            self._runner.reset(project)
        if board_name:
            self._boards.pop(0).close()
            self._publish()
            self._connection.send(Switched(board_name))

    def _publish(self) -> None:
        started = time.perf_counter()
        self._boards[-1].publish(self._runner.trainer, self._runner.rate, self._runner.story)
        now = time.perf_counter()
        self._publish_after = now + max(PUBLISH_EVERY, PUBLISH_SHARE * (now - started))
