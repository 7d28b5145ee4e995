"""numpy, imported when it is first used: a chain can be shown and judged before numpy has been loaded."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Generator = np.random.Generator
else:
    Array = Generator = Any

    class _Numpy:
        """Stands for the module until an attribute is asked for; each attribute is looked up once."""

        def __getattr__(self, name: str) -> Any:
            value = getattr(importlib.import_module("numpy"), name)
            setattr(self, name, value)
            return value

    np = _Numpy()

__all__ = ["Array", "Generator", "np"]
