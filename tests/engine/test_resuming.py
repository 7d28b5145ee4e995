"""A run that is saved, read in another process and gone on with is the run in one go, to the last bit of its file: all
weights, the optimizer's memory, losses, gradient sizes, metrics, findings.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.faults import NumericalFault
from engine.optimizers import OPTIMIZERS
from engine.project import Project, change
from engine.schedules import SCHEDULES
from engine.storage import read_saved, write_saved
from engine.trainer import Trainer
from tests.engine.chains import DIGITS, dense, of, project, tanh_chain

NOISY = [
    dense(6),
    of("batch_norm"),
    of("relu"),
    of("dropout", rate=0.3),
    dense(5),
    of("layer_norm"),
    of("tanh"),
    dense(1),
]
SPIRALS = of("spirals", samples=203)  # the last batch of an epoch is smaller
ROOT = Path(__file__).resolve().parents[2]
BEFORE, AFTER = 151, 149  # steps: in the middle of an epoch, behind one evaluation and before the next

GO_ON = """
import sys
from pathlib import Path
from engine.storage import read_saved, write_saved
from engine.trainer import Trainer
for name in sys.argv[2:]:
    trainer = Trainer.resumed(read_saved(Path(name)))
    trainer.run(int(sys.argv[1]))
    write_saved(Path(name), trainer.saved())
"""


def noisy(**fields: Any) -> Project:
    return project(*NOISY, data=SPIRALS, **fields)


def trained_for(schedule: type) -> dict[str, Any]:
    return {
        "kind": schedule.__struct_config__.tag,
        "warmup": 170,
        **({"every": 100} if schedule.__name__ == "Step" else {}),
    }


CASES: dict[str, Project] = {
    **{
        f"{kind.__struct_config__.tag} in {dtype}": noisy(
            optimizer=of(kind.__struct_config__.tag), training={"dtype": dtype, "batch_size": 16}
        )
        for kind in OPTIMIZERS
        for dtype in ("float32", "float64")
    },
    "momentum": noisy(optimizer=of("sgd", momentum=0.9, learning_rate=0.01)),
    "nesterov": noisy(optimizer=of("sgd", momentum=0.9, nesterov=True, weight_decay=0.01, learning_rate=0.01)),
    **{f"{kind.__name__} schedule": noisy(training={"schedule": trained_for(kind)}) for kind in SCHEDULES},
    "clipping and l1": noisy(training={"clip_norm": 0.1, "l1": 0.001}),
    "two threads": project(
        dense(6), of("dropout"), dense(1), data=SPIRALS, training={"threads": 2, "batch_size": 20}
    ),
    "frozen and cut": project(dense(4, frozen=True), dense(3), of("relu", cut=True), dense(1), data=SPIRALS),
    "stopping by itself": tanh_chain(3, 1, training={"stop_at_step": 200}),
    "images": project(
        of("conv2d", filters=3), of("batch_norm"), of("relu"), of("max_pool2d"), of("dropout"), of("flatten"),
        dense(10),
        loss="softmax_cross_entropy", data=DIGITS, training={"batch_size": 128},
    ),
    "a shortcut": project(dense(2), of("tanh", name="here"), dense(2), of("add", source="here"), dense(1)),
    "units that die": project(
        dense(8), of("relu"), dense(1), data=SPIRALS, optimizer=of("sgd", learning_rate=8.0)
    ),
    "own rows": project(
        dense(3), of("tanh"), dense(1), loss="mean_squared_error",
        data=of("table", inputs=[[k / 1000, k] for k in range(5000)], targets=[k % 7 for k in range(5000)],
                task="regression", scaling="standard"),
    ),
}  # fmt: skip


def trained(made: Project, steps: int) -> Trainer:
    trainer = Trainer(made)
    trainer.run(steps)
    return trainer


def go_on(steps: int, *paths: Path) -> None:
    """Goes on with runs in files, in a process of its own."""
    arguments = [sys.executable, "-c", GO_ON, str(steps), *map(str, paths)]
    subprocess.run(arguments, cwd=ROOT, check=True, timeout=300)


def test_in_another_process_every_run_goes_on_as_if_it_had_not_been_left(tmp_path):
    paths = [tmp_path / f"{number}.cascade" for number in range(len(CASES))]
    for path, made in zip(paths, CASES.values(), strict=True):
        write_saved(path, trained(made, BEFORE).saved())
    go_on(AFTER, *paths)
    whole = tmp_path / "whole.cascade"
    for path, (name, made) in zip(paths, CASES.items(), strict=True):
        write_saved(whole, trained(made, BEFORE + AFTER).saved())
        assert path.read_bytes() == whole.read_bytes(), name


def same(one: Trainer, other: Trainer) -> bool:
    """Whether two runs agree, told without files."""
    vectors = {**one._update.vectors, "p": one.network.parameters, "s": one.network.statistics}
    others = {**other._update.vectors, "p": other.network.parameters, "s": other.network.statistics}
    numbers = all(np.array_equal(vectors[name], others[name], equal_nan=True) for name in vectors)
    a, b = one.history, other.history
    curves = np.array_equal(a.loss, b.loss) and np.array_equal(a.mean_square, b.mean_square, equal_nan=True)
    told = (a.stride, a.last_step, a.evaluation_steps, a.evaluations, one.metrics, one.evaluated_at, one.epoch)
    told_too = (
        b.stride,
        b.last_step,
        b.evaluation_steps,
        b.evaluations,
        other.metrics,
        other.evaluated_at,
        other.epoch,
    )
    return numbers and curves and told == told_too and one.steps == other.steps and one.findings == other.findings


def left(trainer: Trainer, path: Path) -> Trainer:
    """The run as it is after it was written and read."""
    write_saved(path, trainer.saved())
    return Trainer.resumed(read_saved(path))


@pytest.mark.parametrize("before", [0, 1, 4, 5, 255, 256, 257])
def test_wherever_it_is_left(tmp_path, before):
    whole, part = Trainer(noisy()), Trainer(noisy())
    whole.run(before)
    whole.run(300 - before)
    part.run(before)
    again = left(part, tmp_path / "run.cascade")
    assert same(part, again)
    again.run(300 - before)
    assert same(whole, again)


def test_the_check_notices_a_last_bit(tmp_path):
    whole, part = trained(noisy(), 30), trained(noisy(), 10)
    again = left(part, tmp_path / "run.cascade")
    again.network.parameters[3] = np.nextafter(again.network.parameters[3], np.inf)
    again.run(20)
    assert not same(whole, again)


def test_a_history_of_merged_columns_goes_on_in_the_middle_of_one(tmp_path):
    made = project(dense(1), data=of("xor", samples=8), training={"batch_size": 8})
    whole, part = trained(made, 17_000), trained(made, 16_385)
    assert part.history.stride == 4
    again = left(part, tmp_path / "run.cascade")
    again.run(615)
    assert same(whole, again)
    assert again.history._count % 4 == whole.history._count % 4


def test_after_edits_with_layers_that_came_later(tmp_path):
    def edited() -> Trainer:
        trainer = trained(tanh_chain(4, 1), 40)
        made = tanh_chain(4, 2)
        trainer.adopt(change(made, optimizer={"kind": "rmsprop"}, training={"batch_size": 7}))
        trainer.run(13)
        return trainer

    whole, part = edited(), edited()
    again = left(part, tmp_path / "run.cascade")
    whole.run(50)
    again.run(50)
    assert same(whole, again)
    assert np.isnan(again.history.mean_square[0]).any()


def test_after_a_fault_it_meets_the_same_fault_again(tmp_path):
    made = project(dense(4), of("relu"), dense(1), loss="mean_squared_error", data=of("plane"),
                   optimizer=of("sgd", learning_rate=30.0))  # fmt: skip
    whole = Trainer(made)
    with pytest.raises(NumericalFault) as first:
        whole.run(400)
    again = left(whole, tmp_path / "run.cascade")
    assert same(whole, again)
    with pytest.raises(NumericalFault) as second:
        again.run(400)
    assert str(first.value) == str(second.value)


def test_what_was_found_stays_found(tmp_path):
    part = trained(CASES["units that die"], 300)
    assert part.findings
    again = left(part, tmp_path / "run.cascade")
    assert again.findings == part.findings
    assert again.take_news() == []


def test_until_the_next_step_its_gradient_is_that_of_the_step_to_come(tmp_path):
    part = trained(noisy(), 20)
    again = left(part, tmp_path / "run.cascade")
    assert math.isnan(again.loss)
    assert np.array_equal(again.origin, part.network.parameters)
    assert np.array_equal(again.chosen, part.peek())


def test_it_stops_where_it_would_have_stopped(tmp_path):
    part = trained(tanh_chain(3, 1, training={"stop_at_loss": 0.8}), 300)
    assert part.finished
    assert left(part, tmp_path / "run.cascade").finished == part.finished


def test_an_edit_of_the_run_taken_up_keeps_what_still_fits(tmp_path):
    again = left(trained(tanh_chain(3, 1), 9), tmp_path / "run.cascade")
    weights = again.network.state_dict()["dense_1.weight"]
    adopted = again.adopt(tanh_chain(3, 2))
    assert "dense_1" in adopted.kept
    assert np.array_equal(again.network.state_dict()["dense_1.weight"], weights)


def test_weights_can_be_read_by_whoever_reads_safetensors(tmp_path):
    from safetensors.numpy import load

    path, trainer = tmp_path / "run.cascade", trained(CASES["images"], 3)
    write_saved(path, trainer.saved())
    import zipfile

    with zipfile.ZipFile(path) as opened:
        stored, curves = (load(opened.read(f"{name}.safetensors")) for name in ("weights", "history"))
    for key, array in trainer.network.state_dict().items():
        assert np.array_equal(stored[key], array)
        assert stored[key].dtype == array.dtype
    assert stored["m/dense_1.weight"].shape == stored["dense_1.weight"].shape
    assert np.array_equal(curves["loss"], trainer.history.loss)
    assert np.array_equal(curves["mean_square"], trainer.history.mean_square)


def test_the_memory_of_an_optimizer_may_have_overflowed(tmp_path):
    """Squares of single precision do from 1.8e19 on; the weights then stand still, and stay finite."""
    trainer = trained(tanh_chain(3, 1), 2)
    trainer._update.vectors["v"][0] = np.inf
    again = left(trainer, tmp_path / "run.cascade")
    assert np.isinf(again._update.vectors["v"][0])


def test_a_run_on_data_from_elsewhere_is_not_saved_with_a_project_that_lacks_them():
    given = engine.Dataset(np.zeros((8, 2)), np.zeros((8, 1)))
    with pytest.raises(engine.ProjectError, match="data that are not the project's"):
        Trainer(tanh_chain(3, 1), given).saved()


@pytest.mark.parametrize("where", ["parameters", "statistics", "m"])
def test_what_is_not_finite_is_not_written(tmp_path, where):
    trainer = trained(noisy(), 2)
    vectors = {
        **trainer._update.vectors,
        "parameters": trainer.network.parameters,
        "statistics": trainer.network.statistics,
    }
    vectors[where][1] = np.nan
    with pytest.raises(engine.ProjectError, match=r"run\.cascade was not written: .* not finite"):
        write_saved(tmp_path / "run.cascade", trainer.saved())
    assert not list(tmp_path.iterdir())


def test_the_same_run_leaves_the_same_file_in_every_process(tmp_path):
    """Names in sets come in another order in every process."""
    code = """if True:
        import sys
        from pathlib import Path
        from engine.storage import write_saved
        from tests.engine.test_resuming import noisy, trained
        write_saved(Path(sys.argv[1]), trained(noisy(), 150).saved())
    """
    files = set()
    for seed in "12":
        path = tmp_path / f"{seed}.cascade"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, env=environment, check=True, timeout=60)
        files.add(path.read_bytes())
    assert len(files) == 1
