"""Saving whatever happens: killed at any moment, or with any call of the system failing, the file is the old or the new
one, whole; the one before it is kept; nothing else stays behind.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.storage import Saved, backup_of, container, read_saved, stamp_of, write_saved
from engine.trainer import Trainer
from tests.engine.chains import tanh_chain

ROOT = Path(__file__).resolve().parents[2]
CALLS = ("open", "fdopen", "fsync", "close", "stat", "chmod", "replace", "link", "unlink")
posix = pytest.mark.skipif(os.name != "posix", reason="no such signals or permissions there")
not_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may write everywhere")


def trained(width: int, depth: int = 1, steps: int = 5) -> Saved:
    trainer = Trainer(tanh_chain(width, depth))
    trainer.run(steps)
    return trainer.saved()


OLDER, OLD, NEW, LARGE = trained(2), trained(3), trained(40), trained(300, 2)


@pytest.fixture
def path(tmp_path):
    """A file that has been saved twice, so that it has a backup."""
    path = tmp_path / "run.cascade"
    write_saved(path, OLDER)
    write_saved(path, OLD)
    return path


def is_any(path: Path, *among: Saved) -> bool:
    return path.read_bytes() in [container.packed(each) for each in among]


def names(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


class Writes:
    """An open file of which every write and flush is a call as well."""

    def __init__(self, file: Any, met: Callable[[str], None]) -> None:
        self._file, self._met = file, met

    def __enter__(self) -> Writes:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        self._file.write(data[: len(data) // 2])
        self._met("write")
        self._file.write(data[len(data) // 2 :])

    def flush(self) -> None:
        self._met("flush")
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


@contextmanager
def failing(number: int, error: BaseException, always: str = "") -> Iterator[list[str]]:
    """Lets the call of that number fail, and every call of the name ``always``; yields the names of those met."""
    met: list[str] = []

    def count(name: str) -> None:
        met.append(name)
        if len(met) == number or name == always:
            raise error

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            try:
                count(name)
            except BaseException:
                if name in ("fdopen", "close"):  # the descriptor is the system's to take back, even when it complains
                    patches["close"](arguments[0])
                raise
            found = real(*arguments, **options)
            return Writes(found, count) if name == "fdopen" else found

        return call

    patches = {name: getattr(os, name) for name in CALLS}
    for name, real in patches.items():
        setattr(os, name, counted(name, real))
    try:
        yield met
    finally:
        for name, real in patches.items():
            setattr(os, name, real)


def number_of_calls(path: Path, always: str = "") -> int:
    with failing(0, OSError(errno.EPERM, "Operation not permitted"), always) as met:
        write_saved(path, NEW)
    assert {"open", "write", "flush", "fsync", "chmod", "replace", "link"} <= set(met)
    assert met.index("fsync") < met.index("replace")
    write_saved(path, OLDER)
    write_saved(path, OLD)
    return len(met)


@pytest.mark.parametrize("always", ["", "link"], ids=["", "on a disk that knows no second names"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_whichever_call_fails_the_old_file_stays_or_the_new_one_is_there(path, code, always):
    total, outcomes = number_of_calls(path, always), set()
    for number in range(1, total + 1):
        write_saved(path, OLDER)
        write_saved(path, OLD)
        try:
            with failing(number, OSError(code, os.strerror(code)), always) as met:
                write_saved(path, NEW)
        except engine.ProjectError as error:
            assert is_any(path, OLD), met
            assert is_any(backup_of(path), OLDER, OLD), met
            assert str(error).startswith("run.cascade could not be written: ")
            assert str(error).endswith("nothing was changed.")
            assert str(error).isprintable()
            outcomes.add("refused")
        else:
            assert is_any(path, NEW), met
            assert is_any(backup_of(path), OLD), met
            outcomes.add("written")
        assert names(path) == {path.name, backup_of(path).name}, met
    assert outcomes == {"refused", "written"}


def test_the_first_file_of_a_folder_is_whole_or_not_there(tmp_path):
    path = tmp_path / "run.cascade"
    with failing(0, OSError()) as met:
        write_saved(path, NEW)
    for number in range(1, len(met) + 1):
        path.unlink(missing_ok=True)
        try:
            with failing(number, OSError(errno.ENOSPC, "No space left on device")):
                write_saved(path, NEW)
        except engine.ProjectError:
            assert names(path) == set()
        else:
            assert is_any(path, NEW)
            assert names(path) == {path.name}


def test_on_a_disk_that_knows_no_second_names_the_backup_is_a_copy(path):
    with failing(0, OSError(errno.EPERM, "Operation not permitted"), always="link"):
        write_saved(path, NEW)
    assert is_any(backup_of(path), OLD)
    assert names(path) == {path.name, backup_of(path).name}


def test_a_save_that_failed_behind_its_backup_can_be_tried_again(path):
    """File and backup are then two names of the same; the next save must leave no third."""
    backup_of(path).unlink()
    os.link(path, backup_of(path))
    write_saved(path, NEW)
    assert is_any(path, NEW)
    assert is_any(backup_of(path), OLD)
    assert names(path) == {path.name, backup_of(path).name}


def test_a_vanished_folder_is_said(tmp_path):
    path = tmp_path / "gone" / "run.cascade"
    with pytest.raises(engine.ProjectError, match=r"^run\.cascade could not be written: no such file or directory"):
        write_saved(path, NEW)


@not_root
def test_a_folder_that_may_not_be_written(path):
    path.parent.chmod(0o500)
    try:
        with pytest.raises(engine.ProjectError, match="permission denied; nothing was changed"):
            write_saved(path, NEW)
        assert is_any(path, OLD)
    finally:
        path.parent.chmod(0o700)


@posix
def test_a_disk_that_is_full_halfway(path):
    """The system itself refuses to let the file grow."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        with pytest.raises(engine.ProjectError, match="could not be written"):
            write_saved(path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert is_any(path, OLD)
    assert is_any(backup_of(path), OLDER)
    assert names(path) == {path.name, backup_of(path).name}


@posix
def test_permissions_stay_those_of_the_file(path):
    path.chmod(0o640)
    write_saved(path, NEW)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(backup_of(path).stat().st_mode) == 0o640


class TestStamps:
    def test_it_is_that_of_the_file_that_was_written(self, path):
        assert write_saved(path, NEW) == stamp_of(path)

    def test_whoever_else_writes_changes_it(self, path):
        before = stamp_of(path)
        assert stamp_of(path) == before
        path.write_bytes(path.read_bytes())
        assert stamp_of(path) != before
        before = stamp_of(path)
        write_saved(path, OLD)  # the same bytes in another file
        assert stamp_of(path) != before

    def test_there_is_none_without_a_file(self, path):
        path.unlink()
        assert stamp_of(path) is None
        assert stamp_of(path / "below") is None
        assert stamp_of(Path("a\0b")) is None


NURSERY = """
import os, sys
from pathlib import Path
from engine.storage import container, write_atomically, write_saved
from tests.engine.test_safe_saving import LARGE, OLD
path = Path(sys.argv[1])
whole = [container.packed(each) for each in (OLD, LARGE)]
for line in sys.stdin:
    child = os.fork()
    while not child:
        if int(line) % 2:
            write_saved(path, LARGE)
            write_saved(path, OLD)
        else:  # all of the time goes into writing then, and none into judging what is to be written
            for each in whole:
                write_atomically(path, each, backup=True)
    print(child, flush=True)
    os.waitpid(child, 0)
"""
"""Bears a process that does nothing but save, as often as it is told; so each need not load the program anew."""


def killed(path: Path, times: int) -> int:
    """Kills so many processes that save into a file, each at a random moment, and looks at the file after each. How
    many were met in the middle of a save.
    """
    choose, halves, whole = random.Random(7), 0, [container.packed(each) for each in (OLD, LARGE)]
    command = [sys.executable, "-c", NURSERY, path]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        for number in range(times):
            print(number, file=nursery.stdin, flush=True)
            child = int(nursery.stdout.readline())
            time.sleep(choose.uniform(0.001, 0.06))
            os.kill(child, signal.SIGKILL)
            assert read_saved(path).checkpoint.steps == 5
            assert path.read_bytes() in whole
            assert backup_of(path).read_bytes() in [*whole, container.packed(OLDER)]
            for rest in names(path) - {path.name, backup_of(path).name}:
                assert rest.startswith(".run.cascade.")
                (path.parent / rest).unlink(missing_ok=True)
                halves += 1
        nursery.stdin.close()
    return halves


@posix
def test_a_process_killed_while_it_saves_leaves_a_whole_file(path):
    killed(path, 20)


@posix
@pytest.mark.slow
def test_two_hundred_processes_killed_while_they_save_leave_two_hundred_whole_files(path):
    assert killed(path, 200) > 20
