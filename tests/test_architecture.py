"""The shape of the house: what may import what, where kinds may be named, how long files are, what never occurs.

Run with ``-s`` to read the table of sizes.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

import main
from engine.kinds import Kind, fields, help_of, tag_of
from engine.project import DATA, INITIALIZERS, LAYERS, LOSSES, OPTIMIZERS, SCHEDULES, Project, Training

ROOT = Path(__file__).resolve().parent.parent
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
GUI = sorted((ROOT / "gui").rglob("*.py"))
PROGRAM = [ROOT / "main.py", *ENGINE, *GUI]
KINDS = (*LAYERS, *LOSSES, *OPTIMIZERS, *SCHEDULES, *DATA, *INITIALIZERS)
LONGEST_FILE = 400  # lines; beyond, look for the second thing that the file does

# Who may not import what, by the beginning of the path and of the module's name.
FORBIDDEN = {
    "engine/": ("PySide6", "shiboken6", "pyqtgraph", "gui"),
    "gui/canvas/": ("gui.panels", "gui.main_window", "gui.run_controller", "engine.run.session", "engine.run.worker"),
    "gui/panels/": ("gui.canvas", "gui.main_window", "gui.run_controller", "engine.run.session", "engine.run.worker"),
    "gui/layer/": ("gui.canvas", "gui.main_window", "gui.run_controller", "engine.run.session", "engine.run.worker"),
    "gui/palette.py": ("gui.panels", "gui.main_window", "gui.run_controller", "engine.run"),
    "gui/property_panel.py": ("gui.panels", "gui.canvas", "gui.main_window", "engine.run"),
    "gui/": ("engine.run.worker", "engine.run.board", "engine.cli", "pickle"),
}
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
UNSAFE_CALLS = {"eval", "exec", "os.system", "os.popen"}
UNSAFE_FLAGS = {"shell", "allow_pickle"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top, inside a function, or for the type checker only."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def for_type_checkers_only(path: Path) -> set[str]:
    """What stands under ``if TYPE_CHECKING:``; it is never executed."""
    return {
        module
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(ast.Module(node.body, []))
        if isinstance(inner, ast.ImportFrom) and inner.module
        for module in (inner.module, *(f"{inner.module}.{alias.name}" for alias in inner.names))
    }


def modules_after(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter holds after a statement."""
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return set(run.stdout.split())


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_imports_go_one_way(path):
    name = name_of(path)
    never = [word for start, words in FORBIDDEN.items() if name.startswith(start) for word in words]
    met = set(imports(path)) - for_type_checkers_only(path)
    wrong = sorted(module for module in met for word in never if module == word or module.startswith(f"{word}."))
    assert not wrong, f"{name} may not import {wrong}"


@pytest.mark.parametrize("module", ["engine.cli", "engine.run.worker", "engine.trainer", "main"])
def test_no_qt_without_a_window(module):
    assert not modules_after(f"import {module}") & {"PySide6", "shiboken6", "pyqtgraph", "gui"}


@pytest.mark.parametrize("module", ["gui.app", "gui.main_window", "gui.palette", "gui.canvas", "gui.property_panel"])
def test_what_is_painted_first_needs_neither_numpy_nor_plots(module):
    assert not modules_after(f"import {module}") & {"numpy", "pyqtgraph", "safetensors"}


def test_the_worker_imports_main_again_at_no_cost():
    assert not modules_after("import main") & {"engine", "gui", "numpy", "msgspec", "argparse"}


def test_freeze_support_comes_first():
    first = [node for node in tree(ROOT / "main.py").body if not isinstance(node, ast.ImportFrom)][1:3]
    assert [ast.unparse(node) for node in first] == ["import multiprocessing", "multiprocessing.freeze_support()"]


@pytest.mark.parametrize("path", GUI, ids=name_of)
def test_the_window_names_no_layer_kind(path):
    """A new kind touches one file: what the window shows of it comes from its fields."""
    tags, classes = {tag_of(kind) for kind in LAYERS}, {kind.__name__ for kind in KINDS}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant):
            assert node.value not in tags, f"{name_of(path)}:{node.lineno} names the kind {node.value!r}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("engine"):
            named = classes & {alias.name for alias in node.names}
            assert not named, f"{name_of(path)}:{node.lineno} imports {sorted(named)}"


@pytest.mark.parametrize("struct", [*KINDS, Training], ids=lambda struct: struct.__name__)
def test_every_kind_and_field_explains_itself(struct):
    assert len(help_of(struct)) > 10
    if issubclass(struct, Kind):
        assert struct.title
    if struct in LAYERS:
        assert struct.group
    if struct in (*LAYERS, *LOSSES, *DATA):
        assert struct.family in {"weights", "activation", "shape", "data", "loss"}
    for field in fields(struct):
        assert field.title, f"{struct.__name__}.{field.name} has no title"
        assert field.help, f"{struct.__name__}.{field.name} has no help"
        assert field.type != "json", f"{struct.__name__}.{field.name} has no editor"


def test_no_two_kinds_share_a_tag_or_a_title():
    for registry in (LAYERS, LOSSES, OPTIMIZERS, SCHEDULES, DATA, INITIALIZERS):
        assert len({tag_of(kind) for kind in registry}) == len(registry) == len({kind.title for kind in registry})
    assert Project().chain == ()


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_nothing_that_could_run_a_strangers_code(path):
    met = {module.partition(".")[0] for module in imports(path)}
    assert not met & UNSAFE_MODULES
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in UNSAFE_CALLS, f"{name_of(path)}:{node.lineno}"
            for keyword in node.keywords:
                harmless = isinstance(keyword.value, ast.Constant) and not keyword.value.value
                assert keyword.arg not in UNSAFE_FLAGS or harmless, f"{name_of(path)}:{node.lineno}"


def functions(path: Path) -> list[tuple[int, str]]:
    """Lines and name of every function of a file."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(node.end_lineno - node.lineno + 1, node.name) for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def test_sizes():
    print(f"\n{'file':<36}{'lines':>6}{'functions':>11}{'median':>8}  longest")
    for path in PROGRAM:
        found = functions(path)
        length, longest = max(found, default=(0, ""))
        middle = median([size for size, _ in found] or [0])
        lines = len(path.read_text(encoding="utf-8").splitlines())
        print(f"{name_of(path):<36}{lines:>6}{len(found):>11}{middle:>8g}  {longest} {length}")
    sizes = sorted(size for path in PROGRAM for size, _ in functions(path))
    print(f"{len(sizes)} functions: median {median(sizes):g} lines, 95 % at most {sizes[len(sizes) * 95 // 100]}")
    long = {name_of(path) for path in PROGRAM if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE}
    assert not long, f"longer than {LONGEST_FILE} lines: {sorted(long)}"


def test_the_repository_speaks_of_the_project_alone():
    """No place of one machine, nothing left to do without saying where it is followed up."""
    words = re.compile(r"(?<![\w./~$}-])/(home|root|opt|work|mnt|srv|farm)/\w|\b(TODO|FIXME|XXX|HACK)\b")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path != Path(__file__) and b"\0" not in path.read_bytes():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                assert not words.search(line), f"{name}:{number}: {line.strip()}"


def test_the_words_of_the_command_line_are_known_to_main():
    """main.py decides between window and command line without importing either."""
    from engine.cli import main as command_line

    for word in main.COMMANDS:
        with pytest.raises(SystemExit) as ended:
            command_line([word, "--help"])
        assert ended.value.code == 0
