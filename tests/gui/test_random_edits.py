"""Ten thousand random edits, undos and redos: at each step the project is what the same edits make of plain lists and
dicts, which know nothing of the program, and it is the same after being saved and read again.
"""

from __future__ import annotations

import copy
import json
import random

import pytest

import engine
from engine import project as edits
from engine.project import change, layer_kind
from engine.storage import Saved, read_saved, write_saved
from gui import project_store
from gui.project_store import ProjectStore
from tests.gui.conftest import PLAIN

FIELDS = {
    "dense": ("units", lambda r: r.randint(1, 9)),
    "conv2d": ("filters", lambda r: r.randint(1, 9)),
    "dropout": ("rate", lambda r: r.randint(0, 9) / 10),
    "leaky_relu": ("slope", lambda r: r.randint(1, 9) / 100),
    "batch_norm": ("frozen", lambda r: r.random() < 0.5),
}
OTHERS = ("relu", "tanh", "flatten", "layer_norm", "softmax")
LONGEST = 12


class Twin:
    """The past and the present as plain values, with the rules of an undo stack."""

    def __init__(self, plain):
        self.states, self.keys = [plain], [None]
        self.now = self.saved = 0

    @property
    def plain(self):
        return self.states[self.now]

    @property
    def dirty(self):
        return self.now != self.saved

    def edit(self, plain, key):
        if plain == self.plain:
            return
        if self.saved > self.now:
            self.saved = -1  # it can be reached no more
        del self.states[self.now + 1 :], self.keys[self.now + 1 :]
        if key is not None and self.keys[self.now] == key and self.now != self.saved:
            self.states[self.now] = plain
            if plain == self.states[self.now - 1]:  # it led back
                del self.states[self.now], self.keys[self.now]
                self.now -= 1
            return
        self.states.append(plain)
        self.keys.append(key)
        self.now += 1

    def undo(self):
        self.now = max(0, self.now - 1)

    def redo(self):
        self.now = min(len(self.states) - 1, self.now + 1)


class Hand:
    """Makes the same random edit in both worlds."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.store = ProjectStore(engine.load(PLAIN))
        self.twin = Twin(plain(self.store.project))

    def act(self):
        name = self.random.choices(list(self.acts), [weight for weight, _ in self.acts.values()])[0]
        self.acts[name][1](self)
        return name

    def give(self, project, changed, key=None):
        self.store.edit(project, "edit", key)
        self.twin.edit(changed, key)

    @property
    def here(self):
        """The project, and a copy of the plain one to be changed."""
        return self.store.project, copy.deepcopy(self.twin.plain)

    def pick(self):
        names = [block["name"] for block in self.twin.plain["chain"]]
        return self.random.choice(names) if names else None

    def insert(self):
        project, changed = self.here
        if len(changed["chain"]) >= LONGEST:
            return
        slot = self.random.randint(0, len(changed["chain"]))
        kinds = [self.random.choice((*FIELDS, *OTHERS)) for _ in range(self.random.randint(1, 2))]
        fresh = []
        for kind in kinds:
            taken = {block["name"] for block in changed["chain"] + fresh}
            number = next(n for n in range(1, 99) if f"{kind}_{n}" not in taken)
            fresh.append(plain(layer_kind(kind)()) | {"name": f"{kind}_{number}"})
        changed["chain"][slot:slot] = fresh
        self.give(edits.insert(project, slot, [layer_kind(kind)() for kind in kinds]), changed)

    def insert_shortcut(self):
        project, changed = self.here
        if not 0 < len(changed["chain"]) < LONGEST:
            return
        source = self.random.choice(changed["chain"])["name"]
        taken = {block["name"] for block in changed["chain"]}
        name = next(f"add_{n}" for n in range(1, 99) if f"add_{n}" not in taken)
        block = layer_kind("add")(source=source)
        changed["chain"].append(plain(block) | {"name": name})
        self.give(edits.insert(project, len(project.chain), [block]), changed)

    def remove(self):
        project, changed = self.here
        gone = {self.pick() for _ in range(self.random.randint(1, 3))}
        changed["chain"] = [block for block in changed["chain"] if block["name"] not in gone]
        self.give(edits.remove(project, gone), changed)

    def move(self):
        project, changed = self.here
        names = {self.pick() for _ in range(self.random.randint(1, 3))}
        slot = self.random.randint(0, len(changed["chain"]))
        moved = [block for block in changed["chain"] if block["name"] in names]
        marked = [None if block["name"] in names else block for block in changed["chain"]]
        marked[slot:slot] = moved
        changed["chain"] = [block for block in marked if block is not None]
        self.give(edits.move(project, names, slot), changed)

    def set_field(self):
        """As from an editor: quick changes of one field become one step."""
        project, changed = self.here
        found = [block for block in changed["chain"] if block["kind"] in FIELDS]
        if not found:
            return
        block = self.random.choice(found)
        field, value_of = FIELDS[block["kind"]]
        block[field] = value_of(self.random)
        new = change(project.block(block["name"]), **{field: block[field]})
        key = self.random.choice((None, (block["name"], field)))
        self.give(edits.replace_block(project, block["name"], new), changed, key)

    def rename(self):
        project, changed = self.here
        old, new = self.pick(), f"renamed_{self.random.randint(1, 40)}"
        if old is None or any(block["name"] == new for block in changed["chain"]):
            return
        for block in changed["chain"]:
            if block["name"] == old:
                block["name"] = new
            if block.get("source") == old:
                block["source"] = new
        self.give(edits.replace_block(project, old, change(project.block(old), name=new)), changed)

    def write_weights(self):
        project, changed = self.here
        found = [block for block in changed["chain"] if block["kind"] == "dense"]
        if not found:
            return
        block = self.random.choice(found)
        values = [[round(self.random.uniform(-2, 2), 3) for _ in range(2)] for _ in range(block["units"])]
        block["weight_init"] = {"kind": "values", "values": values}
        self.give(edits.write_weights(project, block["name"], {"weight": values}), changed)

    def set_part(self):
        """What is no block."""
        project, changed = self.here
        part, value = self.random.choice(
            [
                ("name", f"Project {self.random.randint(1, 9)}"),
                ("notes", "line\n" * self.random.randint(0, 5) + "Größe ∂E/∂w 🙂"),
                ("view", {"speed": self.random.randint(1, 9)}),
                ("data", {"kind": "spirals", "samples": self.random.randint(20, 90)}),
                ("data", {"kind": "table", "inputs": [[1.5, 2], [3, 4]], "targets": [0, self.random.randint(1, 3)]}),
                ("loss", {"kind": "huber", "delta": self.random.randint(1, 9) / 2}),
                ("optimizer", {"kind": "sgd", "learning_rate": self.random.randint(1, 9) / 100}),
                ("training", {"batch_size": self.random.randint(1, 64), "seed": self.random.randint(0, 5)}),
            ]
        )
        new = engine.load({part: value})
        changed[part] = plain(new)[part]
        self.give(change(project, **{part: getattr(new, part)}), changed)

    def undo(self):
        self.store.undo_stack.undo()
        self.twin.undo()

    def redo(self):
        self.store.undo_stack.redo()
        self.twin.redo()

    def mark(self):
        self.store.mark_saved()
        self.twin.saved = self.twin.now

    acts = {  # noqa: RUF012  how often, and what
        "insert": (4, insert), "insert_shortcut": (1, insert_shortcut), "remove": (2, remove), "move": (3, move),
        "set_field": (6, set_field), "rename": (1, rename), "write_weights": (1, write_weights),
        "set_part": (3, set_part), "undo": (5, undo), "redo": (3, redo), "mark": (1, mark),
    }  # fmt: skip


def plain(struct):
    """As it stands in a file."""
    return json.loads(edits.msgspec.json.encode(struct))


def play(seed, steps, folder):
    hand = Hand(seed)
    for step in range(steps):
        name = hand.act()
        where = f"seed {seed}, step {step}: {name}"
        project = hand.store.project
        assert json.loads(project.to_json()) == hand.twin.plain, where
        assert hand.store.dirty == hand.twin.dirty, where
        assert edits.decode(project.to_json()) == project, where
        if step % 50 == 0:
            for suffix in (".json", ".cascade"):
                path = folder / f"edited{suffix}"
                write_saved(path, Saved(project))
                assert read_saved(path).project == project, where
    while hand.store.undo_stack.canUndo():
        hand.undo()
        assert json.loads(hand.store.project.to_json()) == hand.twin.plain
    assert hand.twin.now == 0
    assert hand.store.project == engine.load(PLAIN)


@pytest.fixture(autouse=True)
def whatever_the_clock_says(monkeypatch):
    """On a busy machine two edits may lie a second apart."""
    monkeypatch.setattr(project_store, "MERGE_WITHIN", 1e9)


def test_some_random_edits(qapp, tmp_path):
    play(0, 600, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_ten_thousand_random_edits(qapp, tmp_path, seed):
    play(seed, 1000, tmp_path)
