"""Exports in general: what people have written stays inert, programs are well laid out, tables open safely."""

from __future__ import annotations

import ast
import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

import engine
from engine.exports import FORMATS, Work, table
from engine.exports.code import literal
from engine.exports.schedules import factor
from engine.exports.source import LARGEST_DATA
from engine.project import SCHEDULES, ProjectError, change, replace_block
from engine.run.snapshot import HistoryView, take
from engine.storage import EXAMPLES
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project, tanh_chain
from tests.engine.exported import DATA, training, works, written

PROGRAMS = ("pytorch", "numpy")
ROOT = Path(__file__).resolve().parents[2]


# What people have written.

HOSTILE = [
    '"""\nimport os; os.abort()\n"""',
    "'''; raise SystemExit #",
    'r"""}"""); print(1) #',
    "\\",
    '\\"""',
    "$project ${seed} $$",
    "{0} %s %(prog)s",
    "line\u2028separator\u2029\x85\x0b\x0c\r\n# comment",
    "\ud7ff\ufeff<b>markup</b>",
    "\x00\x1b[31m",
]


def printable(text: str) -> str:
    return "".join(each for each in text if each.isprintable())[:120].strip() or "x"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(PROGRAMS))
@example("".join(HOSTILE), "pytorch")
@example("".join(HOSTILE), "numpy")
def test_what_people_have_written_stands_in_one_json_literal(text: str, name: str) -> None:
    """The program is the same whatever they have written, but for that one constant."""
    plain = tanh_chain(3, data=of("xor", samples=10))
    made = change(plain, name=printable(text), notes=text)
    stays, changes = (source(name, each) for each in (plain, made))
    assert changes.isascii()
    assert len(changes.splitlines()) == len(stays.splitlines())
    (before, words), (after, others) = without_words(stays), without_words(changes)
    assert before == after
    assert json.loads(words)["notes"] == ""
    assert (json.loads(others)["name"], json.loads(others)["notes"]) == (made.name, text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_one_constant_that_reads_back(text: str) -> None:
    written_down = literal({"notes": text})
    found = ast.parse(written_down, mode="eval").body
    assert isinstance(found, ast.Constant)
    assert json.loads(found.value) == {"notes": text}


def source(name: str, made: Any) -> str:
    files = FORMATS[name].files(Work(made))
    return next(iter(files.values())).decode()


def without_words(text: str) -> tuple[str, str]:
    """The program with the project's words taken out, and these words."""
    tree = ast.parse(text)
    (words,) = [each for each in tree.body if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "WORDS"]
    assert isinstance(words.value, ast.Constant)
    said = words.value.value
    words.value = ast.Constant("")
    return ast.unparse(tree), said


@pytest.mark.parametrize("name", PROGRAMS)
def test_names_of_blocks_stand_in_comments_alone(name: str) -> None:
    made = tanh_chain(3, data=of("xor", samples=10))
    for block, other in zip(made.chain, ("class", "__import__".strip("_"), "self", "zebra", "x"), strict=True):
        made = replace_block(made, block.name, change(block, name=other))
    text = source(name, made)
    code, words = without_words(text)
    assert "zebra" not in code
    assert "(zebra)" in text or "# zebra" in text
    assert list(json.loads(words)["blocks"].values()) == [block.name for block in made.chain]


# How programs look.


def ruff(folder: Path) -> None:
    for words in (["check"], ["format", "--check"], ["format", "--check", "--line-length", "120"]):
        command = [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", str(folder)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=200)
        assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_example_is_well_laid_out(name: str, tmp_path: Path) -> None:
    for each in EXAMPLES:
        written(Work(engine.load(f"example:{each}")), name, tmp_path, each)
    ruff(tmp_path)


@pytest.mark.parametrize("name", PROGRAMS)
def test_random_work_is_well_laid_out(name: str, tmp_path: Path) -> None:
    count = 0

    @settings(max_examples=25, database=None, suppress_health_check=list(HealthCheck))
    @given(works())
    def write(work: Work) -> None:
        nonlocal count
        count += 1
        written(work, name, tmp_path, f"work_{count}")

    write()
    long = "a" * 64
    made = project(dense(3, name=long, frozen=True), of("elu", alpha=0.1234567890123456), dense(1), data=DATA["huber"],
                   loss="huber", optimizer=of("adamw", beta1=0.1234567890123456, beta2=0.1234567890123456),
                   training=training(stop_at_step=9, stop_at_loss=0.1234567890123456))  # fmt: skip
    written(Work(made), name, tmp_path, long)
    ruff(tmp_path)


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("warmup", [0, 7])
def test_schedules_are_the_very_numbers(kind: Any, warmup: int) -> None:
    schedule = change(kind(), warmup=warmup, **{"steps": 20, "floor": 0.1} if kind().kind == "cosine" else {})
    body = "\n".join(f"    {line}" for line in factor(schedule))
    names: dict[str, Any] = {}
    exec(f"import math\ndef found(step):\n{body}\n", names)  # noqa: S102  it is our own text
    assert [names["found"](step) for step in range(1, 40)] == [schedule.factor(step) for step in range(1, 40)]


# What is refused.


@pytest.mark.parametrize("name", PROGRAMS)
def test_more_samples_than_can_be_written_down_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.exports.source.LARGEST_DATA", 1000)
    with pytest.raises(ProjectError, match="at most 0 MB are exported"):
        FORMATS[name].files(Work(tanh_chain(3)))
    assert LARGEST_DATA > 10**8


def test_without_the_package_onnx_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ProjectError, match=r'pip install "cascade\[onnx\]"'):
        FORMATS["onnx"].files(Work(tanh_chain(3)))


def test_every_format_says_what_it_is() -> None:
    for name, each in FORMATS.items():
        assert each.name == name
        assert each.title
        assert each.about
        assert each.suffix.startswith(".")


# Tables.


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_the_history_is_a_row_a_step_with_all_digits() -> None:
    trainer = Trainer(engine.load("example:spirals"))
    trainer.run(200)
    work = Work.of(take(trainer, 0, 0.0))
    heading, *rows = rows_of(FORMATS["csv"].files(work)["history.csv"])
    assert heading[:4] == ["step", "loss", "loss_min", "loss_max"]
    assert heading[4:8] == [f"gradient_rms dense_{number}" for number in (1, 2, 3, 4)]
    assert heading[8:] == ["validation_loss", "validation_accuracy"]
    assert [int(row[0]) for row in rows] == list(range(201))
    assert rows[0][1:8] == [""] * 7
    history = trainer.history
    assert [float(row[1]) for row in rows[1:]] == history.loss.tolist()
    squares = [[float(cell) ** 2 for cell in row[4:8]] for row in rows[1:]]
    np.testing.assert_allclose(squares, history.mean_square, rtol=1e-14)
    evaluated = {int(row[0]): float(row[8]) for row in rows if row[8]}
    assert evaluated == dict(zip(history.evaluation_steps, history.evaluations["validation_loss"], strict=True))


def test_the_history_of_a_layer_begins_where_it_was_put_in() -> None:
    view = HistoryView(("a", "b"), 4, *(np.array([1.0, 0.5]) for _ in range(3)), np.array([[4.0, np.nan], [1.0, 9.0]]),
                       np.array([0, 8]), {"loss": np.array([0.7, 0.3]), "r2": np.array([np.nan, 0.5])})  # fmt: skip
    rows = rows_of(FORMATS["csv"].files(Work(tanh_chain(3), None, view))["history.csv"])
    assert rows == [
        ["step", "loss", "loss_min", "loss_max", "gradient_rms a", "gradient_rms b", "training_loss", "training_r2"],
        ["0", "", "", "", "", "", "0.7", ""],
        ["4", "1.0", "1.0", "1.0", "2.0", "", "", ""],
        ["8", "0.5", "0.5", "0.5", "1.0", "3.0", "0.3", "0.5"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")'])
def test_text_is_never_a_formula(text: str) -> None:
    ((cell,),) = rows_of(table.written([[text]]))
    assert cell == "'" + text


def test_what_is_pasted_keeps_its_digits_and_its_cells() -> None:
    text = table.pasted([["x", "a\tb", "=1"], [1 / 3, np.float64(-2e-300), np.float32(0.1)], [7, None, float("nan")]])
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    assert rows == [["x", "a\tb", "'=1"], [repr(1 / 3), "-2e-300", "0.1"], ["7", "", ""]]


def test_a_run_as_it_stands_is_exported_with_its_numbers() -> None:
    made = project(dense(4), of("batch_norm"), dense(1), training=training())
    trainer = Trainer(made)
    trainer.run(20)
    work = Work.of(take(trainer, 0, 0.0))
    assert work.state is not None
    state = trainer.network.state_dict()
    assert work.state.keys() == state.keys()
    assert all(np.array_equal(work.state[key], state[key]) for key in state)


# The command.


@pytest.fixture
def export(run: Any) -> Any:
    """Exports on the command line: the exit code and what is said."""

    def act(*words: str) -> tuple[int, str]:
        code, out, err = run("export", *words)
        assert out == ""
        return code, err

    return act


def test_the_command_writes_the_file_that_is_named(export: Any, tmp_path: Path) -> None:
    assert export("example:xor", "--format", "pytorch", "-o", str(tmp_path / "mine.py")) == (0, "")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["mine.py", "mine.safetensors", "mine_data.safetensors"]
    again = (tmp_path / "mine.py").read_bytes()
    assert export("example:xor", "--format", "pytorch", "-o", str(tmp_path / "mine.py")) == (0, "")
    assert (tmp_path / "mine.py").read_bytes() == again
    assert len(list(tmp_path.iterdir())) == 3


def test_the_command_writes_into_a_folder(export: Any, tmp_path: Path) -> None:
    assert export("example:xor", "--format", "numpy", "--out", str(tmp_path)) == (0, "")
    assert export("example:xor", "--format", "pytorch", "--out", str(tmp_path / "new")) == (0, "")
    assert {each.name for each in tmp_path.iterdir()} == {"program.py", "program.npz", "new"}
    assert (tmp_path / "new" / "train.py").exists()


def test_a_file_with_its_training_is_exported_with_it(export: Any, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "trained.cascade"
    assert run("train", "example:xor", "--steps", "30", "--out", str(file))[0] == 0
    for name in ("pytorch", "csv"):
        assert export(str(file), "--format", name, "-o", str(tmp_path)) == (0, "")
    trainer = Trainer(engine.load("example:xor"))
    trainer.run(30)
    weights = load_file(tmp_path / "train.safetensors")
    state = trainer.network.state_dict()
    assert weights.keys() == state.keys()
    assert all(np.array_equal(weights[key], state[key]) for key in state)
    _, *rows = rows_of((tmp_path / "history.csv").read_bytes())
    assert [float(row[1]) for row in rows[1:]] == trainer.history.loss.tolist()


def test_what_the_command_refuses_it_says_in_one_sentence(export: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"chain": [dense(3)]}))
    (tmp_path / "file").write_text("")
    for words, said in [
        (("example:xor", "--format", "word", "-o", "x"), "must be one of pytorch, numpy, onnx, csv, png, svg, pdf"),
        (("example:xor", "--format", "csv", "-o", str(tmp_path / "x.csv")), "no history"),
        (("example:xor", "--format", "numpy", "-o", str(tmp_path / "x.txt")), "ends in .py"),
        (("example:xor", "--format", "numpy", "-o", str(tmp_path / "no" / "x.py")), "does not exist"),
        (("example:xor", "--format", "numpy", "-o", str(tmp_path / "file")), "cannot be made"),
        (("example:xor", "--format", "numpy", "-o", str(tmp_path / "numpy.py")), "taken for the module"),
        (("example:nothing", "--format", "numpy", "-o", "x.py"), "nothing"),
        ((str(broken), "--format", "numpy", "-o", str(tmp_path / "x.py")), "loss: "),
        (("example:xor", "--format", "numpy"), "--out"),
    ]:
        code, err = export(*words)
        assert code == 2
        assert said in err
        assert len(err.splitlines()) == 1
        assert len(err) < 400
    assert {each.name for each in tmp_path.iterdir()} == {"broken.json", "file"}


def test_formats_are_known_before_numpy_is_loaded() -> None:
    code = "import engine.exports, sys; assert 'numpy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=200).returncode == 0


def test_a_project_is_exported_as_it_is_written_down() -> None:
    made = engine.load("example:domino")
    again = engine.load(json.loads(made.to_json()))
    for name in PROGRAMS:
        assert FORMATS[name].files(Work(made)) == FORMATS[name].files(Work(again))
