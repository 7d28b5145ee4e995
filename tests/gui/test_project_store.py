"""Edits: one undo step each, merged where they belong together, seen by everybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.project import change, insert, layer_kind, move, remove, replace_block
from gui import project_store
from gui.project_store import DATA_END, LOSS_END, ProjectStore
from tests.gui.conftest import PLAIN


def units(project, count):
    return replace_block(project, "dense_1", change(project.block("dense_1"), units=count))


def test_an_edit_tells_old_and_new_and_is_undone(store, qtbot):
    before = store.project
    with qtbot.waitSignal(store.changed) as told:
        store.edit(units(before, 7), "units")
    assert told.args == [before, store.project]
    assert store.dirty
    store.undo_stack.undo()
    assert store.project == before
    assert not store.dirty
    store.undo_stack.redo()
    assert store.project.block("dense_1").units == 7


def test_an_edit_that_changes_nothing_is_no_step(store):
    store.edit(units(store.project, 4), "units")
    assert store.undo_stack.count() == 0


def test_quick_edits_with_one_key_are_one_step(store):
    before = store.project
    for count in (5, 6, 7):
        store.edit(units(store.project, count), "units", ("units", "dense_1"))
    assert store.undo_stack.count() == 1
    store.undo_stack.undo()
    assert store.project == before


def test_other_keys_no_key_and_later_edits_stay_apart(store, monkeypatch):
    store.edit(units(store.project, 5), "units", "a")
    store.edit(units(store.project, 6), "units", "b")
    store.edit(units(store.project, 7), "units")
    store.edit(units(store.project, 8), "units")
    monkeypatch.setattr(project_store, "MERGE_WITHIN", -1.0)
    store.edit(units(store.project, 9), "units", "c")
    store.edit(units(store.project, 10), "units", "c")
    assert store.undo_stack.count() == 6


def test_merged_edits_that_lead_back_leave_no_step(store):
    before = store.project
    store.edit(units(before, 5), "units", "key")
    store.edit(before, "units", "key")
    assert store.project == before
    assert not store.undo_stack.canUndo()


def test_selection_follows_the_chain(store):
    store.select("dense_2", "dense_1", "nothing")
    assert store.selection == ("dense_1", "dense_2")
    store.edit(remove(store.project, ["dense_1"]), "delete")
    assert store.selection == ("dense_2",)
    renamed = replace_block(store.project, "dense_2", change(store.project.block("dense_2"), name="last"))
    store.edit(renamed, "rename")
    assert store.selection == ("last",)
    store.select(DATA_END, "last", LOSS_END)
    assert store.selection == (DATA_END,)


def test_another_project_has_no_past(store, qtbot):
    store.edit(units(store.project, 9), "units")
    store.select("dense_1")
    order = []
    store.replaced.connect(lambda: order.append("replaced"))
    store.changed.connect(lambda *_: order.append("changed"))
    store.replace(engine.load({}))
    assert order == ["replaced", "changed"]
    assert store.selection == ()
    assert not store.dirty
    assert not store.undo_stack.canUndo()


def test_saving_cleans_until_the_next_edit(store, qtbot):
    store.edit(units(store.project, 9), "units")
    with qtbot.waitSignal(store.dirty_changed) as told:
        store.mark_saved()
    assert told.args == [False]
    store.undo_stack.undo()
    assert store.dirty


def test_what_is_said_of_the_chain_is_of_this_project(store):
    assert store.resolved.ok
    store.edit(units(store.project, 9), "units")
    assert store.resolved.blocks[0].parameter_count == 3 * 9
    store.edit(remove(store.project, ["dense_2"]), "delete")
    assert not store.resolved.ok


steps = st.lists(
    st.tuples(st.sampled_from(["insert", "remove", "move", "undo", "redo"]), st.integers(0, 9)), max_size=25
)


@given(steps)
def test_any_edits_undone_and_redone_equal_a_replay(taken):
    """Against a plain list of projects."""
    store = ProjectStore(engine.load(PLAIN))
    past, now = [store.project], 0
    for name, number in taken:
        if name in ("undo", "redo"):
            getattr(store.undo_stack, name)()
            now = max(0, now - 1) if name == "undo" else min(len(past) - 1, now + 1)
        else:
            project = edited(store.project, name, number)
            if project != store.project:
                store.edit(project, name)
                past, now = [*past[: now + 1], project], now + 1
        assert store.project == past[now]
    while store.undo_stack.canUndo():
        store.undo_stack.undo()
    assert store.project == past[0]


def edited(project, name, number):
    names = [block.name for block in project.chain]
    if name == "insert":
        return insert(project, number % (len(names) + 1), [layer_kind("relu")()])
    if not names:
        return project
    chosen = names[number % len(names)]
    return remove(project, [chosen]) if name == "remove" else move(project, [chosen], number % (len(names) + 1))


@pytest.mark.parametrize("end", [DATA_END, LOSS_END])
def test_no_block_can_have_the_name_of_an_end(store, end):
    with pytest.raises(engine.ProjectError):
        change(store.project.block("dense_1"), name=end)
