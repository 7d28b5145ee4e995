"""The PyTorch program: it agrees with Cascade in output, loss and gradients, and trains as Cascade does."""

from __future__ import annotations

import math
import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from safetensors.numpy import load_file, save_file

import engine
from engine.exports import Work
from engine.exports.pytorch.layers import LAYERS as WRITTEN
from engine.exports.pytorch.training import INITIALIZERS as DRAWN
from engine.exports.pytorch.training import LOSSES as COMPUTED
from engine.exports.pytorch.training import OPTIMIZERS as RULES
from engine.exports.schedules import COURSES
from engine.faults import NumericalFault
from engine.kinds import tag_of
from engine.project import INITIALIZERS, LAYERS, LOSSES, OPTIMIZERS, SCHEDULES
from engine.storage import EXAMPLES
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project, tanh_chain
from tests.engine.exported import OPTIMIZERS as SOME_OPTIMIZERS
from tests.engine.exported import SCHEDULES as SOME_SCHEDULES
from tests.engine.exported import losses, moved, played, training, works, written

torch = pytest.importorskip("torch")

MIXED = ("batch_norm", "dropout")  # what differs in several processes


def test_no_kind_is_missing() -> None:
    for table, kinds in ((WRITTEN, LAYERS), (COMPUTED, LOSSES), (RULES, OPTIMIZERS), (COURSES, SCHEDULES)):
        assert table.keys() == {tag_of(kind) for kind in kinds}
    assert DRAWN.keys() == {tag_of(kind) for kind in INITIALIZERS if not kind.written}


def checked(work: Work) -> str:
    with TemporaryDirectory() as folder:
        code, said = played(written(work, "pytorch", Path(folder)), "--check")
    assert code == 0, said
    return said


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_agrees(name: str) -> None:
    project = engine.load(f"example:{name}")
    said = checked(Work(project))
    assert all(f"gradient of {key}" in said for key in engine.Network(project).grad_dict())


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(works())
def test_random_chains_agree(work: Work) -> None:
    checked(work)


@pytest.mark.parametrize("wrong", ["output", "loss", "gradient of dense_1.weight", "gradient of dense_2.bias"])
def test_a_difference_is_found(tmp_path: Path, wrong: str) -> None:
    path = written(Work(tanh_chain(4, training=training())), "pytorch", tmp_path)
    data = load_file(tmp_path / "train_data.safetensors")
    scale = max(np.abs(values).max() for name, values in data.items() if "gradient" in name)
    data[f"check.{wrong}"].flat[0] += 1e-4 * max(scale, 0.1)
    save_file(data, tmp_path / "train_data.safetensors")
    code, said = played(path, "--check")
    assert code == 1
    assert "does not agree" in said


def epoch_losses(work: Work, epochs: int) -> list[float]:
    """The mean losses of the engine's epochs, as far as they are finite."""
    trainer = Trainer(work.project)
    if work.state is not None:
        trainer.network.load_state_dict(work.state)
    count, size = len(trainer.train.inputs), work.project.training.batch_size
    found = []
    try:
        for _ in range(epochs):
            sizes = [min(size, count - start) for start in range(0, count, size)]
            found.append(math.fsum(trainer.step() * each for each in sizes) / count)
    except NumericalFault:
        pass
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(works())
def test_random_chains_train_as_in_cascade(work: Work) -> None:
    """The same batches, updates, schedules, clipping: the same losses. In single precision rounding soon tells."""
    if any(block.kind == "dropout" for block in work.project.chain) or work.project.training.dtype == "float32":
        return
    expected = epoch_losses(work, 2)
    with TemporaryDirectory() as folder:
        found = losses(played(written(work, "pytorch", Path(folder)), "--epochs", "2")[1])
    assert found[: len(expected)] == pytest.approx(expected[: len(found)], rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("optimizer", SOME_OPTIMIZERS, ids=str)
def test_every_optimizer_moves_as_in_cascade(optimizer: dict[str, Any], tmp_path: Path) -> None:
    made = project(dense(5), of("silu"), dense(4, frozen=True), of("batch_norm", cut=True), of("tanh"),
                   of("layer_norm"), dense(1), optimizer=optimizer,
                   data=of("moons", samples=60), training=training(l1=0.01, clip_norm=0.3))  # fmt: skip
    found = losses(played(written(Work(made), "pytorch", tmp_path), "--epochs", "4")[1])
    assert found == pytest.approx(epoch_losses(Work(made), 4), rel=1e-6)


@pytest.mark.parametrize("schedule", SOME_SCHEDULES, ids=str)
def test_every_schedule_is_followed(schedule: dict[str, Any], tmp_path: Path) -> None:
    made = tanh_chain(4, data=of("xor", samples=50), training=training(schedule=schedule, batch_size=9))
    found = losses(played(written(Work(made), "pytorch", tmp_path), "--epochs", "4")[1])
    assert found == pytest.approx(epoch_losses(Work(made), 4), rel=1e-6)


def test_a_chain_that_no_gradient_passes_is_moved_by_its_decay_alone(tmp_path: Path) -> None:
    made = project(dense(3), dense(1), of("leaky_relu", cut=True), optimizer=of("sgd", weight_decay=0.1),
                   data=of("xor", samples=50), training=training())  # fmt: skip
    checked(Work(made))
    found = losses(played(written(Work(made), "pytorch", tmp_path), "--epochs", "3")[1])
    assert found == pytest.approx(epoch_losses(Work(made), 3), rel=1e-6)
    assert len(set(found)) == 3


def test_frozen_blocks_alone_stay_where_they_are(tmp_path: Path) -> None:
    made = project(dense(3, frozen=True), of("tanh"), dense(1, frozen=True), optimizer=of("adamw", weight_decay=0.1),
                   data=of("xor", samples=50), training=training(clip_norm=1.0, l1=0.1))  # fmt: skip
    found = losses(played(written(Work(made), "pytorch", tmp_path), "--epochs", "2")[1])
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_it_stops_where_the_project_says(tmp_path: Path) -> None:
    at_step = tanh_chain(4, data=of("xor", samples=50), training=training(stop_at_step=7))
    assert len(losses(played(written(Work(at_step), "pytorch", tmp_path))[1])) == 3  # 3 + 3 + 1 steps
    at_loss = tanh_chain(8, data=of("xor", samples=50), training=training(stop_at_loss=0.6), optimizer=of("adam",
        learning_rate=0.05))  # fmt: skip
    found = losses(played(written(Work(at_loss), "pytorch", tmp_path))[1])
    assert found[-1] <= 0.6 < min(found[:-1])


def test_it_goes_on_from_a_snapshot_only_when_told_to(tmp_path: Path) -> None:
    made = project(dense(6), of("dropout"), of("tanh"), dense(1), data=of("xor", samples=50), training=training())
    path = written(Work(made), "pytorch", tmp_path)
    assert played(path, "--resume") == (2, "")  # nothing is there yet
    whole = played(path, "--epochs", "5")[1].splitlines()
    assert played(path, "--epochs", "2")[1].splitlines() == whole[:2]
    assert (tmp_path / "snapshot.pt").exists()
    assert not list(tmp_path.glob("*.tmp"))
    assert played(path, "--epochs", "5", "--resume")[1].splitlines() == whole[2:]
    assert played(path, "--epochs", "1")[1].splitlines() == whole[:1]


def test_weights_that_stop_being_finite_leave_the_last_snapshot(tmp_path: Path) -> None:
    made = project(dense(1), data=of("plane", samples=50), loss="mean_squared_error",
                   optimizer=of("sgd", learning_rate=1e4), training=training())  # fmt: skip
    path = written(Work(made), "pytorch", tmp_path)
    code, said = played(path, "--epochs", "200")
    assert code == 2
    kept = torch.load(tmp_path / "snapshot.pt", weights_only=True)
    assert kept["epochs"] == len(losses(said))
    assert math.isfinite(losses(said)[-1])


def test_without_the_file_of_weights_new_ones_are_drawn(tmp_path: Path) -> None:
    starts = [of(kind.__struct_config__.tag) for kind in INITIALIZERS if not kind.written]
    chain = [dense(40, weight_init=each, bias_init=each) for each in starts]
    values = [[0.25] * 40]
    chain.append(dense(1, weight_init=of("values", values=values), bias_init=of("values", values=[-2.0])))
    made = project(*chain, training=training())
    path = written(Work(made), "pytorch", tmp_path)
    (tmp_path / "train.safetensors").unlink()
    assert played(path, "--epochs", "0") == (0, "")
    found, state = drawn(path), engine.Network(made).state_dict()
    for number, start in enumerate(starts, 1):
        for name in ("weight", "bias"):
            ours, theirs = state[f"dense_{number}.{name}"], found[f"block_{number}.{name}"]
            assert theirs.std() == pytest.approx(ours.std(), rel=0.35, abs=1e-12), (start, name)
            assert theirs.mean() == pytest.approx(ours.mean(), abs=0.5 * float(ours.std()) + 1e-12), (start, name)
    orthogonal = found[f"block_{1 + starts.index(of('orthogonal'))}.weight"]
    np.testing.assert_allclose(orthogonal @ orthogonal.T, np.eye(40), atol=1e-12)
    last = len(chain)
    assert found[f"block_{last}.weight"].tolist() == values
    assert found[f"block_{last}.bias"].tolist() == [-2.0]


def drawn(path: Path) -> dict[str, np.ndarray]:
    """The weights with which a program starts where it has no file of them."""
    program = runpy.run_path(str(path), run_name="program")
    network = program["load_network"](program["load_data"]())
    return {name: values.numpy() for name, values in network.state_dict().items()}


# Several processes.


def together(processes: int, *command: str) -> str:
    """What the first of several processes prints; they find each other as under torchrun."""
    base = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port(), "WORLD_SIZE": str(processes)}
    running = [
        subprocess.Popen(
            [sys.executable, *command],
            env=base | {"RANK": str(rank), "LOCAL_RANK": str(rank), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]
    said = [each.communicate(timeout=300) for each in running]
    assert [each.returncode for each in running] == [0] * processes, said
    assert all(not out for out, _ in said[1:])
    return said[0][0]


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


SHARED = {
    "a_last_batch_of_one_sample": tanh_chain(5, data=of("xor", samples=43, validation=0),
        training=training(batch_size=7, clip_norm=0.1, l1=0.001)),
    "shares_of_unequal_size_a_cut_and_a_frozen_block": project(
        of("conv2d", filters=3), of("relu"), of("max_pool2d"), of("flatten"), dense(8, frozen=True),
        of("tanh", name="kept", cut=True), dense(8), of("gelu"), of("add", source="kept"), dense(10),
        data=of("digits"), loss="softmax_cross_entropy", optimizer=of("sgd", momentum=0.9),
        training=training(batch_size=97, schedule=of("cosine", steps=20))),
    "no_gradient_passes": project(dense(3), dense(1), of("leaky_relu", cut=True), optimizer=of("sgd",
        weight_decay=0.1), data=of("xor", samples=50), training=training()),
}  # fmt: skip


ALL_IN_ONE = """
import os, runpy, sys
for path in sys.argv[1].split(os.pathsep):
    os.environ["MASTER_PORT"], _, path = path.partition("=")
    sys.argv = [path, "--epochs", "2"]
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as ended:
        assert not ended.code
"""


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    """Every example and what is hard to share, all in the same two processes. Where the last bit of the first weights
    tells soon, so does the order of a sum: as much as it changes the engine's own losses, a hundred times over, may
    they differ.
    """
    made = {name: engine.load(f"example:{name}") for name in EXAMPLES} | SHARED
    paths = {name: written(Work(each), "pytorch", tmp_path, name) for name, each in made.items()}
    said = together(2, "-c", ALL_IN_ONE, os.pathsep.join(f"{free_port()}={path}" for path in paths.values()))
    found = np.array([float(line.split()[3]) for line in said.splitlines()]).reshape(len(paths), 2)
    for (name, path), several in zip(paths.items(), found, strict=True):
        work, alone = Work(made[name]), np.array(losses(played(path, "--epochs", "2")[1]))
        own, nudged = np.array(epoch_losses(work, 2)), np.array(epoch_losses(last_bits_moved(work), 2))
        allowed = 1e-5 + 100 * np.abs(nudged / own - 1)
        assert (np.abs(several / alone - 1) <= allowed).all(), name
        assert (np.abs(alone / own - 1) <= allowed).all(), name


def last_bits_moved(work: Work) -> Work:
    state = engine.Network(work.project).state_dict()
    return Work(work.project, {key: np.nextafter(values, np.inf) for key, values in state.items()})


def test_batch_norm_and_dropout_run_in_several_processes_and_it_says_what_differs(tmp_path: Path) -> None:
    made = project(dense(6), of("batch_norm"), of("relu"), of("dropout"), dense(1),
                   data=of("xor", samples=43, validation=0), training=training(batch_size=8))  # fmt: skip
    path = written(Work(made), "pytorch", tmp_path)
    found = losses(together(2, str(path), "--epochs", "3"))
    assert len(found) == 3
    assert all(map(math.isfinite, found))
    assert "Batch norm takes" in path.read_text()
    assert "Each process draws" in path.read_text()
    resumed = losses(together(2, str(path), "--epochs", "4", "--resume").replace("epoch 4", "epoch 1"))
    assert len(resumed) == 1


def test_torchrun_starts_it(tmp_path: Path) -> None:
    path = written(Work(engine.load("example:iris")), "pytorch", tmp_path)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    run = subprocess.run(
        [*command, str(path), "--epochs", "2"],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    expected = losses(played(path, "--epochs", "2")[1])
    assert losses(run.stdout) == pytest.approx(expected, rel=1e-5)


def test_it_runs_by_itself_and_says_what_is_missing(tmp_path: Path) -> None:
    work = Work(engine.load("example:xor"), moved(engine.load("example:xor"), 1).state_dict())
    path = written(work, "pytorch", tmp_path, "mine")
    run = subprocess.run([sys.executable, "-I", str(path), "--check"], capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "agrees with Cascade" in run.stdout
    (tmp_path / "mine_data.safetensors").unlink()
    run = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, timeout=200)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "mine_data.safetensors with the samples has to lie beside this program.\n"
