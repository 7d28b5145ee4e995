"""Gradients that explode: noticed while the numbers are still finite."""

from __future__ import annotations

from engine.checkpoint import GrowthState
from engine.findings import Finding
from engine.history import History
from engine.lazy import Array, np
from engine.network import Layout

TIMES_LONGER = 100
TIMES_THE_LOSS = 10
"""The gradient explodes where it is so many times as long, and the loss so many times as high, as ever before the
last mark. Marks lie 1, 2, 4, 8, ... steps after the beginning: a slow growth is seen from far enough away, and a fast
one at once.

Both are asked for, because either alone is harmless: a gradient that grows while the loss falls leaves a plateau, and
a single bad sample of a fitted set costs much.
"""


class Growth:
    """Watches one stretch of a run from where the ``history`` stands. ``loss`` is the mean loss at its beginning.

    A step in which the loss is not far above all losses before costs one comparison.
    """

    def __init__(self, layout: Layout, history: History, loss: float, clipped: bool) -> None:
        self.finding: Finding | None = None
        self._history, self._first_loss, self._clipped = history, loss, clipped
        self._weights = np.array([block.size for block in layout.blocks], float)
        self._begin, self._mark = history.last_step, history.last_step + 1
        self._longest, self._loud, self._marked = 0.0, float("inf"), 0

    def watch(self, step: int, loss: float) -> list[Finding]:
        """Takes the loss of a step whose gradient sizes stand in the history. Returns what has changed."""
        news = self._judge(step) if loss > self._loud else []
        return news + self._set_mark(step) if step >= self._mark else news

    def capture(self) -> GrowthState:
        """What is remembered; ``restore`` takes it up again."""
        begin, mark, marked = self._begin, self._mark, self._marked
        return GrowthState(begin, mark, marked, self._first_loss, self._longest, self._loud, self.finding)

    def restore(self, state: GrowthState) -> None:
        """Goes on from what was remembered."""
        self._begin, self._mark, self._marked = state.begin, state.mark, state.marked
        self._first_loss, self._longest, self._loud = state.first_loss, state.longest, state.loud
        self.finding = state.finding

    def _judge(self, step: int) -> list[Finding]:
        shares: Array = self._history.sizes * self._weights
        ratio = np.sqrt(shares.sum() / self._longest) if self._longest else 0.0
        if self.finding or not ratio > TIMES_LONGER:
            return []
        block = self._history.layers[int(shares.argmax())]
        more = f"{ratio:,.0f}" if ratio < 1e6 else "more than a million"
        text = (
            f"{block}: the gradient explodes: at step {step:,} it is {more} times as long as ever up to step "
            f"{self._marked:,}, most of all here."
        )
        cure = "Try a smaller learning rate." if self._clipped else "Try a smaller learning rate, or clip the gradient."
        self.finding = Finding("exploding", block, step, text, "gradient explodes", cure)
        return [self.finding]

    def _set_mark(self, step: int) -> list[Finding]:
        """Remembers the longest gradient and the highest loss so far; says so where an explosion is over."""
        news = []
        now = float(self._history.sizes @ self._weights)
        if self.finding and now <= TIMES_LONGER**2 * self._longest:
            text = f"{self.finding.block}: the gradient no longer explodes (step {step:,})."
            news.append(Finding(self.finding.kind, self.finding.block, step, text))
            self.finding = None
        columns = slice(-(-self._begin // self._history.stride), None)
        if len(self._history.loss[columns]) and not self.finding:
            self._longest = float((self._history.mean_square[columns] @ self._weights).max())
            self._loud = TIMES_THE_LOSS * max(self._first_loss, float(self._history.loss_max[columns].max()))
            self._marked = step
        self._mark = self._begin + 2 * (step - self._begin)
        return news
