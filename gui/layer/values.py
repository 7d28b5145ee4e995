"""All values of the layer panel, in the order in which they are offered."""

from __future__ import annotations

from gui.layer.parameters import Check, Gradient, Ratio, Update, Weight
from gui.layer.passing import Activation, Delta
from gui.layer.value import Value

VALUES: dict[str, Value] = {
    each.name: each for each in (Gradient(), Weight(), Update(), Ratio(), Activation(), Delta(), Check())
}
