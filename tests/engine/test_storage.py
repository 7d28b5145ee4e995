"""Files under failure: whatever goes wrong at whichever call, a file is the old or the new one and stands alone."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import engine
from engine.network import Network
from engine.storage import read_project, write_atomically, write_project, write_weights
from engine.strict import MAXIMUM_BYTES
from tests.engine.chains import DIGITS, dense, of, project, tanh_chain

OLD, NEW = tanh_chain(2, 1, name="Old"), tanh_chain(3, 2, name="New")
posix = pytest.mark.skipif(os.name != "posix", reason="files have no such properties there")
not_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may write everywhere")

# Every call of the operating system that can fail while a file is written, in no particular order.
CALLS: list[tuple[Any, str]] = [
    (tempfile, "mkstemp"),
    (os, "open"),
    (os, "fdopen"),
    (os, "fsync"),
    (os, "close"),
    (Path, "stat"),
    (Path, "chmod"),
    (Path, "replace"),
]


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException) -> Iterator[list[str]]:
    """Lets the call of that number fail and yields the names of all calls met; 0 lets none fail."""
    met: list[str] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            met.append(name)
            if len(met) == number:
                if name in ("fdopen", "close"):  # the descriptor is the system's to take back, even when it complains
                    (real if name == "close" else os.close)(arguments[0])
                raise error
            return real(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for owner, name in CALLS:
            patch.setattr(owner, name, counted(name, getattr(owner, name)))
        yield met


def calls_of_a_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    with failing(monkeypatch, 0, OSError()) as met:
        write_project(path, OLD)
    assert {"mkstemp", "fdopen", "fsync", "chmod", "replace"} <= set(met)
    assert met.index("fsync") < met.index("replace")  # a power cut must not find the new name on an empty file
    return len(met)


def refused(act: Callable[..., Any], *arguments: Any) -> str:
    """The one sentence with which something is refused, within a second."""
    started = time.process_time()
    with pytest.raises(engine.ProjectError) as caught:
        act(*arguments)
    assert time.process_time() - started < 1
    sentence = str(caught.value)
    assert len(sentence.splitlines()) == 1
    assert 0 < len(sentence) <= 300
    return sentence


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


class TestTheNthCallFails:
    """For every N, as long as a write has calls."""

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
    def test_the_file_is_the_old_or_the_new_one_and_alone(self, project_file, monkeypatch, code):
        total = calls_of_a_write(project_file, monkeypatch)
        outcomes = set()
        for number in range(1, total + 1):
            write_project(project_file, OLD)
            try:
                with failing(monkeypatch, number, OSError(code, os.strerror(code))) as met:
                    write_project(project_file, NEW)
            except engine.ProjectError as error:
                assert read_project(project_file) == OLD, met
                assert project_file.name in str(error)
                assert "nothing was changed" in str(error)
                assert os.strerror(code).lower() in str(error).lower()
                outcomes.add("refused")
            else:
                assert read_project(project_file) == NEW, met
                outcomes.add("written")
            assert names(project_file.parent) == [project_file.name], met
        assert outcomes == {"refused", "written"}  # once the file is in place, nothing is said to have gone wrong

    def test_no_file_is_left_where_there_was_none(self, project_file, monkeypatch):
        total = calls_of_a_write(project_file, monkeypatch)
        for number in range(1, total + 1):
            project_file.unlink(missing_ok=True)
            try:
                with failing(monkeypatch, number, OSError(errno.ENOSPC, "No space left on device")):
                    write_project(project_file, NEW)
            except engine.ProjectError:
                assert names(project_file.parent) == []
            else:
                assert names(project_file.parent) == [project_file.name]

    def test_a_person_who_interrupts_leaves_no_rest_either(self, project_file, monkeypatch):
        total = calls_of_a_write(project_file, monkeypatch)
        for number in range(3, total + 1):  # the first two calls make the temporary file
            write_project(project_file, OLD)
            with pytest.raises(KeyboardInterrupt), failing(monkeypatch, number, KeyboardInterrupt()):
                write_project(project_file, NEW)
            assert read_project(project_file) in (OLD, NEW)
            assert names(project_file.parent) == [project_file.name]

    def test_weights_are_written_as_carefully(self, tmp_path, monkeypatch):
        path = tmp_path / "weights.safetensors"
        one, other = (Network(tanh_chain(3, 1, training={"seed": seed})) for seed in (0, 1))
        total = calls_of_a_write(path, monkeypatch)
        for number in range(1, total + 1):
            write_weights(path, one)
            before = path.read_bytes()
            try:
                with failing(monkeypatch, number, OSError(errno.EIO, "Input/output error")):
                    write_weights(path, other)
            except engine.ProjectError:
                assert path.read_bytes() == before
            assert names(tmp_path) == [path.name]


class TestRealFailures:
    @posix
    def test_a_file_that_may_not_grow(self, project_file):
        """The system itself refuses the write halfway, by a limit on the size of files."""
        import resource

        write_project(project_file, OLD)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            sentence = refused(write_project, project_file, NEW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert project_file.name in sentence
        assert read_project(project_file) == OLD
        assert names(project_file.parent) == [project_file.name]

    def test_a_folder_stands_where_the_file_should(self, tmp_path):
        path = tmp_path / "lesson.json"
        path.mkdir()
        (path / "inside").write_text("kept")
        assert "lesson.json" in refused(write_project, path, NEW)
        assert names(tmp_path) == ["lesson.json"]
        assert names(path) == ["inside"]

    @pytest.mark.parametrize("parent", ["nowhere", "file"])
    def test_a_folder_that_is_none(self, tmp_path, parent):
        (tmp_path / "file").write_text("kept")
        assert "lesson.json" in refused(write_project, tmp_path / parent / "lesson.json", NEW)
        assert names(tmp_path) == ["file"]

    @not_root
    def test_a_folder_that_may_not_be_written(self, tmp_path):
        folder = tmp_path / "read only"
        folder.mkdir()
        write_project(folder / "lesson.json", OLD)
        folder.chmod(0o500)
        try:
            assert "lesson.json could not be written" in refused(write_project, folder / "lesson.json", NEW)
            assert read_project(folder / "lesson.json") == OLD
            assert names(folder) == ["lesson.json"]
        finally:
            folder.chmod(0o700)

    @not_root
    def test_a_folder_that_may_be_written_but_not_read(self, tmp_path):
        """It cannot be opened to make the new name last; the file is written all the same, and that is what is said."""
        folder = tmp_path / "drop box"
        folder.mkdir()
        folder.chmod(0o300)
        try:
            write_project(folder / "lesson.json", NEW)
            assert read_project(folder / "lesson.json") == NEW
        finally:
            folder.chmod(0o700)

    @pytest.mark.parametrize("name", ["a\0b.json", "x" * 300])
    def test_a_name_that_no_file_can_have(self, tmp_path, name):
        for act in (lambda path: write_project(path, NEW), engine.load):
            assert name[:1] in refused(act, tmp_path / name)
        assert names(tmp_path) == []

    @posix
    def test_the_longest_name_that_a_file_can_have(self, tmp_path):
        path = tmp_path / ("x" * 250 + ".json")
        write_project(path, NEW)
        assert read_project(path) == NEW
        assert names(tmp_path) == [path.name]

    def test_somebody_who_reads_meanwhile_sees_the_old_or_the_new_file(self, project_file):
        texts = {each.to_json() for each in (OLD, NEW)}
        write_project(project_file, OLD)
        seen: set[str] = set()
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                seen.add(project_file.read_text(encoding="utf-8"))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for _ in range(30):
                write_project(project_file, NEW)
                write_project(project_file, OLD)
        finally:
            done.set()
            reader.join()
        assert seen
        assert seen <= texts


class TestReading:
    def test_what_cannot_be_read_is_said_with_its_name(self, tmp_path):
        (tmp_path / "folder.json").mkdir()
        (tmp_path / "broken.json").write_text('{"chain": [')
        (tmp_path / "binary.json").write_bytes(bytes(range(256)))
        (tmp_path / "empty.json").touch()
        (tmp_path / "wrong.json").write_text('{"training": {"seed": -1}}')
        expected = {
            "missing.json": "no such file",
            "folder.json": "directory",
            "broken.json": "Not JSON",
            "binary.json": "UTF-8",
            "empty.json": "empty",
            "wrong.json": "training.seed",
        }
        for name, words in expected.items():
            for source in (tmp_path / name, str(tmp_path / name)):
                sentence = refused(engine.load, source)
                assert sentence.startswith(f"{name}: ")
                if os.name == "posix" or name != "folder.json":
                    assert words in sentence

    @pytest.mark.parametrize("path", ["", ".", "..", os.sep])
    def test_a_folder_without_a_name_is_named_too(self, path):
        assert len(refused(engine.load, path).partition(":")[0]) > 0

    @posix
    def test_links_that_lead_nowhere_or_round_in_circles(self, tmp_path):
        (tmp_path / "dangling.json").symlink_to(tmp_path / "nothing")
        (tmp_path / "circle.json").symlink_to(tmp_path / "circle.json")
        for name in ("dangling.json", "circle.json"):
            assert refused(engine.load, tmp_path / name).startswith(name)

    @not_root
    def test_a_file_that_may_not_be_read(self, project_file):
        write_project(project_file, OLD)
        project_file.chmod(0o000)
        assert "permission" in refused(engine.load, project_file)

    @posix
    @pytest.mark.parametrize("name", ["line\nbreak.json", "\x1b[31mred.json", "\udcff.json"])
    def test_a_strange_name_does_not_reach_the_terminal(self, tmp_path, name):
        assert refused(engine.load, tmp_path / name).isprintable()

    def test_too_large_a_file_is_refused_by_its_size_and_not_read(self, tmp_path):
        path = tmp_path / "large.json"
        with path.open("wb") as file:
            file.truncate(MAXIMUM_BYTES + 1 if sys.platform == "win32" else 2**33)  # a hole: nothing is stored
        sentence = refused(engine.load, path)
        assert sentence.startswith("large.json: ")
        assert "at most 16 MB" in sentence
        if sys.platform != "win32":
            assert "8192.0 MB" in sentence

    def test_the_largest_file_is_read(self, project_file):
        data = NEW.to_json().encode()
        project_file.write_bytes(data + b" " * (MAXIMUM_BYTES - len(data)))
        assert read_project(project_file) == NEW

    def test_a_byte_order_mark_and_other_line_ends_are_let_pass(self, project_file):
        project_file.write_bytes(b"\xef\xbb\xbf" + NEW.to_json().replace("\n", "\r\n").encode())
        assert read_project(project_file) == NEW


class TestWriting:
    def test_the_bytes_are_the_canonical_text(self, project_file):
        made = tanh_chain(
            2, 1, name="Größe ∂E/∂w", notes="eins\nzwei\r\n\t🙂", view={"zoom": 1.5, "größe": [None, True]}
        )
        write_project(project_file, made)
        assert project_file.read_bytes() == made.to_json().encode()
        assert read_project(project_file) == made
        assert read_project(project_file).to_json() == made.to_json()

    @posix
    @pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
    def test_a_new_file_may_be_read_by_whom_the_system_says(self, project_file, mask):
        """Temporary files are for their owner alone; the project is not one."""
        before = os.umask(mask)
        try:
            write_project(project_file, NEW)
            assert os.umask(mask) == mask  # asking for it has not changed it
        finally:
            os.umask(before)
        assert project_file.stat().st_mode & 0o777 == 0o666 & ~mask

    def test_nothing_and_much(self, tmp_path):
        path = tmp_path / "data"
        for data in (b"", b"\0" * (3 * 2**20)):
            write_atomically(path, data)
            assert path.read_bytes() == data


class TestWeights:
    CHAIN = project(
        of("conv2d", filters=3, kernel_size=2), of("batch_norm"), of("relu"), of("flatten"),
        dense(4, bias=False), of("layer_norm"), dense(10),
        loss="softmax_cross_entropy", data=DIGITS,
    )  # fmt: skip

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_shapes_are_public_and_values_those_of_the_network(self, tmp_path, dtype):
        made = engine.load({**json.loads(self.CHAIN.to_json()), "training": {"dtype": dtype}})
        trainer = engine.Trainer(made)
        trainer.run(3)
        path = tmp_path / "weights.safetensors"
        write_weights(path, trainer.network)
        stored = load_file(path)
        assert {key: array.shape for key, array in stored.items()} == {
            "conv2d_1.weight": (3, 1, 2, 2),
            "conv2d_1.bias": (3,),
            "batch_norm_1.weight": (3,),
            "batch_norm_1.bias": (3,),
            "batch_norm_1.running_mean": (3,),
            "batch_norm_1.running_var": (3,),
            "dense_1.weight": (4, 147),
            "layer_norm_1.weight": (4,),
            "layer_norm_1.bias": (4,),
            "dense_2.weight": (10, 4),
            "dense_2.bias": (10,),
        }
        for key, array in trainer.network.state_dict().items():
            assert stored[key].dtype == dtype
            assert np.array_equal(stored[key], array)

    def test_read_into_another_network_they_predict_the_same(self, tmp_path):
        trainer = engine.Trainer(self.CHAIN)
        trainer.run(3)
        path = tmp_path / "weights.safetensors"
        write_weights(path, trainer.network)
        fresh = Network(self.CHAIN)
        x = trainer.train.inputs[:5]
        assert not np.array_equal(fresh.predict(x), trainer.network.predict(x))
        fresh.load_state_dict(load_file(path))
        assert np.array_equal(fresh.predict(x), trainer.network.predict(x))

    def test_a_stranger_can_tell_where_they_come_from(self, tmp_path):
        path = tmp_path / "weights.safetensors"
        write_weights(path, Network(NEW))
        with safe_open(path, "numpy") as file:
            assert file.metadata() == {"program": "cascade"}
