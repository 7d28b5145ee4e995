"""The items of the canvas, kept in step with the project: who stands where, now and while something is dragged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QEasingCurve, QObject, QPointF, QRectF, QVariantAnimation
from PySide6.QtWidgets import QGraphicsScene, QGraphicsSceneHelpEvent, QToolTip

from engine.kinds import help_of
from engine.layers import AnyLayer
from engine.project import Project
from engine.resolve import Place, Resolved
from gui import numbers, theme
from gui.canvas.arc_item import ArcItem
from gui.canvas.badge import Badge
from gui.canvas.block_item import BlockItem
from gui.canvas.bubble_item import BUBBLE_WIDTH, BubbleItem
from gui.canvas.faces import DataFace, LossFace, Shown, face_of
from gui.canvas.link_item import LinkItem
from gui.canvas.measures import ARC_ROOM, FULL, HEIGHT, HINT_ROOM, MARGIN, STEP, WIDTH, place_x
from gui.canvas.paths_item import DrawnRoute, PathsItem, Route
from gui.canvas.tag_item import Tag, TagItem
from gui.project_store import DATA_END, LOSS_END


class ChainScene(QGraphicsScene):
    """Blocks, links and bubbles of one chain. Items have a final place; on the way there they may be animated."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.shown = Shown()
        self.zoom = 1.0  # at which it is looked at
        self._blocks: dict[str, BlockItem] = {}
        self._known: dict[str, tuple[object, ...]] = {}  # what each item was made from
        self._links: list[LinkItem] = []
        self._arcs: list[ArcItem] = []
        self.bubbles: list[BubbleItem] = []
        self.tags: dict[str, TagItem] = {}
        self.paths: PathsItem | None = None
        self._badges: Mapping[str, tuple[Badge, ...]] = {}
        self._ghosts: list[BlockItem] = []
        self._lifted: frozenset[str] = frozenset()
        self._order: list[str] = []
        self._targets: dict[BlockItem, float] = {}
        self._starts: dict[BlockItem, float] = {}
        self._motion = QVariantAnimation(self, startValue=0.0, endValue=1.0)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.valueChanged.connect(self._advance)

    def block(self, name: str) -> BlockItem:
        """The item of a block, or of an end of the chain."""
        return self._blocks[name]

    def set_project(self, project: Project, resolved: Resolved) -> None:
        """Makes the items of a project; those of unchanged blocks are kept."""
        self._order = [DATA_END, *(block.name for block in project.chain), LOSS_END]
        for name in set(self._blocks) - set(self._order):
            self.removeItem(self._blocks.pop(name))
            del self._known[name]
        self._make_ends(project, resolved)
        for block, place in zip(project.chain, resolved.blocks, strict=True):
            self._make_block(block, place)
        self._link(project, resolved)
        self._place_bubbles(resolved)
        self.show_tags({name: item.tag for name, item in self.tags.items()})
        self.show_paths([each.route for each in self.paths.routes] if self.paths else [])
        self.show_badges(self._badges)
        self.settle()

    def chain_rect(self) -> QRectF:
        """All that is to be seen, at its final places."""
        rect = QRectF(0, 0, place_x(len(self._order) - 2) + WIDTH, HEIGHT)
        if len(self._order) == 2:
            rect.setTop(-HINT_ROOM)  # words stand above an empty chain
        if self._arcs:
            rect.setTop(-ARC_ROOM)
        for item in (*self.bubbles, *self.tags.values()):
            rect = rect.united(item.boundingRect().translated(item.pos()))
        return rect

    def choose(self, names: Collection[str]) -> None:
        """Shows which blocks are selected."""
        for name, item in self._blocks.items():
            item.choose(name in names)

    def point_at_link(self, at: QPointF | None) -> str:
        """Shows the scissors of the link near a point; returns the block behind it where the point is on them. There
        are none where the chain is too small for them.
        """
        if self.zoom < FULL:
            at = None
        found = ""
        for link in self._links:
            place = link.scissors.translated(link.pos())
            near = at is not None and not place.isEmpty() and place.adjusted(-2, -44, 2, 24).contains(at)
            link.point_at(near)
            if near and at is not None and place.contains(at):
                found = link.target
        return found

    def light(self, names: Collection[str], role: str) -> None:
        """Shows which blocks somebody points at, in one of the theme's colours."""
        for name, item in self._blocks.items():
            item.light(role if name in names else "")

    def show_badges(self, badges: Mapping[str, tuple[Badge, ...]]) -> None:
        """Blocks of those names wear badges, and no others."""
        self._badges = badges
        for name, item in self._blocks.items():
            item.wear(badges.get(name, ()))

    def show_tags(self, tags: Mapping[str, Tag]) -> bool:
        """Hangs tags on the links behind blocks, by the block's name; whether that changes what is to be seen."""
        before = self.chain_rect()
        for item in self.tags.values():
            self.removeItem(item)
        self.tags = {}
        for name, tag in tags.items():
            if name in self._order:
                place = self._order.index(name) - 1
                self.tags[name] = TagItem(tag, place_x(place), name == LOSS_END)
                self.addItem(self.tags[name])
        self._frame()
        return self.chain_rect() != before

    def show_paths(self, routes: Sequence[Route]) -> None:
        """Draws paths over the blocks; one that the chain no longer has is left out."""
        if self.paths is not None:
            self.removeItem(self.paths)
            self.paths = None
        ways = [(route, self._legs([name for name, _ in route.stops])) for route in routes]
        drawn = [
            DrawnRoute(route, [self._blocks[name] for name, _ in route.stops], legs)
            for route, legs in ways
            if legs is not None
        ]
        if drawn:
            self.paths = PathsItem(drawn)
            self.addItem(self.paths)

    def _legs(self, names: Sequence[str]) -> list[ArcItem | None] | None:
        """The way through some blocks: None for the step to the next one, else an arc. None where there is no way."""
        places = {name: place for place, name in enumerate(self._order)}
        arcs = {arc.ends: arc for arc in self._arcs}
        if not all(name in places for name in names):
            return None
        steps = [places[right] - places[left] for left, right in pairwise(names)]
        legs = [None if step == 1 else arcs.get(pair) for step, pair in zip(steps, pairwise(names), strict=True)]
        return legs if all(arc or step == 1 for arc, step in zip(legs, steps, strict=True)) else None

    def _frame(self) -> None:
        self.setSceneRect(self.chain_rect().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))

    def helpEvent(self, event: QGraphicsSceneHelpEvent) -> None:
        """Says what is under the pointer, as it is now."""
        on_link = self.point_at_link(event.scenePos())
        if on_link:
            link = next(link for link in self._links if link.target == on_link)
            QToolTip.showText(event.screenPos(), link.hint(), event.widget())
            return
        found = next((item for item in self.items(event.scenePos()) if isinstance(item, BlockItem)), None)
        QToolTip.showText(event.screenPos(), found.hint() if found else "", event.widget())

    def show_only(self, first: int, last: int) -> None:
        """Shows the blocks from one to another, counted from the data, each with the link behind it; no others."""
        for number, name in enumerate(self._order):
            self._blocks[name].setVisible(first <= number <= last)
        for number, link in enumerate(self._links):
            link.setVisible(first <= number <= last)

    def show_gap(self, slot: int, blocks: Sequence[AnyLayer]) -> None:
        """Opens a gap at a slot, with what would land there."""
        room = len(blocks) * STEP
        if len(self._ghosts) != len(blocks):
            self._drop_ghosts()
            self._ghosts = [self._ghost(block) for block in blocks]
        for index, ghost in enumerate(self._ghosts):
            ghost.setPos(place_x(slot) - room / 2 + index * STEP, 0)
        for index, link in enumerate(self._links):
            link.setVisible(index != slot)
        shift = {name: (-room / 2 if place < slot else room / 2) for place, name in enumerate(self._order, -1)}
        self._head_for({name: place_x(place) + shift[name] for place, name in enumerate(self._order, -1)})

    def show_order(self, names: Sequence[str], lifted: Collection[str], x: float, y: float) -> None:
        """Shows the chain in another order of its blocks; those lifted hang at a point of the scene."""
        order = [DATA_END, *names, LOSS_END]
        self._head_for({name: place_x(place) for place, name in enumerate(order, -1) if name not in lifted})
        self._lifted = frozenset(lifted)
        for index, name in enumerate(name for name in names if name in lifted):
            item = self._blocks[name]
            item.be_ghost(True)
            item.setPos(x + index * STEP, y)
        self._follow_links()

    def settle(self) -> None:
        """Everything goes to where it belongs; nothing is dragged any more."""
        self._drop_ghosts()
        for name in self._lifted & set(self._blocks):
            self._blocks[name].be_ghost(False)
            self._blocks[name].setY(0)
        self._lifted = frozenset()
        for link in self._lines():
            link.setVisible(True)
        self._head_for({name: place_x(place) for place, name in enumerate(self._order, -1)})

    def _make_ends(self, project: Project, resolved: Resolved) -> None:
        data, loss = project.data, project.loss
        item = self._item(DATA_END, data, project.training.seed, project.loss)
        if item:
            item.face = DataFace(self.shown, project)
        self._blocks[DATA_END].describe(
            data.title, (data.summary,), "", data.family, bool(resolved.data.problem), help_of(type(data))
        )
        item = self._item(LOSS_END)
        if item:
            item.face = LossFace(self.shown)
        title = QCoreApplication.translate("Canvas", "Error E")
        self._blocks[LOSS_END].describe(
            title, _two_lines(loss.title.lower()), "", loss.family, bool(resolved.loss.problem), help_of(type(loss))
        )

    def _make_block(self, block: AnyLayer, place: object) -> None:
        item = self._item(block.name, block, place)
        if item is None:
            return
        item.face = face_of(self.shown, block, place)  # type: ignore[arg-type]
        still = "" if block.moves else QCoreApplication.translate("Canvas", "frozen")
        subs = tuple(filter(None, (block.name, " · ".join(filter(None, (block.summary, still))))))
        count = place.parameter_count  # type: ignore[attr-defined]
        wrong = bool(place.problem or place.warning)  # type: ignore[attr-defined]
        corner = numbers.count(count) if count else ""
        item.describe(block.short_title or block.title, subs, corner, block.family, wrong, help_of(type(block)))

    def _item(self, name: str, *source: object) -> BlockItem | None:
        """The item of a block where it has to be made anew for this source; None where it can stay."""
        if name in self._known and self._known[name] == source:
            return None
        self._known[name] = source
        if name not in self._blocks:
            self._blocks[name] = BlockItem(name)
            self._blocks[name].setPos(place_x(self._order.index(name) - 1), 0)
            self.addItem(self._blocks[name])
        return self._blocks[name]

    def _link(self, project: Project, resolved: Resolved) -> None:
        for link in self._links:
            self.removeItem(link)
        shapes = (resolved.data.input_shape, *(place.output_shape for place in resolved.blocks))
        pairs = zip(self._order, self._order[1:], shapes, strict=False)
        cuts = {block.name: block.cut for block in project.chain[1:]}
        self._links = [
            LinkItem(
                self._blocks[left],
                self._blocks[right],
                numbers.shape(shape) if shape is not None else "?",
                cuts.get(right),
            )
            for left, right, shape in pairs
        ]
        for link in self._links:
            self.addItem(link)
        self._draw_shortcuts(project)

    def _draw_shortcuts(self, project: Project) -> None:
        """An arc from every block that is named as a source before the block that names it."""
        for arc in self._arcs:
            self.removeItem(arc)
        places = {block.name: place for place, block in enumerate(project.chain)}
        self._arcs = [
            ArcItem(self._blocks[source], self._blocks[block.name], places[block.name] - places[source])
            for block in project.chain
            for source in block.sources
            if places.get(source, len(places)) < places[block.name]
        ]
        for arc in self._arcs:
            self.addItem(arc)

    def _place_bubbles(self, resolved: Resolved) -> None:
        """A bubble under every place with something to say; lower where it would lie on the one before."""
        for bubble in self.bubbles:
            self.removeItem(bubble)
        self.bubbles = []
        free = [-1e9, -1e9, -1e9]  # right ends of the rows of bubbles
        for index, place in enumerate(self._places(resolved)):
            if not place.problem and not place.warning:
                continue
            x = place_x(index - 1)
            row = next((k for k, end in enumerate(free) if x >= end), 0)
            free[row] = x + BUBBLE_WIDTH + 8
            bubble = BubbleItem(place, row)
            bubble.stand_under(x)
            self.addItem(bubble)
            self.bubbles.append(bubble)

    @staticmethod
    def _places(resolved: Resolved) -> list[Place]:
        """What stands at each place; what is said of the training stands under the error, where nothing else does."""
        last = resolved.loss if resolved.loss.problem or resolved.loss.warning else resolved.training
        return [resolved.data, *resolved.blocks, last]

    def _ghost(self, block: AnyLayer) -> BlockItem:
        ghost = BlockItem("")
        ghost.describe(block.short_title or block.title, (block.summary,), "", block.family, False, "")
        ghost.be_ghost(True)
        self.addItem(ghost)
        return ghost

    def _drop_ghosts(self) -> None:
        for ghost in self._ghosts:
            self.removeItem(ghost)
        self._ghosts = []

    def _head_for(self, targets: dict[str, float]) -> None:
        """Lets items glide to their left edges, or puts them there where no motion is wanted."""
        wanted = {self._blocks[name]: x for name, x in targets.items()}
        if wanted == self._targets and self._motion.state() == QVariantAnimation.State.Running:
            return
        self._motion.stop()
        self._targets = wanted
        self._starts = {item: item.x() for item in wanted}
        moving = any(self._starts[item] != x for item, x in wanted.items())
        if moving and theme.motion():
            self._motion.setDuration(theme.motion())
            self._motion.start()
        else:
            self._advance(1.0)

    def _advance(self, share: float) -> None:
        for item, x in self._targets.items():
            start = self._starts[item]
            item.setX(start + (x - start) * share)
        self._follow_links()

    def _follow_links(self) -> None:
        for link in self._lines():
            link.follow()
            if self._lifted:
                link.setVisible(False)

    def _lines(self) -> list[LinkItem | ArcItem | PathsItem]:
        """All that is drawn from block to block; paths last, for they follow arcs."""
        return [*self._links, *self._arcs, *([self.paths] if self.paths else [])]


def _two_lines(text: str) -> tuple[str, ...]:
    """A title of several words on two lines, broken where they come out most equal."""
    words = text.split()
    breaks = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    return min(breaks, key=lambda lines: max(map(len, lines)), default=(text,))
