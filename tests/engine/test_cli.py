"""The command line under its contract: what each line holds, how each run ends, what an interrupted one leaves."""

from __future__ import annotations

import itertools
import json
import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import engine
from engine import storage
from engine.faults import NumericalFault
from tests.engine.chains import dense, of, project, tanh_chain

ROOT = Path(__file__).resolve().parents[2]
CLASSES = {"step", "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy"}
VALUES = {"step", "epoch", "loss", "r2", "validation_loss", "validation_r2"}
posix = pytest.mark.skipif(os.name != "posix", reason="no such signals and pipes there")


@pytest.fixture
def written(tmp_path):
    """Writes a project and returns its path."""
    numbers = itertools.count(1)

    def write(made: Any) -> Path:
        path = tmp_path / f"project_{next(numbers)}.json"
        storage.write_project(path, made)
        return path

    return write


def small(**training: Any) -> Any:
    """Twenty training samples and five held out, in batches of eight: three steps an epoch."""
    data = of("moons", samples=25)
    return tanh_chain(3, 1, data=data, training={"batch_size": 8, **training})


def lines(text: str) -> list[dict[str, Any]]:
    """The objects of a text, one a line. Python would take NaN for a number; JSON knows none."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def spoken_of(result: tuple[int, str, str], code: int = 2) -> str:
    """The one sentence of a command that could not be done."""
    found, out, err = result
    assert (found, out) == (code, "")
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1
    assert err.startswith("cascade: ")
    assert "Traceback" not in err
    assert err.strip().isprintable()
    return err


class TestExamples:
    def test_one_line_each_name_two_spaces_text(self, run):
        code, out, err = run("examples")
        assert (code, err) == (0, "")
        found = [re.fullmatch(r"([a-z0-9_]+)  (\S.*\S)", line) for line in out.splitlines()]
        assert all(found)
        assert {"domino", "xor", "spirals", "digits", "iris", "vanishing"} <= {match[1] for match in found}
        for match in found:
            assert engine.load(f"example:{match[1]}").notes.startswith(match[2])

    def test_every_listed_name_is_valid(self, run):
        for line in run("examples")[1].splitlines():
            assert run("validate", f"example:{line.partition('  ')[0]}") == (0, "", "")


class TestValidate:
    def test_what_can_be_trained_is_passed_in_silence(self, run, written):
        assert run("validate", written(small())) == (0, "", "")

    @pytest.mark.parametrize(
        ("made", "said"),
        [
            (project(dense(7)), "loss: Binary cross entropy over 2 classes needs 1 output, gets 7."),
            (project(dense(7), dense(1), data=of("digits")), "dense_1: Dense needs a flat input, gets 1x8x8."),
            (project(of("tanh")), "(1 more)"),
            (project(dense(16384), dense(16384), dense(1)), "GB"),
        ],
        ids=["outputs", "shape", "two problems", "memory"],
    )
    def test_the_first_problem_is_said_with_its_place(self, run, written, made, said):
        path = written(made)
        assert said in spoken_of(run("validate", path))
        assert said in spoken_of(run("train", path, "--json"))

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "empty"),
            (b"\xff\xfe", "UTF-8"),
            (b"[]", "object"),
            (b'{"chain": [{"kind": "dense", "units": "7"}]}', "chain[0].units"),
            (b'{"notes": "\\ud800"}', "notes"),
            (b'{"name": "\\u001b[31m"}', "printable"),
            (b'{"\\u001b[31m": 1}', "no field"),
            (b"[" * 100_000, "nested"),
        ],
        ids=str,
    )
    def test_what_is_no_project_is_said_with_the_file(self, run, tmp_path, data, said):
        path = tmp_path / "lesson.json"
        path.write_bytes(data)
        for command in ("validate", "train"):
            sentence = spoken_of(run(command, path))
            assert "lesson.json: " in sentence
            assert said in sentence

    @pytest.mark.parametrize("name", ["", ".", "example:", "example:nothing", "example:../xor", "-", "nothing\n.json"])
    def test_what_is_no_file(self, run, name):
        assert spoken_of(run("validate", f"./{name}" if name == "-" else name))


class TestUsage:
    @pytest.mark.parametrize(
        "words",
        [
            ["--steps", "1", "--epochs", "1"],
            ["--steps", "0"],
            ["--steps", "-1"],
            ["--steps", "1.5"],
            ["--steps", "1e3"],
            ["--steps", "1_000"],
            ["--steps", " 1"],
            ["--steps", "²"],
            ["--steps", "٣"],
            ["--steps", "1000000001"],
            ["--epochs", "9" * 5000],
            ["--epochs", ""],
            ["--epochs"],
            ["--seed", "2147483648"],
            ["--seed", "-0"],
            ["--seed", "x"],
            ["--out", "weights"],
            ["--out", "weights.json"],
            ["--out", ""],
            ["--nonsense"],
            ["another.json"],
        ],
        ids=lambda words: " ".join(words)[:30],
    )
    def test_what_is_not_allowed_is_said_before_anything_is_trained(self, run, words, monkeypatch):
        monkeypatch.setattr(engine.Trainer, "run", lambda *_: pytest.fail("trained"))
        spoken_of(run("train", "example:xor", *words))

    def test_a_folder_that_does_not_exist_is_said_before_hours_of_training(self, run, tmp_path, monkeypatch):
        monkeypatch.setattr(engine.Trainer, "run", lambda *_: pytest.fail("trained"))
        out = tmp_path / "nowhere" / "weights.safetensors"
        assert "nowhere" in spoken_of(run("train", "example:xor", "--out", out))
        assert not out.parent.exists()

    @pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["validate", "--help"], ["examples", "--help"]])
    def test_help_is_no_error(self, run, words):
        code, out, err = run(*words)
        assert (code, err) == (0, "")
        assert out.startswith("usage: cascade")

    def test_the_version(self, run):
        assert run("--version") == (0, f"cascade {engine.__version__}\n", "")


class TestTraining:
    def test_an_object_for_every_epoch_and_the_last_is_done(self, run, written):
        code, out, err = run("train", written(small()), "--epochs", 4, "--json")
        assert (code, err) == (0, "")
        found = lines(out)
        assert [(line["step"], line["epoch"]) for line in found] == [(3, 1), (6, 2), (9, 3), (12, 4)]
        assert [set(line) for line in found] == [*[CLASSES] * 3, CLASSES | {"done"}]
        assert found[-1]["done"] is True
        assert all(math.isfinite(value) for line in found for value in line.values())

    def test_regression_has_r2_in_place_of_accuracy(self, run, written):
        made = project(dense(1), loss="huber", data=of("sine", samples=20))
        found = lines(run("train", written(made), "--epochs", 2, "--json")[1])
        assert [set(line) for line in found] == [VALUES, VALUES | {"done"}]

    def test_steps_that_end_within_an_epoch(self, run, written):
        found = lines(run("train", written(small()), "--steps", 7, "--json")[1])
        assert [line["step"] for line in found] == [3, 6, 7]
        assert found[-1]["epoch"] == pytest.approx(2 + 8 / 20)  # by samples: batches are not equally large

    def test_every_line_is_what_a_trainer_evaluates_there(self, run, written):
        path = written(small())
        trainer = engine.Trainer(engine.load(path))
        for line in lines(run("train", path, "--steps", 7, "--json")[1]):
            trainer.run(line["step"] - trainer.steps)
            assert {key: line[key] for key in line if key not in ("step", "epoch", "done")} == trainer.evaluate()

    def test_without_a_number_a_hundred_epochs(self, run, written):
        found = lines(run("train", written(small()), "--json")[1])
        assert len(found) == 100
        assert (found[-1]["step"], found[-1]["epoch"]) == (300, 100)

    def test_without_a_number_a_project_stops_where_it_says(self, run, written):
        found = lines(run("train", written(small(stop_at_step=5)), "--json")[1])
        assert [line["step"] for line in found] == [3, 5]
        found = lines(run("train", written(small(stop_at_loss=1e9)), "--json")[1])
        assert [line["step"] for line in found] == [3]
        assert found[-1]["done"] is True

    def test_the_earlier_of_two_ends_counts(self, run, written):
        path = written(small(stop_at_step=5))
        assert lines(run("train", path, "--steps", 4, "--json")[1])[-1]["step"] == 4
        assert lines(run("train", path, "--steps", 9, "--json")[1])[-1]["step"] == 5

    def test_the_seed_decides(self, run, written):
        path = written(small(seed=3))

        def trained(*words: Any) -> str:
            return run("train", path, "--steps", 9, "--json", *words)[1]

        assert trained() == trained() == trained("--seed", 3)
        assert len({trained("--seed", seed) for seed in (0, 1, 2, 3, 2**31 - 1)}) == 5
        assert engine.load(path).training.seed == 3  # the file itself stays

    def test_a_seed_given_here_is_the_projects_in_everything(self, run, written):
        assert (
            run("train", written(small(seed=3)), "--steps", 9, "--seed", 8, "--json")
            == run("train", written(small(seed=8)), "--steps", 9, "--json")
        )  # fmt: skip

    def test_for_people_there_is_a_closing_line(self, run, written):
        code, out, err = run("train", written(small()), "--steps", 7)
        assert (code, err) == (0, "")
        (line,) = out.splitlines()
        assert line.startswith("step 7  epoch 2")
        assert "validation accuracy" in line
        code, out, _ = run("train", written(small(stop_at_step=5)))
        assert out.splitlines()[0] == "Stopped at step 5, as set."

    def test_numbers_that_overflow_end_in_a_sentence(self, run, written):
        made = project(
            dense(3), dense(1), loss="mean_squared_error", data=of("sine"), optimizer=of("sgd", learning_rate=100)
        )
        with pytest.raises(NumericalFault) as caught:
            engine.Trainer(made).run(500)
        fault = caught.value
        code, out, err = run("train", written(made), "--json", "--steps", 500)
        assert code == 2
        assert err == f"cascade: {fault}\n"
        *_, told = lines(out)
        assert told == {
            "event": "fault", "kind": fault.kind, "step": fault.step, "block": fault.block, "text": fault.text,
            "suggestion": fault.suggestion,
        }  # fmt: skip
        code, out, err = run("train", written(made), "--steps", 500)
        assert (code, out, err) == (2, "", f"cascade: {fault}\n")

    def test_sick_units_are_events_between_the_lines(self, run, written):
        """All are dead from the first step on; the lines themselves stay what they are without them."""
        made = project(
            dense(5, bias_init=of("constant", value=-9.0)), of("relu"), dense(1), data=of("moons", samples=50)
        )
        said = lines(run("train", written(made), "--json", "--epochs", 3)[1])
        events = [each for each in said if "event" in each]
        assert [each["step"] for each in said if "event" not in each] == [2, 4, 6]
        (event,) = events
        assert said[0] == event
        text = "relu_1: 5 of 5 units are dead: they output 0 for every training sample (step 2)."
        assert (event["event"], event["kind"], event["block"], event["step"]) == ("warning", "dead", "relu_1", 2)
        assert (event["text"], event["count"], event["of"], event["units"]) == (text, 5, 5, [0, 1, 2, 3, 4])
        assert "Leaky ReLU" in event["suggestion"]
        first, last = run("train", written(made), "--epochs", 3)[1].splitlines()
        assert first == f"{text} {event['suggestion']}"
        assert last.startswith("step 6")


class TestWeights:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_they_are_those_of_a_trainer(self, run, written, tmp_path, dtype):
        path, out = written(small(dtype=dtype)), tmp_path / "weights.safetensors"
        assert run("train", path, "--steps", 10, "--seed", 5, "--json", "--out", out)[0] == 0
        trainer = engine.Trainer(small(dtype=dtype, seed=5))
        trainer.run(10)
        expected, stored = trainer.network.state_dict(), load_file(out)
        assert stored.keys() == expected.keys()
        assert all(np.array_equal(stored[key], array) for key, array in expected.items())
        assert {array.dtype for array in stored.values()} == {np.dtype(dtype)}

    def test_they_replace_older_ones(self, run, written, tmp_path):
        out = tmp_path / "weights.safetensors"
        out.write_bytes(b"old")
        assert run("train", written(small()), "--steps", 1, "--out", out)[0] == 0
        assert load_file(out).keys() == {"dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"}

    def test_a_disk_without_room_is_said_and_the_older_ones_stay(self, run, written, tmp_path, monkeypatch):
        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        out = tmp_path / "weights.safetensors"
        out.write_bytes(b"old")
        path = written(small())
        monkeypatch.setattr(os, "fsync", full)
        code, _, err = run("train", path, "--steps", 1, "--json", "--out", out)
        assert code == 2
        assert "weights.safetensors could not be written: no space left" in err
        assert len(err.splitlines()) == 1
        assert out.read_bytes() == b"old"


class TestErrors:
    def test_a_traceback_only_when_asked_for(self, run, written):
        path = written(project(dense(7)))
        plain, debugged = run("validate", path), run("validate", path, "--debug")
        assert plain[0] == debugged[0] == 2
        assert "Traceback" not in plain[2]
        assert debugged[2].startswith("Traceback")
        assert "ProjectError" in debugged[2]
        assert debugged[2].endswith(plain[2])

    def test_an_error_of_our_own_is_a_sentence_and_exit_code_1(self, run, monkeypatch):
        def broken(*_: Any) -> None:
            raise ZeroDivisionError("division by zero")

        monkeypatch.setattr(engine.Trainer, "run", broken)
        sentence = spoken_of(run("train", "example:xor"), code=1)
        assert sentence == "cascade: Internal error: ZeroDivisionError: division by zero\n"
        code, _, err = run("train", "example:xor", "--debug")
        assert code == 1
        assert "Traceback" in err
        assert err.endswith(sentence)

    def test_ctrl_c_before_training_is_130_in_silence(self, run, monkeypatch):
        def pressed(*_: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(engine, "load", pressed)
        assert run("validate", "example:xor") == (130, "", "")

    def test_ctrl_c_is_given_back_after_training(self, run, written):
        before = signal.getsignal(signal.SIGINT)
        run("train", written(small()), "--steps", 1)
        assert signal.getsignal(signal.SIGINT) is before


def started(*words: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "main.py", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@posix
class TestInterrupted:
    def test_it_stops_between_two_steps_saves_and_exits_130(self, written, tmp_path):
        """What is saved is what a trainer has after exactly as many steps as were reported."""
        path, out = written(small()), tmp_path / "weights.safetensors"
        with started("train", path, "--epochs", 10**9, "--out", out, "--json") as process:
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            said, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (130, "")
        last = lines(said)[-1]
        assert last["done"] is True
        trainer = engine.Trainer(small())
        trainer.run(last["step"])
        stored = load_file(out)
        assert all(np.array_equal(stored[key], array) for key, array in trainer.network.state_dict().items())
        assert last["loss"] == trainer.evaluate()["loss"]
        assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, out.name]

    def test_without_out_nothing_is_written(self, written, tmp_path):
        path = written(small())
        with started("train", path, "--epochs", 10**9, "--json") as process:
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
        assert process.returncode == 130
        assert [each.name for each in tmp_path.iterdir()] == [path.name]

    def test_a_reader_that_has_gone_is_no_error(self, written):
        """As in ``... | head -1``."""
        with started("train", written(small()), "--epochs", 10**9, "--json") as process:
            process.stdout.readline()
            process.stdout.close()
            assert process.wait(timeout=20) == 0
            assert process.stderr.read() == ""
