"""What the tests of exports have in common: random work of every kind, and programs run in this process."""

from __future__ import annotations

import io
import runpy
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import engine
from engine.exports import FORMATS, Work
from engine.initializers import INITIALIZERS
from engine.network import Network
from engine.project import Project
from tests.engine.chains import dense, of, project
from tests.engine.random_chains import ACTIVATIONS, image_chains, picks, with_shortcuts

DATA = {
    "binary_cross_entropy": of("xor", samples=45),
    "hinge": of("circles", samples=45),
    "softmax_cross_entropy": of("iris"),
    "mean_squared_error": of("iris"),
    "mean_absolute_error": of("plane", samples=45),
    "huber": of("plane", samples=45),
}
WIDTHS = {"softmax_cross_entropy": 3, "mean_squared_error": 3}
STARTS = [of(kind.__struct_config__.tag) for kind in INITIALIZERS if not kind.written]
OPTIMIZERS = [
    of("sgd", learning_rate=0.05),
    of("sgd", learning_rate=0.05, nesterov=True, weight_decay=0.01),
    of("sgd", learning_rate=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    of("rmsprop", decay=0.9, weight_decay=0.01),
    of("adagrad", weight_decay=0.01),
    of("adam", beta1=0.8),
    of("adam", weight_decay=0.01),
    of("adamw", weight_decay=0.1),
]
SCHEDULES = [
    of("constant"),
    of("constant", warmup=5),
    of("step", every=3, by=0.5),
    of("exponential", by=0.9, warmup=3),
    of("cosine", steps=7, floor=0.125, warmup=2),
]


def training(**fields: Any) -> dict[str, Any]:
    return {"dtype": "float64", "batch_size": 16, **fields}


@st.composite
def settings_of_training(draw: Any) -> dict[str, Any]:
    """An optimizer and how it is used."""
    fields = training(
        batch_size=draw(st.integers(2, 40)),
        dtype=draw(st.sampled_from(["float32", "float64"])),
        schedule=draw(st.sampled_from(SCHEDULES)),
        clip_norm=draw(st.sampled_from([None, 0.5])),
        l1=draw(st.sampled_from([0.0, 0.01])),
        seed=draw(st.integers(0, 3)),
    )
    return {"optimizer": draw(st.sampled_from(OPTIMIZERS)), "training": fields}


@st.composite
def flat_chains(draw: Any) -> tuple[list[dict[str, Any]], str]:
    """A chain on vectors that fits its loss."""
    loss = draw(st.sampled_from(sorted(DATA)))
    starts = {"weight_init": draw(st.sampled_from(STARTS)), "bias_init": draw(st.sampled_from(STARTS))}
    layers = [*(of(name) for name in ACTIVATIONS), of("layer_norm"), of("batch_norm"), of("dropout"), of("flatten")]
    middle = draw(
        st.lists(
            st.one_of(
                st.builds(dense, st.integers(1, 6), bias=st.booleans(), frozen=st.booleans(), cut=st.booleans()),
                st.sampled_from([dense(4, **starts), dense(4), *layers]),
            ),
            max_size=8,
        )
    )
    return [*middle, dense(WIDTHS.get(loss, 1))], loss


@st.composite
def works(draw: Any) -> Work:
    """A project of any family, with numbers away from the first ones."""
    if draw(st.booleans()):
        chain, loss = draw(flat_chains())
        made = project(*chain, loss=loss, data=DATA[loss], **draw(settings_of_training()))
    else:
        chain = draw(image_chains())
        fields = draw(settings_of_training())
        made = project(*chain, loss="softmax_cross_entropy", data=of("digits"), **fields)
    made = named(with_shortcuts(made, draw(picks)), draw(st.booleans()))
    assume(engine.resolve(made).ok)
    return Work(made, moved(made, draw(st.integers(0, 2**16))).state_dict())


def named(made: Project, confusingly: bool) -> Project:
    """The project, on request with names that programs use for other blocks."""
    if not confusingly:
        return made
    count = len(made.chain)
    names = {block.name: f"block_{count - place}" for place, block in enumerate(made.chain)}
    chain = [msgspec.to_builtins(block) | {"name": names[block.name]} for block in made.chain]
    for block in chain:
        block.update({"source": names[block["source"]]} if "source" in block else {})
    return engine.load(msgspec.to_builtins(made) | {"chain": chain})


def moved(made: Project, seed: int) -> Network:
    """The network with weights and running statistics moved at random."""
    network, generator = Network(made), np.random.default_rng(seed)
    network.parameters += (0.3 * generator.standard_normal(network.parameters.size)).astype(network.parameters.dtype)
    network.statistics += generator.uniform(0, 0.5, network.statistics.size).astype(network.parameters.dtype)
    return network


def written(work: Work, name: str, folder: Path, stem: str = "") -> Path:
    """The main file of an export, the others beside it."""
    files = FORMATS[name].files(work, stem)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return folder / next(iter(files))


def played(path: Path, *words: str) -> tuple[int, str]:
    """Runs a program in this process: its exit code and what it has printed."""
    before, said = sys.argv, io.StringIO()
    sys.argv = [str(path), *words]
    try:
        with redirect_stdout(said), redirect_stderr(io.StringIO()):
            runpy.run_path(str(path), run_name="__main__")
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 2
    finally:
        sys.argv = before
    return code, said.getvalue()


def losses(said: str) -> list[float]:
    """The numbers of lines like ``epoch 1 loss 0.693147``, which must be counted from 1 without a gap."""
    lines = [line.split() for line in said.splitlines()]
    assert all(len(line) == 4 and line[0] in ("epoch", "step") and line[2] == "loss" for line in lines), said
    return [float(line[3]) for line in lines]
