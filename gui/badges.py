"""What the gradient check found and what is broken on purpose, as badges for the blocks of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.breaks import Break
from gui import check_words, numbers
from gui.breaks import Breaks
from gui.canvas.badge import Badge
from gui.checker import Checked


def tr(text: str) -> str:
    """A text of the badges in the language of the window."""
    return QCoreApplication.translate("Badges", text)


def all_badges(checked: Checked | None, breaks: Breaks) -> dict[str, tuple[Badge, ...]]:
    """The badges of every block that has any: first what the check says, then what is broken."""
    badges: dict[str, tuple[Badge, ...]] = {}
    if checked is not None:
        badges = {block: (_checked(checked, block),) for block in checked.check.blocks}
    for block in breaks.chosen:
        broken = breaks.of(block)
        assert broken is not None
        badges[block] = (*badges.get(block, ()), _broken(broken))
    return badges


def _checked(checked: Checked, block: str) -> Badge:
    """A tick or a cross with the worst relative error; a question mark where everything lies at kinks."""
    tensors = [tensor for tensor in checked.check.tensors if tensor.block == block]
    hint = check_words.about_block(checked, block)
    worst = numbers.short(checked.check.blocks[block])
    if any(not tensor.agrees for tensor in tensors):
        sign, text, colour = "✗", worst, "error"
    elif any(tensor.compared for tensor in tensors):
        sign, text, colour = "✓", worst, "good"
    else:
        sign, text, colour = "?", tr("kink"), "warning"
    if checked.stale:
        return Badge(sign, tr("outdated"), "secondary", hint)
    return Badge(sign, text, colour, hint)


def _broken(broken: Break) -> Badge:
    said = tr("Broken on purpose: {}. {}").format(broken.title, broken.text)
    return Badge("!", tr("broken on purpose"), "warning", said, on_edge=True)
