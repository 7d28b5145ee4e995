"""What a gradient check found, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gui import numbers

if TYPE_CHECKING:
    from engine.explain.check import GradientCheck, TensorCheck
    from gui.checker import Checked


def tr(text: str) -> str:
    """A text of the gradient check in the language of the window."""
    return QCoreApplication.translate("Check", text)


def progress(share: float) -> str:
    """How far a check has come."""
    return tr("Checking gradients: {} %…").format(round(100 * share))


def summary(checked: Checked) -> str:
    """The result in one sentence."""
    check, worst = checked.check, numbers.short(checked.check.worst)
    if check.agrees:
        said = _how_many(check) + " " + tr("agree with central differences (worst {}).").format(worst)
    else:
        counts = numbers.count(check.wrong), numbers.count(check.checked)
        said = tr("✗ The first wrong one, seen from the error, is {}: {} of {} derivatives disagree (worst {}).")
        said = said.format(check.first_wrong, *counts, worst)
    kinks = sum(len(tensor.kinks) for tensor in check.tensors)
    return said + (" " + tr("At a kink, not compared: {}.").format(numbers.count(kinks)) if kinks else "")


def _how_many(check: GradientCheck) -> str:
    if check.checked == check.size:
        return tr("All {} derivatives").format(numbers.count(check.size))
    return tr("All {} derivatives that were drawn out of {}").format(*map(numbers.count, (check.checked, check.size)))


def about_block(checked: Checked, block: str) -> str:
    """What the check says of one block, for a badge."""
    check = checked.check
    tensors = [tensor for tensor in check.tensors if tensor.block == block]
    lines = [_about_tensor(tensor) for tensor in tensors]
    if any(not tensor.agrees for tensor in tensors):
        lines.append(_blame(check, block))
    if checked.stale:
        lines.append(tr("Outdated: this was at step {}. Check again.").format(numbers.count(checked.snapshot.steps)))
    return "\n".join(lines)


def sub_line(checked: Checked | None, block: str) -> str:
    """What the layer panel says beside a block's name."""
    if checked is None or block not in checked.check.blocks:
        return tr("not checked yet: Run, Check gradients (F8)")
    tensors = [tensor for tensor in checked.check.tensors if tensor.block == block]
    wrong, worst = sum(tensor.wrong for tensor in tensors), numbers.short(checked.check.blocks[block])
    said = tr("relative error, worst {}").format(worst)
    if any(not tensor.agrees for tensor in tensors):
        counts = numbers.count(wrong), numbers.count(sum(tensor.checked for tensor in tensors))
        said = tr("✗ {} of {} wrong, worst {}").format(*counts, worst)
    return said + (tr(" · outdated") if checked.stale else "")


def _about_tensor(tensor: TensorCheck) -> str:
    counts = numbers.count(tensor.checked), numbers.count(tensor.gradient.size)
    said = tr("{}: {} of {} entries checked,").format(tensor.key, *counts) + " "
    if not tensor.compared:
        return said + tr("all of them at a kink, where there is no single derivative.")
    verdict = tr("✓ equal to central differences") if tensor.agrees else tr("✗ not equal to central differences")
    said += f"{verdict} ({tr('worst relative error {}').format(numbers.short(tensor.worst))})."
    if tensor.kinks:
        said += " " + tr("{} at a kink, not compared.").format(numbers.count(len(tensor.kinks)))
    return said


def _blame(check: GradientCheck, block: str) -> str:
    """Where the fault can lie: at a block whose gradient is wrong, everything nearer to the error being right."""
    if block != check.first_wrong:
        nearer = tr(
            "It may be wrong only because the gradient that arrives here is: {} comes first, seen from the error."
        )
        return nearer.format(check.first_wrong)
    order = list(check.blocks)
    after = order[order.index(block) + 1 :]
    if not after:
        return tr(
            "Seen from the error this is the first wrong one: the fault lies here, or between here and the error."
        )
    text = tr("Seen from the error this is the first wrong one, and {} is still right: the fault lies between them.")
    return text.format(after[0])


def about_entry(tensor: TensorCheck, index: tuple[int, ...]) -> str:
    """The numbers of one entry, with all their digits; a kink in words."""
    analytic, measured = float(tensor.gradient[index]), float(tensor.difference[index])
    if index in tensor.kinks:
        text = tr("not compared. {} (Backpropagation takes {}.)")
        return text.format(tensor.kinks[index], numbers.full(analytic))
    if measured != measured:
        return tr("not checked: only some entries of a large tensor are drawn. Backpropagation {}").format(
            numbers.full(analytic)
        )
    error = float(tensor.error[index])
    text = tr("backpropagation {}, central difference {}, relative error {}")
    return text.format(*map(numbers.full, (analytic, measured, error)))
