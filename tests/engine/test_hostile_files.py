"""Files that mean harm: each by name, each refused in one sentence by every way in, quickly and without much memory."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import engine
from engine.storage import read_project, read_saved
from tests.engine.forged import CHAIN, Box, Part, history, members, parts, table, text, weights, zipped

WEIGHT, ORDER, RANDOM = "dense_1.weight", "training/order", "training/random"
FINDING = {"kind": "dead", "block": "relu_1", "step": 3, "text": "It is dead.", "short": "dead"}
honest = parts()


def with_part(number: int, **changes: Any) -> bytes:
    """The honest container with one part changed."""
    return zipped(*honest[:number], replace(honest[number], **changes), *honest[number + 1 :])


def added(name: bytes, data: bytes = b"x", **more: Any) -> bytes:
    return zipped(*honest, Part(name, data, **more))


def squeezed(method: int) -> bytes:
    """The honest members, compressed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as opened:
        for part in honest:
            opened.writestr(part.name.decode(), part.data)
    return made.getvalue()


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeeze.compress(data) + squeeze.flush()


def bomb() -> bytes:
    """Ten million noughts in ten thousand bytes."""
    small = raw_deflate(b"0" * 10**7)
    sizes = {"method": 8, "size": 10**7}
    return zipped(Part(b"project.json", small, local=sizes, central=sizes))


def both(**fields: Any) -> dict[str, Any]:
    """The same fields in both headers of a member."""
    return {"local": fields, "central": fields}


class Escape:
    def __reduce__(self) -> Any:
        return print, ("code of a stranger was run",)


EVIL = pickle.dumps(Escape())
ZIP64 = b"\x01\x00\x10\x00" + (1).to_bytes(8, "little") * 2
LOCATOR = b"PK\6\7" + bytes(16)
whole = zipped(*honest)

ZIPS: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", "too short"),
    "two letters": (b"PK", "too short"),
    "an empty zip": (zipped(), "has 0 members"),
    "plain text": (b"hello, here is no container for you to read", "no container"),
    "a project as text": (CHAIN.to_json().encode(), "no container"),
    "gzip": (gzip.compress(whole), "no container"),
    "a pickle": (EVIL, "no container"),
    "noughts": (bytes(1000), "no container"),
    "half of it": (whole[: len(whole) // 2], "its end is missing"),
    "all but the last byte": (whole[:-1], "its end is missing"),
    "without its beginning": (whole[40:], "its directory is not where it should be"),
    "something before it": (b"#!/bin/sh\n" + whole, "its directory is not where it should be"),
    "something before it that is counted": (zipped(*honest, before=b"#!/bin/sh\n"), "header of project.json"),
    "something behind it": (whole + b"\n", "its end is missing"),
    "something between members": (with_part(1, before=b"hidden"), "header of weights.safetensors"),
    "something before the directory": (zipped(*honest, gap=b"hidden"), "between its members and its end"),
    "a second container behind it": (whole + whole, "its directory is not where it should be"),
    "a comment": (zipped(*honest, after=b"hello", comment_length=5), "its end is missing"),
    "a comment that hides the end": (zipped(*honest, comment_length=4), "has a comment or several parts"),
    "a comment on a member": (with_part(0, comment=b"hi"), "its directory cannot be read"),
    "several disks": (zipped(*honest, disk=1, first_disk=1), "has a comment or several parts"),
    "a member on another disk": (with_part(0, central={"disk": 2}), "its directory cannot be read"),
    "more members than it has": (zipped(*honest, here=4, count=4), "it ends too early"),
    "fewer members than it has": (zipped(*honest, here=2, count=2), "between its members and its end"),
    "sixty thousand members": (zipped(*honest, here=60_000, count=60_000), "has 60000 members"),
    "a directory elsewhere": (zipped(*honest, place=7), "its directory is not where it should be"),
    "a directory of another length": (zipped(*honest, length=7), "its directory is not where it should be"),
    "a directory of four gigabytes": (zipped(*honest, length=2**32 - 1), "its directory is not where it should be"),
    "the project twice": (zipped(honest[0], *honest), "holds project.json twice"),
    "the weights twice": (zipped(*honest, honest[1]), "holds weights.safetensors twice"),
    "two names for one member": (with_part(1, central={"offset": 0}), "header of weights.safetensors"),
    "a member it knows nothing of": (added(b"readme.txt"), "holds 'readme.txt', which is no part of a container"),
    "data it knows nothing of": (added(b"data/more.safetensors"), "holds 'data/more.safetensors'"),
    "a way out of the folder": (added(b"../project.json"), "holds '../project.json'"),
    "a way out for the weights": (with_part(1, name=b"../../weights.safetensors"), "holds '../../weights"),
    "an absolute path": (added(b"/etc/passwd"), "holds '/etc/passwd'"),
    "a path of another system": (added(b"..\\..\\run.bat"), "holds '.."),
    "a device of another system": (added(b"C:\\nul"), "holds 'C:"),
    "a name with an end inside": (added(b"project.json\0.exe"), "holds 'project.json"),
    "a name in capitals": (with_part(0, name=b"PROJECT.JSON"), "holds 'PROJECT.JSON'"),
    "a name with a dot before it": (with_part(0, name=b"./project.json"), "holds './project.json'"),
    "a folder": (added(b"data/", b""), "holds 'data/'"),
    "no name": (added(b""), "holds ''"),
    "a name of 60,000 letters": (added(b"x" * 60_000), "holds 'xxx"),
    "a name that is no text": (added(b"\xff\xfe\x1b[31m"), "which is no part of a container"),
    "a name of the terminal's": (added(b"\x1b]0;owned\x07"), "which is no part of a container"),
    "two names that differ": (with_part(1, central_name=b"history.safetensors"), "has two names"),
    "another name of equal length": (
        zipped(honest[0], replace(honest[1], name=b"history.safetensors", data=honest[1].data,
               central_name=b"weights.safetensors")), "has two names"),
    "no project": (zipped(*honest[1:]), "holds no project.json"),
    "a history without weights": (zipped(honest[0], honest[2]), "holds history.safetensors but no weights"),
    "deflated": (squeezed(zipfile.ZIP_DEFLATED), "is compressed, encrypted or of a newer form"),
    "bzip2": (squeezed(zipfile.ZIP_BZIP2), "is compressed, encrypted or of a newer form"),
    "lzma": (squeezed(zipfile.ZIP_LZMA), "is compressed, encrypted or of a newer form"),
    "a bomb": (bomb(), "is compressed, encrypted or of a newer form"),
    "stored, says the one header": (with_part(0, central={"method": 8}), "header of project.json"),
    "encrypted": (with_part(0, **both(flags=1)), "is compressed, encrypted"),
    "strongly encrypted": (with_part(0, **both(flags=0x41)), "is compressed, encrypted"),
    "sizes that follow the data": (with_part(0, **both(flags=8)), "is compressed, encrypted"),
    "a patch": (with_part(0, **both(flags=0x20)), "is compressed, encrypted"),
    "extra fields": (with_part(0, extra=b"UT\x01\x00x", central_extra=b"UT\x01\x00x"), "project.json"),
    "an extra field in one header": (with_part(0, extra=b"UT\x01\x00x"), "header of project.json"),
    "zip64 sizes": (
        with_part(0, **both(size=2**32 - 1, compressed=2**32 - 1), extra=ZIP64, central_extra=ZIP64), "project.json"),
    "sizes of zip64 alone": (with_part(0, **both(size=2**32 - 1, compressed=2**32 - 1)), "is damaged"),
    "an end of zip64": (zipped(*honest, gap=LOCATOR), "between its members and its end"),
    "counts of zip64": (zipped(*honest, here=2**16 - 1, count=2**16 - 1), "has 65535 members"),
    "a version to come": (with_part(0, **both(version=63)), "of a newer form"),
    "a size that is too small": (with_part(0, **both(size=5, compressed=5)), "is damaged"),
    "a size that is too large": (with_part(2, **both(size=10**9, compressed=10**9)), "between its members and its end"),
    "two sizes": (with_part(0, **both(size=10**9)), "is compressed"),
    "a size that reaches into the next": (
        with_part(0, **both(size=len(honest[0].data) + 40, compressed=len(honest[0].data) + 40)), "is damaged"),
    "a header beyond the end": (with_part(0, central={"offset": 2**31}), "header of project.json"),
    "a header in the middle of another": (with_part(1, central={"offset": 3}), "header of weights.safetensors"),
    "another checksum": (with_part(1, **both(crc=7)), "weights.safetensors is damaged: its checksum"),
    "no checksum": (with_part(0, **both(crc=0)), "project.json is damaged: its checksum"),
    "two checksums": (with_part(0, local={"crc": 7}), "header of project.json"),
    "a header with another sign": (with_part(0, local={"sign": b"PK\0\0"}), "header of project.json"),
    "a directory with another sign": (with_part(0, central={"sign": b"PK\0\0"}), "its directory cannot be read"),
}  # fmt: skip

PROJECTS: dict[str, tuple[bytes, str]] = {
    "an empty project": (text(lambda _: ""), "is empty"),
    "a pickle as the project": (text(lambda _: EVIL), "not UTF-8"),
    "a project that is no object": (text(lambda _: "[1, 2]"), "project: expected an object"),
    "a number that is none": (text(lambda t: t.replace('"units": 3', '"units": NaN')), "holds NaN"),
    "a number beyond all": (text(lambda t: t.replace('"units": 3', '"units": 1e999')), "finite number"),
    "a number of 5,000 digits": (text(lambda t: t.replace('"units": 3', '"units": 1' + "0" * 5000)), "too many digits"),
    "brackets 100,000 deep": (text(lambda _: '{"view": ' + "[" * 10**5 + "]" * 10**5 + "}"), "nested deeper"),
    "brackets 40 deep": (text(lambda _: '{"view": {"a":' + "[" * 40 + "]" * 40 + "}}"), "nested deeper"),
    "a key twice": (text(lambda t: t.replace('"name": "Honest"', '"name": "a", "name": "b"')), '"name" stands twice'),
    "two bytes a letter": (text(lambda t: t.encode("utf-16")), "not UTF-8"),
    "half a letter": (text(lambda t: t.replace("Honest", "\\ud800")), "surrogate"),
    "blanks for sixteen megabytes": (text(lambda t: t + " " * 2**24), "may hold at most 16,777,216 bytes"),
    "control characters in its name": (text(lambda t: t.replace("Honest", "\\u001b[31m")), "printable characters"),
    "a name that turns the text round": (text(lambda t: t.replace("Honest", "\\u202eevil")), "printable characters"),
    "code in the name of a block": (text(lambda t: t.replace('"dense_1"', '"__import__(\'os\')"')), "chain[0].name"),
    "markup in the name of a block": (text(lambda t: t.replace('"dense_1"', '"<b>x</b>"')), "chain[0].name"),
    "a path in the name of a block": (text(lambda t: t.replace('"dense_1"', '"../x"')), "chain[0].name"),
    "a field it knows nothing of": (text(lambda t: t.replace('"notes"', '"script": "rm", "notes"')), '"script"'),
    "a kind it knows nothing of": (text(lambda t: t.replace('"relu"', '"python"')), "python"),
    "a newer format": (text(lambda t: t.replace('"format": 1', '"format": 2')), "made by a newer Cascade"),
    "more memory than there may be": (text(lambda t: t.replace('"units": 3', '"units": 100000')), "chain[0].units"),
    "a chain that cannot be trained": (text(lambda t: t.replace('"units": 1,', '"units": 2,')), "cannot be trained"),
    "a billion samples": (text(lambda t: t.replace('"samples": 25', '"samples": 1000000000')), "samples"),
}  # fmt: skip


def header_of(act: Callable[[str], str]) -> Callable[[Box], bytes]:
    return lambda box: box.packed(text=act(json.dumps(box.header)))


def arrays_of(data: np.ndarray) -> bytes:
    made = io.BytesIO()
    np.savez(made, data)
    return made.getvalue()


WEIGHTS: dict[str, tuple[bytes, str]] = {
    "a pickle as weights": (weights(lambda _: EVIL), "weights.safetensors"),
    "numpy's own file as weights": (weights(lambda _: arrays_of(np.zeros(3))), "weights.safetensors"),
    "no bytes": (weights(lambda _: b""), "header is longer"),
    "a header of 2^63 bytes": (weights(lambda box: box.packed(length=2**63)), "header is longer"),
    "a header longer than the file": (weights(lambda box: box.packed(length=10**6)), "header is longer"),
    "a header of no bytes": (weights(lambda box: box.packed(length=0)), "its header is not JSON"),
    "a header that ends too early": (weights(lambda box: box.packed(length=50)), "Not JSON"),
    "a header that is a list": (weights(lambda box: box.packed(text="[]")), "its header is not JSON"),
    "a header 100,000 brackets deep": (weights(lambda box: box.packed(text='{"a":' + "[" * 10**5)), "nested deeper"),
    "an array twice": (
        weights(header_of(lambda t: t.replace('"dense_1.bias"', '"dense_1.weight"'))), "stands twice"),
    "offsets beyond everything": (
        weights(lambda box: box.entry(WEIGHT, data_offsets=[2**50, 2**50 + 24])), "does not lie where"),
    "offsets of 200 digits": (weights(lambda box: box.entry(WEIGHT, data_offsets=[0, 10**200])), WEIGHT),
    "negative offsets": (weights(lambda box: box.entry(WEIGHT, data_offsets=[-24, 0])), WEIGHT),
    "offsets the wrong way round": (weights(lambda box: box.entry(WEIGHT, data_offsets=[24, 0])), "does not lie"),
    "arrays on top of each other": (
        weights(lambda box: box.entry(WEIGHT, data_offsets=box.header["m/" + WEIGHT]["data_offsets"])),
        "does not lie where"),
    "three offsets": (weights(lambda box: box.entry(WEIGHT, data_offsets=[0, 24, 48])), WEIGHT),
    "offsets with a point": (weights(lambda box: box.entry(WEIGHT, data_offsets=[0.0, 24.0])), WEIGHT),
    "a negative shape": (weights(lambda box: box.entry(WEIGHT, shape=[-3, -2])), WEIGHT),
    "a shape of petabytes": (weights(lambda box: box.entry(WEIGHT, shape=[2**50, 2])), "is not as long as said"),
    "a shape that overflows": (weights(lambda box: box.entry(WEIGHT, shape=[2**33, 2**31, 3, 2])), "not as long"),
    "a shape of 60 axes": (weights(lambda box: box.entry(WEIGHT, shape=[1] * 58 + [3, 2])), WEIGHT),
    "turned over": (weights(lambda box: box.entry(WEIGHT, shape=[2, 3])), "must be 3x2 of float32, is 2x3"),
    "flat": (weights(lambda box: box.entry(WEIGHT, shape=[6])), "must be 3x2 of float32, is 6"),
    "whole numbers": (weights(lambda box: box.entry(WEIGHT, dtype="I64", shape=[3])), "must be 3x2 of float32"),
    "a type it knows nothing of": (weights(lambda box: box.entry(WEIGHT, dtype="PICKLE")), WEIGHT),
    "half the precision": (weights(lambda box: box.entry(WEIGHT, dtype="BF16", shape=[3, 4])), WEIGHT),
    "one more field": (weights(lambda box: box.entry(WEIGHT, code="x")), WEIGHT),
    "an array that is missing": (
        weights(lambda box: box.renamed("dense_1.bias", "dense_1.more")), "'dense_1.bias' is missing"),
    "an array that is not expected": (
        weights(lambda box: box.renamed("v/dense_1.bias", "a/dense_1.bias")), "'a/dense_1.bias' is not expected"),
    "an array with code for a name": (weights(lambda box: box.renamed(WEIGHT, "__import__('os')")), "__import__"),
    "no name for an array": (weights(lambda box: box.renamed(WEIGHT, "")), "'' is not expected"),
    "something behind its arrays": (
        weights(lambda box: replace(box, data=box.data + bytes(8))), "its arrays take"),
    "arrays that are cut off": (weights(lambda box: replace(box, data=box.data[:-8])), "its arrays take"),
    "a weight that is not a number": (weights(lambda box: box.array(WEIGHT, np.nan)), "dense_1.weight holds a number"),
    "an infinite weight": (weights(lambda box: box.array(WEIGHT, -np.inf, 5)), "dense_1.weight holds a number"),
    "a running mean that is no number": (
        weights(lambda box: box.array("batch_norm_1.running_mean", np.nan)), "running_mean holds a number"),
    "a memory that is not a number": (weights(lambda box: box.array("v/" + WEIGHT, np.nan)), "holds a number"),
    "no plain values": (weights(lambda box: box.with_header(__metadata__=None)), "its metadata must hold"),
    "plain values under another key": (
        weights(lambda box: box.with_header(__metadata__={"pt": "{}"})), "its metadata must hold"),
    "plain values that are no text": (
        weights(lambda box: box.with_header(__metadata__={"cascade": {}})), "must be a JSON object as text"),
    "metadata that are a list": (weights(lambda box: box.with_header(__metadata__=[])), "its metadata must hold"),
    "plain values that are no JSON": (
        weights(lambda box: box.with_header(__metadata__={"cascade": "{x"})), "Not JSON"),
    "plain values 100,000 deep": (
        weights(lambda box: box.with_header(__metadata__={"cascade": '{"a":' + "[" * 10**5})), "nested deeper"),
    "one more plain value": (weights(lambda box: box.with_state(code="x")), "has no field"),
    "one plain value less": (weights(lambda box: box.with_state(steps=None)), "steps"),
    "a state of a newer form": (weights(lambda box: box.with_state(format=2)), "format"),
    "steps below nought": (weights(lambda box: box.with_state(steps=-1)), "steps"),
    "more steps than can be counted": (weights(lambda box: box.with_state(steps=10**30)), "steps"),
    "half a step": (weights(lambda box: box.with_state(steps=1.5)), "steps"),
    "more updates than steps": (weights(lambda box: box.with_state(updates=11)), "larger than can be"),
    "a place beyond the epoch": (weights(lambda box: box.with_state(position=21)), "larger than can be"),
    "a sample twice": (weights(lambda box: box.array(ORDER, 3, 0).array(ORDER, 3, 1)), "each sample number once"),
    "a sample that is none": (weights(lambda box: box.array(ORDER, 10**6)), "each sample number once"),
    "a sample below nought": (weights(lambda box: box.array(ORDER, -1)), "each sample number once"),
    "a generator that stands still": (weights(lambda box: box.array(RANDOM, 2, 3)), "no state of a generator"),
    "a generator that holds two": (weights(lambda box: box.array(RANDOM, 2, 4)), "no state of a generator"),
    "a generator that holds too much": (weights(lambda box: box.array(RANDOM, 2**40, 5)), "no state of a generator"),
    "a finding about no block": (
        weights(lambda box: box.with_state(findings=[{**FINDING, "block": "<b>"}])), "is not about a block"),
    "a finding that takes the terminal": (
        weights(lambda box: box.with_state(findings=[{**FINDING, "text": "\x1b[2J"}])), "is not about a block"),
    "a finding that tells a novel": (
        weights(lambda box: box.with_state(findings=[{**FINDING, "text": "x" * 10**5}])), "is not about a block"),
    "a finding with more fields": (
        weights(lambda box: box.with_state(findings=[{**FINDING, "run": "x"}])), "has no field"),
    "ten thousand findings": (weights(lambda box: box.with_state(findings=[FINDING] * 10_000)), "findings"),
    "an explosion of no block": (
        weights(lambda box: box.with_state(exploding={**FINDING, "block": "nowhere"})), "is not about a block"),
    "steps of which no curve tells": (weights(lambda box: box.with_state(steps=11)), "it ends at step 10"),
}  # fmt: skip

CURVES: dict[str, tuple[bytes, str]] = {
    "a pickle as a history": (history(lambda _: EVIL), "history.safetensors"),
    "a stride of three": (history(lambda box: box.with_state(stride=3)), "power of two"),
    "a stride of nought": (history(lambda box: box.with_state(stride=0)), "stride"),
    "a stride of 2^62": (history(lambda box: box.with_state(stride=2**62)), "stride"),
    "a column fuller than full": (history(lambda box: box.with_state(count=1)), "less full"),
    "a billion columns": (history(lambda box: box.with_state(columns=10**9)), "columns"),
    "more columns than there are": (history(lambda box: box.with_state(columns=11)), "must be 11 of float64, is 10"),
    "no columns": (history(lambda box: box.with_state(columns=0)), "must be 0 of float64"),
    "a million evaluations": (history(lambda box: box.with_state(evaluations=10**6)), "evaluations"),
    "a metric it knows nothing of": (history(lambda box: box.with_state(metrics=["<script>"])), "its metrics must be"),
    "a metric twice": (history(lambda box: box.with_state(metrics=["loss", "loss"])), "its metrics must be"),
    "a gradient size below nought": (history(lambda box: box.array("mean_square", -1.0)), "must not be negative"),
    "evaluations before the beginning": (history(lambda box: box.array("evaluation_steps", -5)), "must rise"),
    "evaluations beyond the end": (history(lambda box: box.array("evaluation_steps", 10**12)), "must rise"),
    "single precision": (history(lambda box: box.entry("loss", dtype="F32", shape=[20])), "must be 10 of float64"),
    "a curve on top of another": (
        history(lambda box: box.entry("loss", data_offsets=box.header["loss_min"]["data_offsets"])), "does not lie"),
}  # fmt: skip

TABLES: dict[str, tuple[bytes, str]] = {
    "a table that nobody names": (
        zipped(honest[0], Part(b"data/table.safetensors", members(trained=False)["data/table.safetensors"])),
        "do not name data/table.safetensors"),
    "a table that is not there": (zipped(Part(b"project.json", members(trained=False)["project.json"])), "data.inputs"),
    "a table named as a file anywhere": (
        text(lambda _: '{"data": {"kind": "table", "inputs": "/etc/passwd", "targets": "/etc/passwd"}}'),
        "data.inputs"),
    "a class that is none": (table(lambda box: box.array("targets", 2)), "must be numbers of its 2 classes"),
    "a class below nought": (table(lambda box: box.array("targets", -1)), "must be numbers of its 2 classes"),
    "a cell that is not a number": (table(lambda box: box.array("inputs", np.nan)), "must be finite"),
    "an infinite cell": (table(lambda box: box.array("inputs", np.inf)), "must be finite"),
    "a whole number with a fraction": (table(lambda box: box.array("inputs", 0.5)), "whole where it is said"),
    "a whole number beyond precision": (table(lambda box: box.array("inputs", 1e300)), "whole where it is said"),
    "neither true nor false": (table(lambda box: box.array("inputs/whole", 2)), "must be true or false"),
    "no rows": (table(lambda box: box.with_state(rows=0)), "rows"),
    "more rows than there are": (table(lambda box: box.with_state(rows=2001)), "must be 2001x4 of float64"),
    "other columns than there are": (table(lambda box: box.with_state(width=3)), "must be 2000x3 of float64"),
    "targets of another form": (table(lambda box: box.with_state(classes=[])), "targets"),
    "classes with control characters": (table(lambda box: box.with_state(classes=[None, {}])), "classes"),
}  # fmt: skip

HOSTILE = {**ZIPS, **PROJECTS, **WEIGHTS, **CURVES, **TABLES}


def test_the_honest_file_is_accepted_however_it_was_zipped(tmp_path):
    """What is forged here differs in one thing alone."""
    path = tmp_path / "honest.cascade"
    path.write_bytes(whole)
    assert read_saved(path).checkpoint.steps == 10
    with zipfile.ZipFile(path, "w") as opened:
        for part in reversed(honest):
            opened.writestr(part.name.decode(), part.data)
    assert engine.load(path) == CHAIN
    for made in (weights(lambda box: box), history(lambda box: box), table(lambda box: box), text(lambda t: t)):
        path.write_bytes(made)
        read_saved(path)
    path.write_bytes(weights(lambda box: box.with_state(findings=[FINDING])))
    assert read_saved(path).checkpoint.watch.findings[0].text == "It is dead."


def test_there_are_many():
    assert len(HOSTILE) == sum(map(len, (ZIPS, PROJECTS, WEIGHTS, CURVES, TABLES))) >= 60  # no name stands twice


@pytest.mark.parametrize("name", HOSTILE)
def test_every_way_in_refuses_it_in_one_sentence(run, tmp_path, name):
    data, words = HOSTILE[name]
    path = tmp_path / "file.cascade"
    path.write_bytes(data)
    started = time.process_time()
    said = set()
    for act in (read_saved, read_project, engine.load):
        with pytest.raises(engine.ProjectError) as caught:
            act(path)
        said.add(str(caught.value))
    for command in (["validate"], ["train"], ["check"], ["explain", "--parameter", "input", "--index", "0"]):
        code, out, err = run(command[0], path, *command[1:])
        assert (code, out) == (2, "")
        said.add(err.removeprefix("cascade: ").removesuffix("\n"))
    assert len(said) == 1
    sentence = said.pop()
    assert sentence.startswith("file.cascade: ")
    assert words in sentence
    assert len(sentence) <= 300
    assert sentence.isprintable()
    assert time.process_time() - started < 7  # for seven ways in
    assert path.read_bytes() == data
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


HARMLESS = {
    "markup": "<img src=x onerror=alert(1)><b>x</b>",
    "code": "__import__('os').system('true')",
    "a format": "{0.__class__} %s %n ${HOME} `ls`",
    "a path": "../../etc/passwd",
    "a formula": "=HYPERLINK(1)",
}


@pytest.mark.parametrize("words", HARMLESS.values(), ids=HARMLESS)
def test_words_are_only_words(tmp_path, run, words):
    """Names and notes are a person's own: they are kept as they are, and nothing comes of them."""
    path = tmp_path / "file.cascade"
    path.write_bytes(
        text(lambda t: t.replace('"Honest"', json.dumps(words)).replace('"notes": ""', f'"notes": {json.dumps(words)}'))
    )
    assert read_saved(path).project.name == read_saved(path).project.notes == words
    assert run("validate", path) == (0, "", "")
