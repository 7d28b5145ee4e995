"""The chain rule beside a running training."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton


def test_paths_go_on_while_the_chain_is_trained(open_window, qtbot):
    window = open_window()
    panel = window.panels["chain_rule"]
    button = next(each for each in panel.findChildren(QToolButton) if each.text() == "Paths")
    qtbot.waitUntil(button.isEnabled, timeout=20_000)
    button.click()
    paths = next(mode for mode in panel.modes if mode.title == "Paths")
    seen: list[str] = []

    def changed() -> bool:
        rows = paths.list.paths.rows
        if rows and rows[0].value not in seen:
            seen.append(rows[0].value)
        return len(seen) >= 4 and window.canvas.chain.paths is not None

    window.controller.set_speed(None)
    window.controller.run()
    qtbot.waitUntil(changed, timeout=20_000)
    button.click()
    assert window.canvas.chain.paths is None
    button.click()
    assert window.canvas.chain.paths is not None  # and the window closes with paths on the canvas
