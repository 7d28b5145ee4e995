"""Projects: their text, the pure edits on them, and everything that is refused."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.project import (
    change,
    decode,
    decode_blocks,
    encode_blocks,
    insert,
    layer_kind,
    move,
    remove,
    replace_block,
)
from engine.storage import EXAMPLES
from engine.strict import MAXIMUM_BYTES

CHAIN = [{"kind": "dense", "name": name, "units": 3} for name in "abcde"]


def refused(act, *arguments):
    """The sentence with which something is refused; any other exception fails the test, and so does a slow answer."""
    started = time.process_time()
    with pytest.raises(engine.ProjectError) as caught:
        act(*arguments)
    sentence = str(caught.value)
    assert time.process_time() - started < 1
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) <= 300
    return sentence


def test_nothing_is_a_valid_project():
    project = engine.load({})
    assert project.chain == ()
    assert project == decode("{}")


def test_the_text_is_canonical_and_holds_every_field():
    project = engine.load({"chain": [{"kind": "dense"}]})
    plain = json.loads(project.to_json())
    assert list(plain) == ["format", "name", "data", "chain", "loss", "optimizer", "training", "notes", "view"]
    assert plain["chain"][0]["weight_init"] == {"kind": "glorot_uniform"}
    assert decode(project.to_json()) == project
    assert decode(project.to_json()).to_json() == project.to_json()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_canonical_and_can_be_trained(name):
    project = engine.load(f"example:{name}")
    assert engine.resolve(project).ok
    assert not any(place.warning for place in engine.resolve(project).places)
    assert decode(project.to_json()).to_json() == project.to_json()
    assert len(project.notes.partition("\n")[0]) > 20


def test_names_are_given_where_they_are_left_out():
    project = engine.load({"chain": [{"kind": "dense"}, {"kind": "dense", "name": "dense_1"}, {"kind": "tanh"}]})
    assert [block.name for block in project.chain] == ["dense_2", "dense_1", "tanh_1"]
    more = insert(project, 1, [layer_kind("dense")(), layer_kind("dense")(name="dense_1")])
    assert [block.name for block in more.chain] == ["dense_2", "dense_3", "dense_4", "dense_1", "tanh_1"]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True), st.integers(0, 5))
def test_move_means_a_slot_counted_before_anything_is_taken_out(chosen, slot):
    """Against a plain list in which the slot is marked first."""
    project = engine.load({"chain": CHAIN})
    names = ["abcde"[index] for index in chosen]
    model: list[str] = list("abcde")
    model.insert(slot, "|")
    moving = [name for name in "abcde" if name in names]
    model = [name for name in model if name not in names]
    place = model.index("|")
    model[place : place + 1] = moving
    assert [block.name for block in move(project, names, slot).chain] == model


def test_remove_and_replace():
    project = engine.load({"chain": CHAIN})
    assert [block.name for block in remove(project, ["b", "d", "nothing"]).chain] == ["a", "c", "e"]
    wider = replace_block(project, "c", change(project.block("c"), units=9))
    assert [block.units for block in wider.chain] == [3, 3, 9, 3, 3]
    assert project.block("c").units == 3
    assert "taken" in refused(replace_block, project, "c", change(project.block("c"), name="a"))
    with pytest.raises(KeyError):
        project.block("nothing")


def test_blocks_travel_as_json():
    blocks = engine.load({"chain": CHAIN}).chain[:2]
    assert decode_blocks(encode_blocks(blocks)) == blocks
    (one,) = decode_blocks('{"kind": "dense"}')
    assert one.name == ""


def test_change_is_judged_like_a_file():
    block = layer_kind("dense")()
    assert change(block, units=7).units == 7
    assert "units" in refused(lambda: change(block, units=0))
    assert "units" in refused(lambda: change(block, units=True))
    assert "units" in refused(lambda: change(block, units="7"))
    refused(lambda: change(block, colour="red"))


def chain(**fields):
    return json.dumps({"chain": [{"kind": "dense", **fields}]})


HOSTILE = {
    "nothing": "",
    "blanks": "  \n",
    "not JSON": "{",
    "half": '{"chain": [{"kind": "dense"',
    "two values": "{} {}",
    "a list": "[]",
    "a number": "7",
    "a text": '"project"',
    "null": "null",
    "single quotes": "{'name': 'x'}",
    "trailing comma": '{"name": "x",}',
    "comment": "{} // project",
    "NUL": '{"name": "a\0b"}',
    "escaped NUL": '{"name": "a\\u0000b"}',
    "line break in the name": '{"name": "a\\nb"}',
    "lone surrogate": '{"name": "\\ud800"}',
    "blank name": '{"name": "   "}',
    "empty name": '{"name": ""}',
    "long name": json.dumps({"name": "x" * 121}),
    "name is a number": '{"name": 7}',
    "other format": '{"format": 2}',
    "format as text": '{"format": "1"}',
    "unknown field": '{"colour": "red"}',
    "unknown field below": chain(colour="red"),
    "unknown layer": '{"chain": [{"kind": "transformer"}]}',
    "layer without a kind": '{"chain": [{"units": 3}]}',
    "kind of another registry": '{"chain": [{"kind": "adam"}]}',
    "unknown data": '{"data": {"kind": "mnist"}}',
    "unknown loss": '{"loss": {"kind": "perceptual"}}',
    "chain is an object": '{"chain": {"kind": "dense"}}',
    "block is a text": '{"chain": ["dense"]}',
    "key twice": '{"name": "a", "name": "b"}',
    "key twice below": '{"chain": [{"kind": "dense", "units": 1, "units": 2}]}',
    "NaN": '{"optimizer": {"kind": "adam", "learning_rate": NaN}}',
    "Infinity": '{"optimizer": {"kind": "sgd", "learning_rate": Infinity}}',
    "infinite by size": '{"optimizer": {"kind": "sgd", "learning_rate": 1e999}}',
    "NaN in the view": '{"view": {"speed": NaN}}',
    "infinite in the view": '{"view": {"speed": [1e400]}}',
    "huge integer": chain(units=10**400),
    "too many digits": '{"training": {"seed": ' + "9" * 5000 + "}}",
    "zero units": chain(units=0),
    "negative units": chain(units=-3),
    "too many units": chain(units=16385),
    "units as text": chain(units="16"),
    "units as true": chain(units=True),
    "half a unit": chain(units=1.5),
    "bias as a number": chain(bias=1),
    "negative rate": '{"optimizer": {"kind": "sgd", "learning_rate": -0.1}}',
    "zero rate": '{"optimizer": {"kind": "sgd", "learning_rate": 0}}',
    "momentum 1": '{"optimizer": {"kind": "sgd", "momentum": 1}}',
    "batch of nothing": '{"training": {"batch_size": 0}}',
    "seed below 0": '{"training": {"seed": -1}}',
    "half precision": '{"training": {"dtype": "float16"}}',
    "all held out": '{"data": {"kind": "xor", "validation": 1}}',
    "two blocks of one name": json.dumps({"chain": [{"kind": "tanh", "name": "a"}, {"kind": "relu", "name": "a"}]}),
    "name with a blank": chain(name="a b"),
    "name in capitals": chain(name="Dense"),
    "name as markup": chain(name="<b>"),
    "name as code": chain(name="__import__('os')"),
    "name as path": chain(name="../../x"),
    "long block name": chain(name="a" * 65),
    "name with a line break": chain(name="a\n"),
    "ragged table": '{"data": {"kind": "table", "inputs": [[1, 2], [3]], "targets": [0, 1]}}',
    "table without rows": '{"data": {"kind": "table", "inputs": [], "targets": []}}',
    "more inputs than targets": '{"data": {"kind": "table", "inputs": [[1], [2]], "targets": [0]}}',
    "one class only": '{"data": {"kind": "table", "inputs": [[1], [2]], "targets": [0, 0]}}',
    "text in the inputs": '{"data": {"kind": "table", "inputs": [["a"], ["b"]], "targets": [0, 1]}}',
    "ragged values": chain(weight_init={"kind": "values", "values": [[1, 2], [3]]}),
    "empty values": chain(weight_init={"kind": "values", "values": []}),
    "values with text": chain(weight_init={"kind": "values", "values": [["a"]]}),
    "deep list": "[" * 100_000,
    "deep object": '{"a":' * 50_000,
    "deep view": '{"view": {"a": ' + "[" * 500 + "]" * 500 + "}}",
    "too many blocks": json.dumps({"chain": [{"kind": "relu"}] * 2001}),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_malformed_or_hostile_is_refused_in_a_sentence(text):
    refused(decode, text)


@pytest.mark.parametrize("data", [b"\xff\xfe{}", b"\x00\x01\x02", b'{"name": "\xc3\x28"}', b"\x80" * 100])
def test_bytes_that_are_no_text_are_refused(data):
    refused(decode, data)


def test_a_byte_order_mark_is_let_pass():
    assert decode(b"\xef\xbb\xbf{}") == engine.load({})


def test_too_many_bytes_are_refused_before_they_are_read(tmp_path):
    path = tmp_path / "large.json"
    path.write_bytes(b" " * (MAXIMUM_BYTES + 1))
    assert "16 MB" in refused(engine.load, path)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (chain(units=0), ["units", ">= 1", "0"]),
        ('{"chain": [{"kind": "transformer"}]}', ["transformer", "dense", "relu"]),
        ('{"colour": "red"}', ["colour", "chain", "data"]),
        ('{"training": {"dtype": "float16"}}', ["dtype", "float32", "float64", "float16"]),
        ('{"name": "a", "name": "b"}', ["name", "twice"]),
    ],
)
def test_a_sentence_says_what_where_what_is_allowed_and_what_was_given(text, parts):
    sentence = refused(decode, text)
    assert all(part in sentence for part in parts), sentence


def test_dicts_are_judged_like_text():
    refused(engine.load, {"chain": [{"kind": "dense", "units": float("nan")}]})
    refused(engine.load, {1: 2})
    refused(engine.load, {"view": {"a": float("inf")}})


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["kind", "name", "chain", "data", "loss", "units", "seed", "view", "training", "x"]),
        inner, max_size=4,
    ),
    max_leaves=12,
))  # fmt: skip
def test_any_json_is_a_project_or_is_refused(plain):
    text = json.dumps(plain)
    try:
        project = decode(text)
    except engine.ProjectError as error:
        assert len(str(error)) <= 300
        assert "\n" not in str(error)
    else:
        assert decode(project.to_json()) == project
