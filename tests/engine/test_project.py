"""Projects as values: every kind and field through the canonical text, edits against a plain list, and what no type
declaration refuses by itself.
"""

from __future__ import annotations

import json
import math
import re
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.kinds import Field, fields, tag_of
from engine.project import (
    DATA,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Project,
    Training,
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
from engine.strict import MAXIMUM_BLOCKS, MAXIMUM_BYTES, MAXIMUM_DEPTH

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
HUGE = "1" + "0" * 400  # a whole number that no float can hold
steady = settings(derandomize=True)


def refused(act, *arguments) -> str:
    """The sentence with which something is refused: one line, short, said within a second."""
    started = time.process_time()
    with pytest.raises(engine.ProjectError) as caught:
        act(*arguments)
    assert time.process_time() - started < 1
    sentence = str(caught.value)
    assert 0 < len(sentence) <= 300
    assert sentence.isprintable()
    assert len(sentence.splitlines()) == 1
    return sentence


# Where a kind of each registry stands in a project.
PLACES = {
    "chain": (LAYERS, lambda plain: {"chain": [plain]}),
    "loss": (LOSSES, lambda plain: {"loss": plain}),
    "optimizer": (OPTIMIZERS, lambda plain: {"optimizer": plain}),
    "schedule": (SCHEDULES, lambda plain: {"training": {"schedule": plain}}),
    "data": (DATA, lambda plain: {"data": plain}),
    "weight_init": (INITIALIZERS, lambda plain: {"chain": [{"kind": "dense", "weight_init": plain}]}),
}
EVERY = [(kind, place) for kinds, place in PLACES.values() for kind in kinds]
IDS = [kind.__name__ for kind, _ in EVERY]

# What each type of field must not take, as it stands in a file.
WRONG: dict[str, list[Any]] = {
    "int": [True, False, "1", 1.5, 1.0, [], {}, [1]],
    "float": [True, "1", "nan", [], {}, [0.1]],
    "bool": [0, 1, "true", 1.0, [], {}],
    "choice": [0, True, "nonsense", "", [], {}],
    "kind": ["zeros", 7, True, [], {}, {"kind": "nonsense"}, {"kind": 7}, {"kind": None}],
    "rows": [7, "rows", True, {}],
    "text": [7, True, [], {}, "Not A Name", "a\n"],
}


def wrong_for(field: Field) -> list[Any]:
    """A path may be almost any text of one line."""
    return [wrong for wrong in WRONG[field.type] if field.name != "path" or wrong != "Not A Name"]


class TestEveryField:
    @pytest.mark.parametrize(("kind", "place"), EVERY, ids=IDS)
    def test_of_another_type_is_refused_by_name(self, kind, place):
        for field in fields(kind):
            for wrong in [*wrong_for(field), *([] if field.optional else [None])]:
                sentence = refused(decode, json.dumps(place({"kind": tag_of(kind), field.name: wrong})))
                assert field.name in sentence, sentence

    def test_of_the_training_too(self):
        for field in fields(Training):
            for wrong in [*WRONG[field.type], *([] if field.optional else [None])]:
                assert field.name in refused(decode, json.dumps({"training": {field.name: wrong}}))

    @pytest.mark.parametrize(("kind", "place"), EVERY, ids=IDS)
    def test_is_taken_at_its_limits_and_refused_beyond(self, kind, place):
        for field in (each for each in fields(kind) if each.type in ("int", "float")):
            plain = place({"kind": tag_of(kind), field.name: None})
            text = json.dumps(plain).replace(f'"{field.name}": null', f'"{field.name}": VALUE')
            for inside, outside in edges(field):
                decode(text.replace("VALUE", json.dumps(inside)))
                assert field.name in refused(decode, text.replace("VALUE", json.dumps(outside)))
            for beyond in (HUGE, f"-{HUGE}", "NaN", "Infinity", "-Infinity", "1e999"):
                refused(decode, text.replace("VALUE", beyond))


def edges(field: Field) -> list[tuple[float, float]]:
    """For each limit of a number the outermost value inside and the innermost outside."""
    found: list[tuple[float, float]] = []
    for limit, exclusive, out in (
        (field.minimum, field.exclusive_minimum, -1),
        (field.maximum, field.exclusive_maximum, 1),
    ):
        assert limit is not None, f"{field.name} has no limit"
        if field.type == "int":
            found.append((int(limit), int(limit) + out))
        elif exclusive:
            found.append((math.nextafter(limit, -out * math.inf), float(limit)))
        else:
            found.append((float(limit), math.nextafter(limit, out * math.inf)))
    return found


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Any value that a field takes, as it stands in a file."""
    match field.type:
        case "int":
            found: st.SearchStrategy[Any] = st.integers(int(field.minimum), int(field.maximum))
        case "float":
            found = st.floats(
                field.minimum,
                field.maximum,
                exclude_min=field.exclusive_minimum,
                exclude_max=field.exclusive_maximum,
            )
        case "bool":
            found = st.booleans()
        case "choice":
            found = st.sampled_from(field.choices)
        case "kind":
            found = st.sampled_from(field.choices).flatmap(plain_of)
        case "text":
            found = st.from_regex(re.compile("[0-9a-f]{64}") if field.name == "hash" else NAME, fullmatch=True)
        case _:
            found = st.just(json.loads(msgspec.json.encode(field.default)))  # lists with rules of their own
    return st.none() | found if field.optional else found


def plain_of(kind: type) -> st.SearchStrategy[dict[str, Any]]:
    """Any struct of a kind, as it stands in a file."""
    settable = {field.name: values_of(field) for field in fields(kind)}
    tag = {} if kind is Training else {"kind": st.just(tag_of(kind))}
    return st.fixed_dictionaries({**tag, **settable}).map(allowed)


def allowed(plain: dict[str, Any]) -> dict[str, Any]:
    """Without the combinations of fields that exclude each other."""
    if plain.get("padding") == "same":
        plain["stride"] = 1
    if "task" not in plain:
        return plain
    classes = {"classes": plain["classes"] or 2} if "classes" in plain else {}
    return plain | {"task": "classification"} | classes


names = st.text(min_size=1, max_size=120).filter(lambda text: text.isprintable() and text.strip())
notes = st.text(st.characters(codec="utf-8"), max_size=40)
views = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | notes,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(notes, inner, max_size=3),
    max_leaves=6,
)
projects = st.fixed_dictionaries(
    {
        "name": names,
        "data": st.sampled_from(DATA).flatmap(plain_of),
        "chain": st.lists(st.sampled_from(LAYERS).flatmap(plain_of), max_size=3),
        "loss": st.sampled_from(LOSSES).flatmap(plain_of),
        "optimizer": st.sampled_from(OPTIMIZERS).flatmap(plain_of),
        "training": plain_of(Training),
        "notes": notes,
        "view": st.dictionaries(notes, views, max_size=3),
    }
)


class TestCanonicalText:
    @steady
    @given(projects)
    def test_any_project_is_read_again_and_the_text_stays_byte_for_byte(self, plain):
        project = engine.load(plain)
        text = project.to_json()
        assert decode(text) == project
        assert decode(text.encode()).to_json() == text
        assert engine.load(json.loads(text)).to_json() == text

    @steady
    @given(projects)
    def test_every_field_is_written(self, plain):
        written = json.loads(engine.load(plain).to_json())
        assert list(written) == list(Project.__struct_fields__)
        assert list(written["training"]) == list(Training.__struct_fields__)
        for place in ("data", "loss", "optimizer"):
            assert written[place] == plain[place]
        for block, given_block in zip(written["chain"], plain["chain"], strict=True):
            assert block == {**given_block, "name": block["name"]}

    def test_an_empty_object_is_every_default(self):
        plain = json.loads(decode("{}").to_json())
        assert decode("{}") == Project() == engine.load({})
        assert plain["format"] == 1
        assert plain["chain"] == []
        assert plain["training"]["batch_size"] == 32

    def test_the_text_ends_in_a_line_and_keeps_what_is_not_ascii(self):
        text = engine.load({"name": "Größe ∂E/∂w", "notes": "eins\nzwei"}).to_json()
        assert text.endswith("}\n")
        assert "Größe ∂E/∂w" in text
        assert decode(text).notes == "eins\nzwei"

    @pytest.mark.parametrize("name", ["<b>bold</b>", "a & b", "100 %", '"', "\\", "{}", "x" * 120, "日本", "🙂"])
    def test_names_that_only_look_like_markup_are_plain_names(self, name):
        project = engine.load({"name": name})
        assert decode(project.to_json()).name == name


class TestNames:
    @pytest.mark.parametrize("name", ["a", "a1_", "z" * 64, "dense_1"])
    def test_what_fits_the_pattern(self, name):
        assert engine.load({"chain": [{"kind": "relu", "name": name}]}).block(name).kind == "relu"

    @pytest.mark.parametrize("name", ["A", "1a", "_a", "a-b", "a.b", "a ", "ä", "z" * 65, "a\n", "a\0", "\u0430"])
    def test_what_does_not(self, name):
        assert "name" in refused(engine.load, {"chain": [{"kind": "relu", "name": name}]})
        project = engine.load({"chain": [{"kind": "relu", "name": "a"}]})
        with pytest.raises(engine.ProjectError):
            change(project.block("a"), name=name)

    def test_a_given_name_goes_to_its_owner_wherever_it_stands(self):
        """The first block is named before the last one is met, and must not take its name."""
        chain = [{"kind": "tanh"}, {"kind": "tanh"}, {"kind": "tanh", "name": "tanh_2"}, {"kind": "relu", "name": ""}]
        assert [block.name for block in engine.load({"chain": chain}).chain] == ["tanh_1", "tanh_3", "tanh_2", "relu_1"]

    def test_a_full_chain_is_named_quickly(self):
        started = time.process_time()
        project = engine.load({"chain": [{"kind": "relu"}] * MAXIMUM_BLOCKS})
        assert time.process_time() - started < 1
        assert len({block.name for block in project.chain}) == MAXIMUM_BLOCKS
        assert "2000" in refused(insert, project, 0, project.chain[:1])


positions = st.lists(st.integers(0, 9), max_size=4)
edits = st.lists(
    st.tuples(st.just("insert"), st.integers(0, 9), st.lists(st.sampled_from(["dense", "tanh"]), max_size=3))
    | st.tuples(st.just("paste"), st.integers(0, 9), positions)
    | st.tuples(st.just("remove"), positions)
    | st.tuples(st.just("move"), positions, st.integers(0, 9))
    | st.tuples(st.just("rename"), st.integers(0, 9), st.sampled_from("abc"))
    | st.tuples(st.just("widen"), st.integers(0, 9), st.integers(1, 99)),
    max_size=12,
)


def picked(project: Project, wanted: list[int]) -> list[str]:
    return [project.chain[each].name for each in wanted if each < len(project.chain)]


def edited(project: Project, model: list[str], edit: tuple[Any, ...]) -> tuple[Project, list[str | None]]:
    """The project after an edit, and the names that a plain list predicts; None for a name that is given freshly."""
    match edit:
        case ("insert", slot, kinds):
            slot = min(slot, len(model))
            fresh = [layer_kind(kind)() for kind in kinds]
            return insert(project, slot, fresh), [*model[:slot], *[None] * len(kinds), *model[slot:]]
        case ("paste", slot, wanted):
            slot = min(slot, len(model))
            copies = [project.block(name) for name in picked(project, wanted)]
            return insert(project, slot, copies), [*model[:slot], *[None] * len(copies), *model[slot:]]
        case ("remove", wanted):
            gone = picked(project, wanted)
            return remove(project, gone), [name for name in model if name not in gone]
        case ("move", wanted, slot):
            moving, slot = picked(project, wanted), min(slot, len(model))
            taken = [name for name in model if name in moving]
            marked: list[str | None] = [*model[:slot], None, *model[slot:]]
            left = [name for name in marked if name not in moving]
            place = left.index(None)
            return move(project, moving, slot), [*left[:place], *taken, *left[place + 1 :]]
        case ("rename", at, name) if at < len(model) and name not in model:
            block = change(project.chain[at], name=name)
            return replace_block(project, model[at], block), [*model[:at], name, *model[at + 1 :]]
        case ("widen", at, units) if at < len(model) and project.chain[at].kind == "dense":
            return replace_block(project, model[at], change(project.chain[at], units=units)), list(model)
    return project, list(model)


@steady
@given(edits)
def test_any_edits_against_a_plain_list(steps):
    """Names stay with their blocks, are unique and of the pattern, what was there before is untouched, and the text of
    every state is read again.
    """
    project = engine.load({"chain": [{"kind": "dense"}, {"kind": "tanh"}, {"kind": "dense", "name": "last"}]})
    for edit in steps:
        before, blocks = project.to_json(), {block.name: block for block in project.chain}
        after, expected = edited(project, [block.name for block in project.chain], edit)
        assert project.to_json() == before
        found = [block.name for block in after.chain]
        assert len(found) == len(expected) == len(set(found))
        for name, foreseen in zip(found, expected, strict=True):
            assert NAME.fullmatch(name)
            assert name not in blocks if foreseen is None else name == foreseen
        kept = [name for name in found if name in blocks]
        changed = [name for name in kept if after.block(name) != blocks[name]]
        assert len(changed) <= (edit[0] == "widen")
        assert decode(after.to_json()) == after
        project = after


def test_pasted_blocks_are_copies_with_names_of_their_own():
    project = engine.load({"chain": [{"kind": "dense", "units": 7}, {"kind": "tanh", "name": "squash"}]})
    copies = decode_blocks(encode_blocks(project.chain))
    twice = insert(project, 1, copies)
    assert [block.name for block in twice.chain] == ["dense_1", "dense_2", "tanh_1", "squash"]
    assert twice.block("dense_2").units == 7


def test_an_unknown_block_is_a_key_error_and_changes_nothing():
    project = engine.load({"chain": [{"kind": "relu"}]})
    for act in (lambda: project.index("x"), lambda: replace_block(project, "x", layer_kind("relu")(name="x"))):
        with pytest.raises(KeyError, match="x"):
            act()
    assert remove(project, ["x"]) == move(project, ["x"], 0) == project
    assert "small letter" in refused(replace_block, project, "relu_1", layer_kind("relu")(name="Bad Name"))


def table(inputs: str, targets: str, task: str = "classification") -> str:
    return f'{{"data": {{"kind": "table", "task": "{task}", "inputs": {inputs}, "targets": {targets}}}}}'


def start(values: str) -> str:
    return f'{{"chain": [{{"kind": "dense", "weight_init": {{"kind": "values", "values": {values}}}}}]}}'


def nested(depth: int) -> str:
    return '{"view": ' + '{"a": ' * depth + "1" + "}" * depth + "}"


# The part of the text that has to be named, and the text.
HOSTILE: dict[str, tuple[str, str | bytes]] = {
    "bytes of UTF-16": ("UTF-8", "{}".encode("utf-16")),
    "bytes of Latin-1": ("UTF-8", '{"name": "Größe"}'.encode("latin-1")),
    "an overlong zero": ("UTF-8", b'{"name": "\xc0\x80"}'),
    "a surrogate as bytes": ("UTF-8", b'{"name": "\xed\xa0\x80"}'),
    "half a character at the end": ("UTF-8", b'{"name": "a\xe2\x88'),
    "a byte order mark inside": ("JSON", b'{"name": \xef\xbb\xbf"a"}'),
    "only a byte order mark": ("empty", b"\xef\xbb\xbf"),
    "NUL after the object": ("JSON", b"{}\0"),
    "a raw tab in a text": ("JSON", '{"name": "a\tb"}'),
    "an octal number": ("JSON", '{"training": {"seed": 007}}'),
    "a hexadecimal number": ("JSON", '{"training": {"seed": 0x10}}'),
    "a plus sign": ("JSON", '{"training": {"seed": +1}}'),
    "no digit after the point": ("JSON", '{"optimizer": {"kind": "adam", "learning_rate": 1.}}'),
    "an undefined value": ("JSON", '{"name": undefined}'),
    "a number as a key": ("JSON", "{1: 2}"),
    "a bad escape": ("JSON", r'{"name": "\x41"}'),
    "half of a surrogate pair in the notes": ("notes", r'{"notes": "\ud800"}'),
    "the other half in the view": ("view.a[0]", r'{"view": {"a": ["\udfff"]}}'),
    "half a pair as a key of the view": ("view", r'{"view": {"\ud800": 1}}'),
    "half a pair as a field": ("project", r'{"\ud800": 1}'),
    "half a pair as a kind": ("kind", r'{"chain": [{"kind": "\ud800"}]}'),
    "half a pair as a class": ("data.targets[0]", table("[[1], [2]]", r'["\ud800", "b"]')),
    "half a pair as a block's name": ("name", r'{"chain": [{"kind": "relu", "name": "\ud800"}]}'),
    "a direction mark in the name": ("printable", r'{"name": "a\u202eb"}'),
    "a line separator in the name": ("printable", r'{"name": "a\u2028b"}'),
    "an escape sequence in the name": ("printable", r'{"name": "\u001b[31mred"}'),
    "an escape sequence as a field": ("no field", r'{"\u001b[31m": 1}'),
    "a line end as a kind": ("kind", r'{"loss": {"kind": "hinge\r\n"}}'),
    "an endless field name": ("no field", json.dumps({"x" * 100_000: 1})),
    "an endless kind": ("kind", json.dumps({"loss": {"kind": "x" * 100_000}})),
    "an endless value": ("dtype", json.dumps({"training": {"dtype": "x" * 100_000}})),
    "a key twice, far down": ('"c"', '{"view": {"a": [{"b": {"c": 1, "c": 1}}]}}'),
    "a key twice, once escaped": ('"name"', r'{"name": "a", "n\u0061me": "b"}'),
    "the kind twice": ('"kind"', '{"loss": {"kind": "hinge", "kind": "huber"}}'),
    "a key twice after many others": ('"z"', "{" + "".join(f'"k{i}": 1, ' for i in range(50_000)) + '"z": 1, "z": 2}'),
    "NaN in a list": ("NaN", table("[[NaN], [1]]", "[0, 1]")),
    "minus infinity far down": ("-Infinity", '{"view": {"a": [[[-Infinity]]]}}'),
    "infinite by its exponent": ("data.inputs[0][0]", table("[[1e400], [1]]", "[0, 1]")),
    "a huge whole number in the view": ("view.a", f'{{"view": {{"a": {HUGE}}}}}'),
    "a huge whole number among the inputs": ("data.inputs[1][0]", table(f"[[1], [{HUGE}]]", "[0, 1]")),
    "a huge whole number among the targets": ("data.targets[0]", table("[[1], [2]]", f"[-{HUGE}, 1]", "regression")),
    "a huge whole number as a first weight": ("values[0][1]", start(f"[[1, {HUGE}]]")),
    "a huge whole number as the format": ("format", f'{{"format": {HUGE}}}'),
    "millions of digits": ("digits", '{"training": {"seed": ' + "9" * 2_000_000 + "}}"),
    "format as true": ("format", '{"format": true}'),
    "format as 1.0": ("format", '{"format": 1.0}'),
    "format nought": ("format", '{"format": 0}'),
    "the name as null": ("name", '{"name": null}'),
    "the notes as a list": ("notes", '{"notes": ["a"]}'),
    "the view as a list": ("view", '{"view": []}'),
    "the chain as null": ("chain", '{"chain": null}'),
    "the chain as text": ("chain", '{"chain": "dense"}'),
    "a block as null": ("chain[0]", '{"chain": [null]}'),
    "a block as a list": ("chain[0]", '{"chain": [[]]}'),
    "a loss as its name": ("loss", '{"loss": "hinge"}'),
    "a loss without a kind": ("hinge", '{"loss": {}}'),
    "a tag where there is none": ("training", '{"training": {"kind": "training"}}'),
    "a kind in capitals": ("hinge", '{"loss": {"kind": "Hinge"}}'),
    "a list of projects": ("object", "[{}]"),
    "a project in a text": ("object", json.dumps("{}")),
    "one level too deep": ("nested", nested(MAXIMUM_DEPTH + 1)),
    "far too deep": ("nested", nested(100_000)),
    "lists far too deep": ("nested", '{"view": {"a": ' + "[" * 200_000 + "]" * 200_000 + "}}"),
    "a chain far too long": ("2000", '{"chain": [' + '{"kind": "relu"},' * 100_000 + '{"kind": "relu"}]}'),
    "one block too many": ("2000", json.dumps({"chain": [{"kind": "relu"}] * (MAXIMUM_BLOCKS + 1)})),
    "two thousand blocks of one name": ("'a'", json.dumps({"chain": [{"kind": "relu", "name": "a"}] * MAXIMUM_BLOCKS})),
    "rows without values": ("inputs", table("[[], []]", "[0, 1]")),
    "a flat list of inputs": ("data.inputs[0]", table("[1, 2]", "[0, 1]")),
    "true among the inputs": ("data.inputs[0][0]", table("[[true], [1]]", "[0, 1]")),
    "null among the targets": ("data.targets[1]", table("[[1], [2]]", "[0, null]")),
    "rows as classes": ("classification", table("[[1], [2]]", "[[0], [1]]")),
    "text as values to predict": ("regression", table("[[1], [2]]", '[0, "1"]', "regression")),
    "targets of two lengths": ("regression", table("[[1], [2]]", "[[1], [1, 2]]", "regression")),
    "rows and numbers as targets": ("regression", table("[[1], [2]]", "[[1], 1]", "regression")),
    "an empty row among numbers": ("regression", table("[[1], [2]]", "[1, []]", "regression")),
    "empty rows as targets": ("regression", table("[[1], [2]]", "[[], []]", "regression")),
    "an empty row of first weights": ("weight_init", start("[[]]")),
    "first weights of two depths": ("weight_init", start("[1, [2]]")),
    "true as a first weight": ("weight_init", start("[[true]]")),
    "null as a first weight": ("weight_init", start("[[null]]")),
    "an object as a first weight": ("weight_init", start("[[{}]]")),
    "first weights as one number": ("values", start("1")),
    "an empty shape": ("shape", '{"chain": [{"kind": "reshape", "shape": []}]}'),
    "a shape of two numbers": ("shape", '{"chain": [{"kind": "reshape", "shape": [8, 8]}]}'),
    "a shape of four numbers": ("shape", '{"chain": [{"kind": "reshape", "shape": [1, 1, 8, 8]}]}'),
    "nought in a shape": ("shape[1]", '{"chain": [{"kind": "reshape", "shape": [1, 0, 8]}]}'),
    "same padding with a stride": ("stride", '{"chain": [{"kind": "conv2d", "padding": "same", "stride": 2}]}'),
}


@pytest.mark.parametrize(("part", "text"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_hostile_or_malformed_is_refused_and_its_place_is_named(part, text):
    assert part in refused(decode, text)


BLOCKS = {
    "nothing": "",
    "a number": "7",
    "null": "null",
    "a text": '"dense"',
    "a list of lists": "[[]]",
    "an object without a kind": "{}",
    "a whole project": '{"chain": []}',
    "an unknown kind": '{"kind": "transformer"}',
    "a loss": '{"kind": "hinge"}',
    "an unknown field": '{"kind": "dense", "x": 1}',
    "units as text": '[{"kind": "relu"}, {"kind": "dense", "units": "1"}]',
    "a bad name": '{"kind": "relu", "name": "<b>"}',
    "a key twice": '{"kind": "relu", "kind": "tanh"}',
    "half a pair": r'{"kind": "relu", "name": "\ud800"}',
    "a huge first weight": f'{{"kind": "dense", "bias_init": {{"kind": "values", "values": [{HUGE}]}}}}',
    "too deep": "[" * 100_000,
    "no text": b"\xff",
    "too long": " " * (MAXIMUM_BYTES + 1),
}


@pytest.mark.parametrize("text", BLOCKS.values(), ids=BLOCKS.keys())
def test_blocks_from_elsewhere_are_judged_as_strictly(text):
    refused(decode_blocks, text)


def test_no_blocks_are_no_blocks():
    assert decode_blocks("[]") == ()


@pytest.mark.parametrize(
    "text", [nested(MAXIMUM_DEPTH - 1), "{}" + " " * (MAXIMUM_BYTES - 2), '{"view": {"a": 1e308}}']
)
def test_what_lies_just_inside_a_limit_is_taken(text):
    assert decode(decode(text).to_json()) == decode(text)


def test_a_full_text_of_too_many_bytes_is_refused_at_once():
    assert "16 MB" in refused(decode, " " * (MAXIMUM_BYTES + 1))
    assert "16 MB" in refused(decode, b"[" * (MAXIMUM_BYTES + 1))
