"""Where the files that ship with the program lie: fonts, data sets, example projects."""

from __future__ import annotations

from pathlib import Path

# ``assets`` stands beside ``engine``, in a checkout as well as among installed packages.
_FOLDER = Path(__file__).resolve().parent.parent / "assets"


def path(*parts: str) -> Path:
    """The path of a file or folder below ``assets``, for example ``path("fonts", "Inter-Regular.otf")``. It need not
    exist.
    """
    return _FOLDER.joinpath(*parts)
