"""Own data from tables of text: what is proposed, what is read, what the project stores, and what is said when the
file is gone or another one.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.neural_network import MLPClassifier

import engine
from engine import start
from engine.cancelled import Cancelled
from engine.cli import main as command_line
from engine.data.files import load, source
from engine.data.formats import TextFormat
from engine.data.own import File, Table
from engine.project import ProjectError
from engine.storage import read_project, write_project

GROWERS = ("Barolo", "Grignolino", "Barbera")


@pytest.fixture
def write(tmp_path: Path):
    """Writes a file of that text and gives its path."""

    def put(text: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return put


def wine_text() -> str:
    """scikit-learn's wine as a spreadsheet of Central Europe writes it."""
    wine = load_wine()
    rows = [";".join([*(f"{value:.10g}".replace(".", ",") for value in row)]) for row in wine.data]
    named = [f"{row};{GROWERS[label]}" for row, label in zip(rows, wine.target, strict=True)]
    return "\r\n".join([";".join([*wine.feature_names, "cultivar"]), *named]) + "\r\n"


def large_text(rows: int = 3000) -> str:
    values = np.random.default_rng(0).normal(size=(rows, 3)).round(3)
    return "a,b,c,y\n" + "\n".join(f"{a},{b},{c},{int(a > b)}" for a, b, c in values) + "\n"


def taken(path: Path, **choices) -> Table | File:
    return load.take(msgspec.structs.replace(load.choice(load.look(path)), **choices))


class TestWine:
    def test_the_layout_is_recognised(self, write):
        seen = load.look(write(wine_text()))
        assert isinstance(seen.format, TextFormat)
        assert (seen.format.separator, seen.format.decimal, seen.format.header) == (";", ",", True)
        assert (seen.inputs, seen.targets, seen.format.text) == (tuple(range(13)), (13,), (13,))
        assert (seen.samples, seen.whole, seen.classes, seen.scaling) == (178, True, True, "standard")
        assert [column.name for column in seen.columns][:2] == ["alcohol", "malic_acid"]

    def test_the_numbers_are_those_of_scikit_learn(self, write):
        data, wine = taken(write(wine_text())), load_wine()
        assert isinstance(data, Table)
        found = data.generate(np.random.default_rng(0))
        assert np.array_equal(found.inputs, wine.data)
        assert np.array_equal(np.array(found.classes)[found.labels], np.array(GROWERS)[wine.target])
        assert list(data.columns) == wine.feature_names

    def test_it_is_learned_as_well_as_scikit_learn_does(self, write):
        """The chain that is offered, for as many epochs as the command line trains unasked, on ten splits. Both see the
        same parts, with inputs of mean 0 and deviation 1.
        """
        data = taken(write(wine_text()))
        ours, theirs = [], []
        for seed in range(10):
            project = start.begin(engine.load({"training": {"seed": seed}}), data).project
            trainer = engine.Trainer(project)
            trainer.run(100 * trainer.steps_per_epoch)
            ours.append(trainer.evaluate()["validation_accuracy"])
            parts = engine.dataset(project)
            peer = MLPClassifier(max_iter=400, random_state=seed).fit(parts.train.inputs, parts.train.targets)
            theirs.append(peer.score(parts.validation.inputs, parts.validation.targets))
        assert np.mean(ours) >= np.mean(theirs) - 0.02


@pytest.mark.parametrize(
    ("text", "separator", "decimal", "header"),
    [
        ("a,b\n1,2\n3,4\n", ",", ".", True),
        ("1,2\n3,4\n", ",", ".", False),
        ("a\tb\n1.5\t2\n3\t4\n", "tab", ".", True),
        ("a;b\n1,5;2\n3;4,25\n", ";", ",", True),
        ("a;b\n1.5;2\n3;4.25\n", ";", ".", True),
        ("1|2|x\n3|4|y\n", "|", ".", False),
        ("1.0   2.0  3\n 4.0 5.0   6\n", "blank", ".", False),
        ('"a","b, c"\n"1","2"\n3,4\n', ",", ".", True),
        ("\ufeffa,b\r\n1,2\r\n\r\n3,4", ",", ".", True),
    ],
)
def test_layouts(write, text, separator, decimal, header):
    form = load.look(write(text)).format
    assert (form.separator, form.decimal, form.header) == (separator, decimal, header)
    found = load.take(load.Choice(write(text), form, classes=False)) if separator != "|" else None
    assert found is None or found.count == 2


@pytest.mark.parametrize(
    ("head", "target"),
    [
        ("size;rooms;district;cost", "cost"),  # a column of words in the middle is one input among others
        ("district;size;rooms", "district"),
        ("size;rooms;district", "district"),
        ("size;price_thousand;district;rooms", "price_thousand"),
    ],
)
def test_what_is_probably_to_be_learned(write, head, target):
    names = head.split(";")
    rows = [";".join("abc"[i % 3] if name == "district" else f"{i * 7 % 31},5" for name in names) for i in range(40)]
    columns = load.look(write("\n".join([head, *rows]) + "\n")).columns
    assert [column.name for column in columns if column.role == "target"] == [target]


class TestColumns:
    TEXT = "id,colour,size,sort,always\n1,red,1.5,a,7\n2,blue,?,b,7\n3,red,2,a,7\n4,NA,3,b,7\n5,green,4,b,7\n"

    def test_roles_are_proposed(self, write):
        columns = load.look(write(self.TEXT.replace("sort", "class"))).columns
        assert [column.role for column in columns] == ["ignore", "input", "input", "target", "ignore"]
        assert [column.missing for column in columns] == [0, 1, 1, 0, 0]

    def test_words_become_noughts_and_ones_and_rows_with_gaps_are_left_out(self, write):
        form = TextFormat(inputs=(1, 2), targets=(3,), text=(1, 3))
        data = load.take(load.Choice(write(self.TEXT), form))
        assert data.columns == ("colour = blue", "colour = green", "colour = red", "size")
        assert data.inputs == ((0, 0, 1, 1.5), (0, 0, 1, 2), (0, 1, 0, 4))
        assert data.targets == ("a", "a", "b")

    def test_numbered_classes_stay_numbers_in_their_order(self, write):
        data = taken(write("x,y\n" + "".join(f"{i % 7},{(i % 3) * 5}\n" for i in range(60))))
        assert data.generate(None).classes == ("0", "5", "10")
        assert data.targets[:3] == (0, 5, 10)

    def test_several_values_can_be_predicted(self, write):
        form = TextFormat(inputs=(0,), targets=(1, 2))
        data = load.take(load.Choice(write("a,b,c\n1,2.5,3\n4,5,6\n"), form, classes=False))
        assert (data.task, data.targets, data.values) == ("regression", ((2.5, 3), (5, 6)), 2)

    @pytest.mark.parametrize(
        ("form", "classes", "said"),
        [
            (TextFormat(inputs=(0,), targets=(0,)), True, "at least one column as input"),
            (TextFormat(inputs=(), targets=(0,)), True, "at least one column as input"),
            (TextFormat(inputs=(0,), targets=(9,)), True, "column 10 is asked for"),
            (TextFormat(inputs=(0,), targets=(4,)), True, "1 different values; classes need 2"),
            (TextFormat(inputs=(0,), targets=(3,), text=(3,)), False, "holds words"),
            (TextFormat(inputs=(0,), targets=(3,)), False, "line 2: column sort holds 'a', expected a number"),
        ],
    )
    def test_a_use_that_does_not_work_is_refused(self, write, form, classes, said):
        with pytest.raises(ProjectError, match=said):
            load.take(load.Choice(write(self.TEXT), form, classes))


class TestLarge:
    def test_the_project_stores_where_the_file_lies_and_what_it_holds(self, write, tmp_path):
        data = taken(write(large_text()), scaling="standard", validation=0.25)
        assert isinstance(data, File)
        assert (data.samples, data.shape, data.class_names, data.columns) == (3000, (3,), ("0", "1"), ("a", "b", "c"))
        assert data.path == str(tmp_path / "table.csv")
        parts = engine.dataset(engine.load({"data": json.loads(msgspec.json.encode(data))}))
        assert (len(parts.train), len(parts.validation)) == (2250, 750)
        np.testing.assert_allclose(parts.train.inputs.mean(axis=0), 0, atol=1e-12)
        theirs = np.loadtxt(tmp_path / "table.csv", delimiter=",", skiprows=1)
        assert np.array_equal(data.generate(None).inputs, theirs[:, :3])
        assert np.array_equal(data.generate(None).labels, theirs[:, 3])

    def test_the_path_is_relative_in_the_file_and_whole_in_the_program(self, write, tmp_path):
        data = taken(write(large_text()))
        (tmp_path / "projects").mkdir()
        path = tmp_path / "projects" / "mine.json"
        project = msgspec.structs.replace(engine.load({}), data=data)
        write_project(path, project)
        assert json.loads(path.read_text())["data"]["path"] == "../table.csv"
        assert read_project(path) == project
        moved = tmp_path.rename(tmp_path.with_name("moved"))
        again = read_project(moved / "projects" / "mine.json")
        assert again.data.path == str(moved / "table.csv")
        assert len(engine.dataset(again).train) == 2400

    def test_resolving_needs_no_file(self):
        plain = {"kind": "file", "path": "nowhere.csv", "samples": 10, "shape": [3], "class_names": ["a", "b", "c"]}
        project = engine.load({"data": plain, "chain": [{"kind": "dense", "units": 3}]})
        resolved = engine.resolve(project)
        assert (resolved.data.input_shape, resolved.data.classes) == ((3,), 3)
        assert resolved.loss.fix.apply(project).loss.kind == "softmax_cross_entropy"

    @pytest.fixture
    def saved(self, write, tmp_path) -> Path:
        data = taken(write(large_text()))
        chain = [{"kind": "dense", "units": 1}]
        project = msgspec.structs.replace(
            engine.load({"chain": chain, "optimizer": {"kind": "adam", "learning_rate": 0.05}}), data=data
        )
        write_project(tmp_path / "mine.json", project)
        return tmp_path / "mine.json"

    def test_the_command_line_trains_on_it(self, saved, capsys):
        assert command_line(["validate", str(saved)]) == 0
        assert command_line(["train", str(saved), "--epochs", "2", "--json"]) == 0
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["validation_accuracy"] > 0.9

    @pytest.mark.parametrize("command", ["validate", "train"])
    def test_a_missing_file_is_told(self, saved, command, capsys):
        (saved.parent / "table.csv").unlink()
        assert command_line([command, str(saved)]) == 2
        said = capsys.readouterr().err
        assert said.startswith("cascade: table.csv is missing; it was expected in ")
        assert said.count("\n") == 1

    @pytest.mark.parametrize("command", ["validate", "train"])
    def test_a_changed_file_is_told_and_can_be_taken_over(self, saved, write, command, capsys):
        write(large_text(2500))
        assert command_line([command, str(saved)]) == 2
        assert "table.csv has changed since the project was made" in capsys.readouterr().err
        again = load.retake(read_project(saved).data)
        assert (again.samples, again.class_names) == (2500, ("0", "1"))

    def test_what_a_project_notes_wrongly_is_told(self, write):
        data = taken(write(large_text()))
        for wrong in ({"samples": 2999}, {"shape": (2,)}, {"class_names": ("0", "2")}, {"outputs": 2}):
            with pytest.raises(ProjectError, match="does not hold what the project notes"):
                msgspec.structs.replace(data, **wrong).generate(None)

    def test_reading_tells_how_far_it_is_and_can_be_stopped(self, write, monkeypatch):
        monkeypatch.setattr(source, "BLOCK", 10_000)
        path, told = write(large_text()), []
        load.take(load.choice(load.look(path)), lambda share: told.append(share) or True)
        assert told == sorted(told)
        assert told[-1] == 1
        assert len(told) > 5
        with pytest.raises(Cancelled):
            load.take(load.choice(load.look(path)), lambda share: share < 0.5)


def test_small_tables_are_stored_in_the_project_and_large_ones_are_not(write):
    for rows, columns, kind in ((2000, 3, Table), (2001, 3, File), (20, 50, Table), (20, 51, File), (2000, 40, File)):
        text = "\n".join(",".join(["1.25"] * columns + [str(row % 2)]) for row in range(rows))
        form = TextFormat(header=False, inputs=tuple(range(columns)), targets=(columns,))
        assert type(load.take(load.Choice(write(text), form))) is kind


def test_a_table_survives_the_file_format(write, tmp_path):
    project = msgspec.structs.replace(engine.load({}), data=taken(write(wine_text())))
    write_project(tmp_path / "mine.json", project)
    assert read_project(tmp_path / "mine.json") == project


class TestChosenAnew:
    TEXT = "name;age;size;sort\n" + "".join(f"p{i};{i % 7};{'' if i % 5 == 0 else i / 4:};{i % 3}\n" for i in range(60))

    def test_rows_with_gaps_in_columns_that_are_used_are_counted(self, write):
        seen = load.look(write(self.TEXT))
        chosen = load.choice(seen)
        assert load.left_out(seen, chosen) == 12
        assert load.foreseen(seen, chosen).samples == load.take(chosen).count == 48
        without = msgspec.structs.replace(chosen, format=load.with_roles(chosen.format, (1,), (3,)))
        assert load.left_out(seen, without) == 0
        assert load.foreseen(seen, without).samples == load.take(without).count == 60

    def test_gaps_of_several_columns_in_one_row_count_once(self, write):
        seen = load.look(write("a,b,c\n" + "?,,1\n" + "1,?,0\n" + "2,2,1\n" * 4 + "3,3,0\n" * 4))
        assert [column.missing for column in seen.columns] == [1, 2, 0]
        assert load.left_out(seen, load.choice(seen)) == 2

    def test_a_table_of_gaps_is_refused_at_once(self, write):
        seen = load.look(write("a,b,c\n" + "?,1,1\n?,2,0\n1,?,0\n2,?,1\n" * 4))
        with pytest.raises(ProjectError, match="Every row has a gap in a column that is used"):
            load.foreseen(seen, load.choice(seen))

    def test_a_file_is_shown_as_it_was_decided(self, write):
        path = write(large_text())
        seen = load.look(path)
        chosen = msgspec.structs.replace(
            load.choice(seen), format=load.with_roles(seen.format, (1, 0), (2,)), classes=False, scaling="min_max",
            validation=0.35,
        )  # fmt: skip
        taken = load.take(chosen)
        again = load.look_again(taken)
        assert (again.inputs, again.targets) == ((0, 1), (2,))
        assert (again.classes, again.scaling, again.validation) == (False, "min_max", 0.35)
        assert load.choice(again).format.text == taken.format.text
        assert taken.decided == "Columns"

    def test_a_layout_that_was_chosen_is_not_guessed_again(self, write):
        path = write("1;2\n3;4\n" * 1500)
        assert load.look(path).format.header is False
        taken = load.take(load.choice(load.look(path, decimal=",", header=True)))
        again = load.look_again(taken).format
        assert (again.header, again.decimal) == (True, ",")

    def test_arrays_of_a_file_are_chosen_by_name(self, tmp_path):
        arrays = {"a": np.ones((9, 2)), "b": np.arange(9.0), "c": np.arange(18.0).reshape(9, 2), "d": np.ones((5, 2))}
        np.savez(tmp_path / "t.npz", **arrays)
        seen = load.look(tmp_path / "t.npz")
        assert (seen.format.inputs, seen.format.targets) == ("a", "b")
        assert seen.arrays == {name: array.shape for name, array in arrays.items()}
        seen = load.look(tmp_path / "t.npz", inputs="c", targets="b")
        assert (seen.format.inputs, seen.format.targets) == ("c", "b")
        taken = load.take(load.choice(seen))
        assert np.array_equal(np.array(taken.inputs), arrays["c"])
        with pytest.raises(ProjectError, match=r"t\.npz holds 5 inputs but 9 targets"):
            load.look(tmp_path / "t.npz", inputs="d", targets="b")
