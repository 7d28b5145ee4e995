"""Ten thousand spoiled files: each is taken or refused in one sentence, by every way in, within a second and 256 MB."""

from __future__ import annotations

import contextlib
import io
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

import engine
from engine.faults import NumericalFault
from engine.storage import read_saved, write_saved
from engine.trainer import Trainer
from main import main
from tests.engine.mutations import spoiled

LONGEST = 1.0  # seconds of work
LARGEST = 256 * 2**20  # bytes
SHARE, ALL = 250, 10_000


def opened(path: Path) -> str:
    """What comes of a file: the sentence that refuses it, or nothing."""
    try:
        saved = read_saved(path)
    except engine.ProjectError as error:
        sentence = str(error)
        assert sentence.isprintable()
        assert len(sentence) <= 300
        assert sentence.startswith(f"{path.name}: ")
        with pytest.raises(engine.ProjectError):
            engine.load(path)
        return sentence
    assert engine.load(path) == saved.project
    engine.resolve(saved.project)
    return ""


def validated(path: Path) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        code = main(["validate", str(path)])
    return code, said.getvalue()


def gone_on(path: Path) -> None:
    """What was taken can be trained, or says why not, and be saved again so that its bytes stay from then on."""
    saved = read_saved(path)
    try:
        trainer = Trainer.resumed(saved)
        trainer.run(2)
    except (engine.ProjectError, NumericalFault) as error:
        assert str(error).isprintable()
    again = path.with_name("again.cascade")
    write_saved(again, saved)
    first = again.read_bytes()
    write_saved(again, read_saved(again))
    assert again.read_bytes() == first


def spoil(tmp_path: Path, numbers: range) -> Counter[bool]:
    """Opens spoiled files in every way. How many were refused, and how many taken."""
    refused: Counter[bool] = Counter()
    for number in numbers:
        ending, data = spoiled(number)
        path = tmp_path / f"spoiled{ending}"
        path.write_bytes(data)
        tracemalloc.start()
        started = time.process_time()
        sentence = opened(path)
        took, peak = time.process_time() - started, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert took < LONGEST * 2, number  # read twice
        assert peak < LARGEST, number
        code, said = validated(path)
        assert code in (0, 2), number
        assert "Internal error" not in said
        if sentence:
            assert (code, said) == (2, f"cascade: {sentence}\n"), number
        elif path.suffix == ".cascade":
            gone_on(path)
        refused[bool(sentence)] += 1
    return refused


def test_some_of_them(tmp_path):
    refused = spoil(tmp_path, range(SHARE))
    assert refused[True] > SHARE / 2
    assert refused[False] > SHARE / 40  # else nothing would be known of what is taken


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_all_of_them(tmp_path, part):
    spoil(tmp_path, range(SHARE + part * ALL // 10, SHARE + (part + 1) * ALL // 10))


def test_they_are_the_same_every_time():
    assert [spoiled(number) for number in range(50)] == [spoiled(number) for number in range(50)]
