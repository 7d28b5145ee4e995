"""A lock on a file that the system itself gives back when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """Holds a file for one owner, in whatever process; the file is made where there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Whether it is ours from now on; no while somebody else has it. OSError where there can be no such file."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)  # programs that we start do not inherit it
        try:
            _lock(descriptor)
            if not os.path.samestat(os.fstat(descriptor), self.path.stat()):
                raise BlockingIOError("the file was removed meanwhile")
        except (BlockingIOError, PermissionError, FileNotFoundError):  # Windows says "permission denied"
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Gives it back; may be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
