"""Sizes on the canvas, in units that are pixels at 100 %, and where the places of a chain lie.

Place -1 is the data block, place n (the number of blocks) the loss block; slot i lies before place i.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

WIDTH, HEIGHT, GAP = 112.0, 206.0, 24.0
STEP = WIDTH + GAP
RADIUS = 8.0
BAND = 8.0  # height of the colour of the family
PAD = 8.0  # between a block's edge and what it says
PICTURE_WIDTH, PICTURE_HEIGHT, PICTURE_TOP = WIDTH - 2 * PAD, 64.0, 68.0
MARGIN = 18.0  # free space around the chain

ARC_ROOM = 64.0  # above the blocks, for shortcuts
HINT_ROOM = 30.0  # above a chain without blocks, for the words that say what to do

FULL, SIMPLE = 0.6, 0.25  # zooms below which blocks show less, and then only their colour


def place_x(place: float) -> float:
    """The left edge of the block at a place."""
    return (place + 1) * STEP


def block_rect(place: float) -> QRectF:
    """The rectangle of the block at a place, in the scene."""
    return QRectF(place_x(place), 0.0, WIDTH, HEIGHT)


def slot_centre(slot: int) -> QPointF:
    """The middle of the gap at a slot."""
    return QPointF(place_x(slot) - GAP / 2, HEIGHT / 2)


def slot_at(x: float, blocks: int) -> int:
    """The slot, 0 to ``blocks``, that a position along the chain means: before the first block whose middle is right
    of it.
    """
    return max(0, min(blocks, int((x - WIDTH / 2) // STEP)))


def place_at(x: float, y: float, blocks: int) -> int | None:
    """The place of the block at a point of the scene, from -1 to ``blocks``; None beside the blocks."""
    place = int(x // STEP) - 1
    inside = 0 <= y <= HEIGHT and -1 <= place <= blocks and x - place_x(place) <= WIDTH
    return place if inside else None
