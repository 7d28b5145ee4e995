"""The canvas: the chain as blocks on one line, with everything that can be done to it by hand."""

from gui.canvas.view import Canvas

__all__ = ["Canvas"]
