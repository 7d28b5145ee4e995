"""The numpy program: the losses of the engine, to the last bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import engine
from engine.exports import Work
from engine.exports.numpy.update import ADVANCES
from engine.faults import NumericalFault
from engine.project import OPTIMIZERS, Project
from engine.storage import EXAMPLES
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project, tanh_chain
from tests.engine.exported import losses, played, training, works, written

STEPS = 12


def trained(work: Work, steps: int) -> list[float]:
    """The losses of the engine, as far as they are finite."""
    trainer = Trainer(work.project)
    if work.state is not None:
        trainer.network.load_state_dict(work.state)
    found: list[float] = []
    try:
        while len(found) < steps:
            found.append(trainer.step())
    except NumericalFault:
        pass
    return found


def agrees(work: Work, steps: int = STEPS) -> None:
    with TemporaryDirectory() as folder:
        code, said = played(written(work, "numpy", Path(folder)), "--steps", str(steps))
    expected = trained(work, steps)
    assert code == 0
    assert losses(said)[: len(expected)] == expected


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_trains_to_the_last_bit(name: str) -> None:
    agrees(Work(engine.load(f"example:{name}")), 30)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(works())
def test_random_chains_train_to_the_last_bit(work: Work) -> None:
    agrees(work)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dropout_and_batch_norm_draw_and_keep_the_same(dtype: str) -> None:
    made = project(dense(6, name="first"), of("batch_norm"), of("dropout", name="noise"), of("relu"), dense(1),
                   training=training(dtype=dtype, seed=3))  # fmt: skip
    agrees(Work(made), 40)


def test_a_batch_may_hold_all_samples_and_a_last_one_a_single_one() -> None:
    for size in (500, 3):
        agrees(Work(tanh_chain(4, data=of("xor", samples=50, validation=0.02), training=training(batch_size=size))), 40)


def test_two_threads_of_a_project_are_one_here() -> None:
    made = tanh_chain(4, training=training(threads=1))
    two = tanh_chain(4, training=training(threads=2))
    with TemporaryDirectory() as folder:
        said = [played(written(Work(each), "numpy", Path(folder)), "--steps", "9")[1] for each in (made, two)]
    assert said[0] == said[1]


def test_epochs_are_the_means_of_their_steps(tmp_path: Path) -> None:
    made = tanh_chain(4, data=of("xor", samples=50), training=training(batch_size=16))
    path = written(Work(made), "numpy", tmp_path)
    steps = losses(played(path, "--steps", "6")[1])
    epochs = losses(played(path, "--epochs", "2")[1])
    sizes = np.array([16, 16, 8])
    assert epochs == pytest.approx([np.dot(steps[:3], sizes) / 40, np.dot(steps[3:], sizes) / 40], rel=1e-14)


def test_it_stops_where_the_project_says(tmp_path: Path) -> None:
    at_step = tanh_chain(4, data=of("xor", samples=50), training=training(stop_at_step=7))
    assert len(losses(played(written(Work(at_step), "numpy", tmp_path))[1])) == 3  # 3 + 3 + 1 steps
    at_loss = tanh_chain(8, data=of("xor", samples=50), training=training(stop_at_loss=0.6), optimizer=of("adam",
        learning_rate=0.05))  # fmt: skip
    found = losses(played(written(Work(at_loss), "numpy", tmp_path))[1])
    assert found[-1] <= 0.6 < min(found[:-1])


def test_it_needs_numpy_alone(tmp_path: Path) -> None:
    """Run by itself, from another folder, without a site's packages but numpy's."""
    work = Work(engine.load("example:xor"))
    path = written(work, "numpy", tmp_path, "mine")
    block = "import sys; sys.modules.update(dict.fromkeys(['engine', 'safetensors', 'msgspec', 'torch'])); import runpy"
    code = f"{block}; sys.argv = ['x', '--steps', '5']; runpy.run_path({str(path)!r}, run_name='__main__')"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd="/", timeout=200)
    assert run.returncode == 0, run.stderr
    assert losses(run.stdout) == trained(work, 5)


def test_every_optimizer_has_its_numbers_set() -> None:
    assert ADVANCES.keys() == {kind.__struct_config__.tag for kind in OPTIMIZERS}
    for kind in OPTIMIZERS:
        lines = "\n".join(ADVANCES[kind.__struct_config__.tag](kind()))
        assert all(f"{name}[...] =" in lines for name in kind().numbers)


def test_the_program_is_read_by_the_names_of_the_blocks(tmp_path: Path) -> None:
    made: Project = tanh_chain(4)
    text = written(Work(made), "numpy", tmp_path).read_text()
    assert "# block_1 (dense_1): forward" in text
    assert "np.tanh(block_1_output" in text
