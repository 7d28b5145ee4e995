"""What tests of the layer panel do and see."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF

import engine
from engine.project import Project
from engine.run.snapshot import Snapshot
from gui.layer.cells import CellsPicture
from gui.layer.panel import LayerPanel
from gui.layer.picture import Picture
from tests.gui.conftest import trained

IMAGES = engine.load(
    {
        "data": {"kind": "digits"},
        "chain": [
            {"kind": "conv2d", "name": "conv_1", "filters": 3},
            {"kind": "relu", "name": "relu_1"},
            {"kind": "max_pool2d", "name": "pool_1"},
            {"kind": "flatten", "name": "flat_1"},
            {"kind": "dense", "name": "dense_1", "units": 10},
        ],
        "loss": {"kind": "softmax_cross_entropy"},
        "training": {"batch_size": 16, "seed": 5, "dtype": "float64"},
    }
)


def picture(panel: LayerPanel) -> Picture:
    """What the panel shows now."""
    return panel.view.picture


def readout(panel: LayerPanel) -> str:
    """All that is read out."""
    return panel._readout.toolTip()


def hover(panel: LayerPanel, x: float, y: float) -> str:
    """What is read out at a point of the plot."""
    picture(panel).plot.hovered.emit(QPointF(x, y))
    return readout(panel)


def shown_pixels(shown: Picture) -> np.ndarray:
    """The colours of the cells (0xAARRGGBB)."""
    assert isinstance(shown, CellsPicture)
    image = shown.image.image.astype(np.uint32)
    return image[..., 3] << 24 | image[..., 0] << 16 | image[..., 1] << 8 | image[..., 2]


def marks(shown: Picture) -> list[str]:
    """The numbers of the legend."""
    assert shown.legend is not None
    return [text for _, text in shown.legend._marks]


def look(panel: LayerPanel, project: Project, steps: int, block: str, **choices: Any) -> Snapshot:
    """Draws a run after so many steps, with a block selected, and what is chosen: value, picture, samples, unit."""
    snapshot = trained(project, steps)
    panel.show_project(project, (block,) if block else ())
    panel.draw(snapshot)
    for name, wanted in choices.items():
        control = getattr(panel.choice, name)
        if isinstance(wanted, str):
            control.choose(wanted)
        else:
            control.setValue(wanted)
    return snapshot
