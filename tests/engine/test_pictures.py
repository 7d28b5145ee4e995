"""A folder of pictures as data: read by Pillow, brought to one size, a class for each subfolder."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from engine.data.files import load
from engine.data.formats import ImagesFormat
from engine.data.own import File
from engine.project import ProjectError

RNG = np.random.default_rng(3)


@pytest.fixture
def folder(tmp_path):
    """Two classes of grey pictures, the second of which is bright."""
    image = pytest.importorskip("PIL.Image")
    for name, base in (("dark", 0), ("light", 200)):
        (tmp_path / name).mkdir()
        for number in range(4):
            pixels = RNG.integers(base, base + 50, (12, 12)).astype(np.uint8)
            image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    (tmp_path / "dark" / "notes.txt").write_text("no picture")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_pictures_are_read_with_their_classes(folder):
    seen = load.look(folder)
    assert (seen.format, seen.samples, seen.shape, seen.class_count) == (ImagesFormat(12, False), 8, (1, 12, 12), 2)
    data = load.take(load.choice(seen))
    assert isinstance(data, File)
    assert (data.shape, data.class_names) == ((1, 12, 12), ("dark", "light"))
    found = data.generate(None)
    assert found.labels.tolist() == [0] * 4 + [1] * 4
    from PIL import Image

    for place in range(8):
        name = f"{'dark' if place < 4 else 'light'}/{place % 4}.png"
        np.testing.assert_allclose(found.inputs[place, 0], np.asarray(Image.open(folder / name)) / 255, rtol=1e-6)


def test_size_and_colour_can_be_chosen(folder):
    from PIL import Image

    Image.new("RGB", (30, 20), (255, 0, 51)).save(folder / "light" / "red.jpg", quality=100)
    seen = load.look(folder, size=6, colour=True)
    data = load.take(load.choice(seen))
    assert data.shape == (3, 6, 6)
    red = data.generate(None).inputs[-1]
    np.testing.assert_allclose(red.mean(axis=(1, 2)), [1, 0, 0.2], atol=0.02)


def test_a_picture_more_or_in_another_class_is_a_change(folder):
    data = load.take(load.choice(load.look(folder)))
    data.verify()
    (folder / "dark" / "0.png").rename(folder / "light" / "z.png")
    with pytest.raises(ProjectError, match="has changed"):
        data.verify()
    with pytest.raises(ProjectError, match="has changed"):
        data.generate(None)


@pytest.mark.parametrize("place", [0, 8, 40, 60, -40])
def test_a_broken_picture_is_named(folder, place):
    path = folder / "dark" / "2.png"
    content = path.read_bytes()
    path.write_bytes(content[:place] if place != 60 else content[:60] + b"\xff" * 8 + content[68:])
    with pytest.raises(ProjectError, match=r"dark/2.png is no PNG or JPEG picture"):
        load.take(load.choice(load.look(folder)))


def test_a_picture_that_says_it_is_huge_is_refused(folder):
    from PIL import Image

    Image.new("1", (20_000, 20_000)).save(folder / "dark" / "a.png")
    with pytest.raises(ProjectError, match=r"dark/a.png is"):
        load.take(load.choice(load.look(folder, size=8)))


def test_a_folder_without_classes_is_refused(tmp_path):
    pytest.importorskip("PIL.Image")
    with pytest.raises(ProjectError, match="has 0 subfolders with PNG or JPEG pictures"):
        load.look(tmp_path)


def test_without_pillow_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ProjectError, match=r"Pillow, which is not installed: pip install pillow\.$"):
        load.look(tmp_path)
