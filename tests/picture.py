"""Makes the pictures of the README from the program itself.

    QT_QPA_PLATFORM=offscreen python -m tests.picture

They land in ``assets/pictures``: the two-spirals example, trained until it stops by itself, light and dark.
"""

from __future__ import annotations

import sys

import engine
from engine import assets


def main() -> int:
    """Opens the window, trains, and takes both pictures."""
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QApplication

    from gui import theme
    from gui.app import create_window
    from tests.waiting import wait

    app = QApplication([])
    window = create_window(engine.load("example:spirals"))
    window.resize(1440, 900)
    window.show()
    while window.controller.state.name != "paused":
        app.processEvents()
    window.controller.set_speed(None)
    window.findChild(QAction, "actionRun").trigger()
    window.store.select("dense_2")
    while window.controller.state.name != "finished":
        app.processEvents()
    assets.path("pictures").mkdir(exist_ok=True)
    for mode in ("light", "dark"):
        theme.set_mode(mode)
        wait(500)
        window.grab().save(str(assets.path("pictures", f"window-{mode}.png")))
    theme.set_mode("system")
    window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
