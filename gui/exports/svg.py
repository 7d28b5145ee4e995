"""Makes what Qt writes as SVG look the same in every program that shows it.

Qt asks for lines that are as wide at every zoom by ``vector-effect``, which many programs do not know: they widen a
curve of small numbers to a beam. Here such lines are written in the picture's own coordinates instead.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

SPACES = {"": "http://www.w3.org/2000/svg", "xlink": "http://www.w3.org/1999/xlink"}
EFFECT, FIXED = "vector-effect", "non-scaling-stroke"
FONTS = "Inter, Arial, Helvetica, sans-serif"  # Inter is not on every machine; Arial is nearly as wide
_PAIR = re.compile(r"(-?[\d.]+(?:e[-+]?\d+)?),(-?[\d.]+(?:e[-+]?\d+)?)")

Matrix = tuple[float, ...]  # a, b, c, d, e, f


def portable(drawing: bytes) -> bytes:
    """The same drawing, with lines and fonts that need nothing special."""
    for prefix, space in SPACES.items():
        ElementTree.register_namespace(prefix, space)
    root = ElementTree.fromstring(drawing)
    for group in root.iter(f"{{{SPACES['']}}}g"):
        if any(shape.get(EFFECT) == FIXED for shape in group):
            _flatten(group)
    for element in root.iter():
        element.attrib.pop(EFFECT, None)
        if "font-family" in element.attrib:
            element.set("font-family", FONTS)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _flatten(group: ElementTree.Element) -> None:
    """Takes the transformation off a group: lines get other coordinates, all else the transformation."""
    transform = group.attrib.pop("transform", "matrix(1,0,0,1,0,0)")
    matrix = tuple(map(float, transform.removeprefix("matrix(").removesuffix(")").split(",")))
    for shape in group:
        name = next((name for name in ("d", "points") if name in shape.attrib), None)
        if name and shape.get(EFFECT) == FIXED:
            shape.set(name, _PAIR.sub(lambda pair: _mapped(pair, matrix), shape.attrib[name]))
        else:
            shape.set("transform", f"{transform} {shape.get('transform', '')}".strip())


def _mapped(pair: re.Match[str], matrix: Matrix) -> str:
    a, b, c, d, e, f = matrix
    x, y = float(pair[1]), float(pair[2])
    return f"{a * x + c * y + e:.6g},{b * x + d * y + f:.6g}"
