"""How large pictures may be; known before anything is loaded that could paint one."""

from __future__ import annotations

SMALLEST, LARGEST, MOST_PIXELS = 100, 16_000, 64_000_000


def objection(width: int, height: int) -> str:
    """Why there is no picture of that size in pixels, in words; empty where there can be one."""
    if all(SMALLEST <= side <= LARGEST for side in (width, height)) and width * height <= MOST_PIXELS:
        return ""
    limits = f"from {SMALLEST} to {LARGEST:,} pixels a side and at most {MOST_PIXELS // 10**6} million in all"
    return f"a picture has {limits}, not {width:,} x {height:,}"
