"""Training: one step after the other, with statistics, evaluation at fixed steps, and weights that outlive edits of
the chain.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from engine import faults, metrics
from engine.attic import STATISTICS, Adoption, Attic
from engine.batches import Batches
from engine.breaks import NONE, Breaks, fitting
from engine.checkpoint import Checkpoint, Watch
from engine.data.parts import Dataset, dataset, depends_on
from engine.findings import Finding
from engine.growth import Growth
from engine.health import Health
from engine.history import History, HistoryState
from engine.lazy import Array
from engine.network import Network
from engine.plan import Halves, Plan
from engine.project import Project, ProjectError
from engine.resolve import resolve
from engine.saved import Saved
from engine.statistics import GradientSizes
from engine.tracing import trace
from engine.update import Update

CHECKPOINT_EVERY = 256
"""Steps between two points to which training can return after a numerical fault."""

EXAMINE_EVERY = 512
"""Steps that at least lie between two looks at the health of all units; at an epoch's end, and no more often than
evaluations of the whole training part.
"""


class Trainer:
    """Trains a project's chain. A ``dataset`` given here replaces the project's data; nothing is split off it.

    After ``run``, ``origin`` holds the parameters at which the gradient of its last step was taken, before the update,
    and ``chosen`` the numbers of the training samples in that batch. Before the first step of a chain they are those
    of the step to come. ``breaks`` are those of its network. Raises ProjectError where the chain cannot work.
    """

    def __init__(
        self,
        project: Project,
        dataset: Dataset | None = None,
        validation: Dataset | None = None,
        breaks: Breaks = NONE,
    ) -> None:
        self._given = None
        if dataset is not None:
            given = dataset.checked()
            self._given = given, given.none() if validation is None else validation.checked()
        self.project = project
        self.steps = 0
        self._loss_of_epoch = 0.0
        self._epoch_loss = math.nan  # before the first epoch is over
        self._attic = Attic()
        self._plan: Plan | Halves | None = None
        self._prepare_data(project)
        self._prepare_network(project)
        self.network.break_blocks(breaks)
        self.network.refuse_small_batch(self._batches.smallest(project.training.batch_size))
        self._foresee()
        self.history = History(self._sizes.names)
        self._checkpoint: Checkpoint | None = None
        self._evaluate_at = 0
        self.metrics: dict[str, float] = {}
        self.evaluated_at = 0
        self._evaluate_if_due()
        self._health, self._examine_at = Health(), 0
        self._news: list[Finding] = []
        self._growth = self._watch_growth()

    @classmethod
    def resumed(cls, saved: Saved) -> Trainer:
        """A trainer that goes on where a run was left: the same steps follow, bit for bit. Raises ProjectError."""
        trainer = cls(saved.project)
        if saved.checkpoint:
            trainer._take_up(saved.checkpoint, saved.history)
        return trainer

    @property
    def epoch(self) -> float:
        """Epochs done so far, with fraction."""
        return self._batches.progress

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which every training sample is used once."""
        return math.ceil(self._batches.samples / self._batches.size)

    @property
    def loss(self) -> float:
        """The batch loss of the last step; NaN before the first."""
        return float(self._plan.loss) if self._plan else math.nan

    @property
    def finished(self) -> str | None:
        """Why training stopped by itself, in a sentence; None while it goes on."""
        training = self.project.training
        if training.stop_at_step is not None and self.steps >= training.stop_at_step:
            return f"Stopped at step {self.steps:,}, as set."
        if training.stop_at_loss is not None and self._epoch_loss <= training.stop_at_loss:
            epoch, loss = self._batches.epoch + 1, self._epoch_loss
            return (
                f"Stopped after epoch {epoch:,}: its mean loss {loss:.3g} is at most {training.stop_at_loss:g}, as set."
            )
        return None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with blocks while all numbers are finite, as it was found last."""
        growth = self._growth.finding
        return (*self._health.findings.values(), *([growth] if growth else []))

    def take_news(self) -> list[Finding]:
        """What was found, changed or passed since the last call."""
        news, self._news = self._news, []
        return news

    def step(self) -> float:
        """One update. Returns the loss of its batch before the update. Raises NumericalFault; the last finite weights
        then stand.
        """
        with np.errstate(all="ignore"):
            return self._step()

    def run(self, steps: int) -> None:
        """So many steps, fewer where training stops by itself. Raises NumericalFault; the last finite weights then
        stand.
        """
        with np.errstate(all="ignore"):
            for left in range(steps, 0, -1):
                if self.finished:
                    break
                if left == 1 or self._may_be_last():
                    self.origin[...] = self.network.parameters
                self._step()
            self._refuse_infinite()

    def evaluate(self) -> dict[str, float]:
        """``loss`` and ``accuracy`` (classes) or ``r2`` over the whole training part, ``validation_...`` over the
        other, if any.
        """
        found = metrics.evaluate(self.network, self.train)
        return found | {
            f"validation_{name}": value for name, value in metrics.evaluate(self.network, self.validation).items()
        }

    def slopes(self) -> Array:
        """Mean slope of every activation over the last batch, (blocks,); NaN for other blocks and before the first
        step.
        """
        means = np.full(len(self.project.chain), np.nan)
        for index, block in enumerate(self.project.chain) if self._plan else ():
            if block.has_slope and self._plan:
                means[index] = self._plan.slope(block.name).mean(dtype=float)
        return means

    def peek(self) -> Array:
        """The numbers of the training samples in the next step's batch; nothing changes."""
        return self._batches.peek().copy()

    def load(self, plan: Plan | Halves, chosen: Array) -> None:
        """Puts training samples, by their numbers, into a plan for as many."""
        self._rows.take(chosen, 0, plan.input, "clip")  # type: ignore[union-attr]
        self._target_rows.take(chosen, 0, plan.targets, "clip")

    def repeat(self) -> faults.Break | None:
        """The next step, of which nothing is recorded. What was not finite in it; None where all was."""
        plan = self._forward_and_backward()
        found = faults.in_values(self.network, plan)
        if not found:
            self._update.step()
            found = faults.in_weights(self.network)
        self.steps += 1
        self._count_epoch(float(plan.loss), plan.batch)
        return found

    def capture(self) -> Checkpoint:
        """The state of the run; ``restore`` returns to it, and the same steps follow again."""
        vectors = {name: vector.copy() for name, vector in self._update.vectors.items()}
        return Checkpoint(
            self.steps,
            self._update.count,
            self._loss_of_epoch,
            self.network.parameters.copy(),
            self.network.statistics.copy(),
            vectors,
            self._batches.capture(),
            {name: dict(each.bit_generator.state) for name, each in self.network.generators.items()},
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Returns to a captured state of the same chain."""
        self.steps, self._loss_of_epoch = checkpoint.steps, checkpoint.loss_of_epoch
        self._update.count = checkpoint.updates
        self.network.parameters[...] = checkpoint.parameters
        self.network.statistics[...] = checkpoint.statistics
        for name, state in checkpoint.generators.items():
            self.network.generators[name].bit_generator.state = state
        for name, vector in checkpoint.vectors.items():
            self._update.vectors[name][...] = vector
        self._batches.restore(checkpoint.batches)

    def saved(self) -> Saved:
        """The project with its run as it stands, which ``resumed`` takes up again. Raises ProjectError."""
        if self._given:
            raise ProjectError("A run on data that are not the project's cannot be saved with the project.")
        growth, found = self._growth.capture(), tuple(self._health.findings.values())
        watch = Watch(self._epoch_loss, self._evaluate_at, self._examine_at, found, growth)
        return Saved(self.project, replace(self.capture(), watch=watch), self.history.capture())

    def adopt(self, project: Project, fresh: Collection[str] = ()) -> Adoption:
        """Goes on with an edited project: every block that still fits keeps its weights, one that comes back gets its
        own again. Blocks named in ``fresh`` take the numbers that are written for them, whatever they had before.

        Raises ProjectError where the chain cannot work; nothing has changed then.
        """
        before, update = self.network, self._update
        network = Network(project, *self._given_shape())
        if self._given:
            network.refuse_small_batch(self._batches.smallest(project.training.batch_size))
        for block in before.layout.blocks:
            self._attic.store(block, self._vectors())
        if depends_on(project) != depends_on(self.project):
            self._prepare_data(project)
        self._batches.size = project.training.batch_size
        network.break_blocks(fitting(before.breaks, project, resolve(project, *self._given_shape())))
        self._prepare_network(project, network)
        for block in network.layout.blocks:
            if block.name in fresh:
                self._attic.forget(block)
        known = [block.name for block in network.layout.blocks if self._attic.fetch(block, self._vectors())]
        self._update.follow(update)
        for name in network.generators.keys() & before.generators.keys():
            network.generators[name].bit_generator.state = before.generators[name].bit_generator.state
        self.project, self._plan = project, None
        self._foresee()
        self.history = self.history.follow(self._sizes.names)
        self._checkpoint = None
        self._growth = self._watch_growth()
        self._health.follow(project.chain)
        if self._examine_at:
            self._examine()
        return Adoption.of(known, before.layout, network.layout)

    def break_blocks(self, breaks: Breaks) -> None:
        """From the next step on, also across edits, these are the broken blocks. Raises ProjectError."""
        self.network.break_blocks(breaks)
        self._plan = None  # it has the blocks as they were
        self._foresee()
        self._checkpoint = None  # the steps since the last one could not be repeated

    def _take_up(self, checkpoint: Checkpoint, history: HistoryState | None) -> None:
        """The state, and all that was known of the run, in place of a beginning."""
        names = self._sizes.names
        self.restore(checkpoint)
        self._foresee()
        self.history = History.restored(history) if history else History.unknown(names, checkpoint.steps)
        self.metrics, self.evaluated_at = self.history.last_evaluation
        self._growth = self._watch_growth()
        if watch := checkpoint.watch:
            self._epoch_loss, self._evaluate_at = watch.epoch_loss, watch.evaluate_at
            self._examine_at = watch.examine_at
            self._health.findings = {each.block: each for each in watch.findings}
            self._growth.restore(watch.growth)

    def _given_shape(self) -> tuple[tuple[int, ...]] | tuple[()]:
        return (self._given[0].inputs.shape[1:],) if self._given else ()

    def _prepare_data(self, project: Project) -> None:
        """Both parts, and the training part as rows that end in a 1."""
        if self._given:
            self.train, self.validation = self._given
        else:
            parts = dataset(project)
            self.train, self.validation = parts.train, parts.validation
        if not len(self.train.inputs):
            raise ProjectError("There are no samples to train on.")
        self._batches = Batches(len(self.train.inputs), project.training.batch_size, project.training.seed)
        self._rows: Array | None = None

    def _prepare_network(self, project: Project, network: Network | None = None) -> None:
        self.network = network or Network(project, *self._given_shape())
        self._update = Update(project, self.network.parameters, self.network.gradients, self.network.layout.frozen)
        self._sizes = GradientSizes(self.network.layout, self.network.gradients)
        if self._rows is None:
            dtype = project.training.dtype
            self._rows = np.ones((len(self.train.inputs), self.network.input_size + 1), dtype)
            with np.errstate(over="ignore"):
                self._rows[:, :-1] = self.network.input_rows(self.train.inputs)
                self._target_rows = self.network.target_rows(self.train.targets).astype(dtype)
            for rows, what in ((self._rows, "inputs"), (self._target_rows, "targets")):
                if not faults.all_finite(rows.reshape(-1)):
                    raise ProjectError(f"data: the {what} hold values that are not finite in {dtype}.")

    def _vectors(self) -> dict[str, Array]:
        return {"parameters": self.network.parameters, STATISTICS: self.network.statistics, **self._update.vectors}

    def _step(self) -> float:
        if self._checkpoint is None or self.steps % CHECKPOINT_EVERY == 0:
            self._checkpoint = self.capture()  # only now: weights may have been put in since
        plan = self._forward_and_backward()
        loss = float(plan.loss)
        if not math.isfinite(loss):
            self._return_to_finite()
        self.steps += 1
        self._sizes.measure(self.history.sizes)
        self.history.record(self.steps, loss)
        self._news += self._growth.watch(self.steps, loss)
        self._update.step()
        if self._count_epoch(loss, plan.batch) and self.steps >= self._examine_at:
            self._examine()
        if self.steps % CHECKPOINT_EVERY == 0:
            self._refuse_infinite()
        self._evaluate_if_due()
        return loss

    def _foresee(self) -> None:
        """Origin and batch of the step to come, which is not made."""
        self.origin = self.network.parameters.copy()
        self.chosen = self._batches.peek()

    def _may_be_last(self) -> bool:
        """Whether training may stop by itself after the next step."""
        training, batches = self.project.training, self._batches
        ends_epoch = batches.position + batches.size >= batches.samples
        return training.stop_at_step == self.steps + 1 or (training.stop_at_loss is not None and ends_epoch)

    def _forward_and_backward(self) -> Plan | Halves:
        """Loads the next batch and computes its loss and gradient."""
        self.chosen = chosen = self._batches.next()
        plan = self._plan
        if plan is None or plan.batch != len(chosen):
            self._plan = plan = self.network.training_plan(len(chosen))
        self.load(plan, chosen)
        plan.run()
        return plan

    def _count_epoch(self, loss: float, samples: int) -> bool:
        """Adds a batch's loss to that of the epoch. Whether the epoch is over."""
        self._loss_of_epoch += loss * samples
        if self._batches.position < self._batches.samples:
            return False
        self._epoch_loss = self._loss_of_epoch / self._batches.samples
        self._loss_of_epoch = 0.0
        return True

    def _refuse_infinite(self) -> None:
        """Raises NumericalFault where a weight or a running statistic is not finite."""
        finite = faults.all_finite(self.network.parameters) and faults.all_finite(self.network.statistics)
        if not finite and self._plan:
            self._return_to_finite()

    def _return_to_finite(self, seen: faults.Break | None = None) -> None:
        """Goes back to before the step that breaks. Raises NumericalFault."""
        assert self._plan and self._checkpoint
        seen = seen or faults.in_values(self.network, self._plan) or faults.in_weights(self.network)
        fault = trace(self, self._checkpoint, seen)
        self._foresee()
        raise fault

    def _evaluate_if_due(self) -> None:
        """Evaluates the held-out part (the training part where nothing is held out) at steps that depend on the
        project alone.
        """
        if self.steps < self._evaluate_at:
            return
        part, prefix = (self.validation, "validation_") if len(self.validation.inputs) else (self.train, "")
        self.metrics = {prefix + name: value for name, value in metrics.evaluate(self.network, part).items()}
        self.evaluated_at = self.steps
        self.history.evaluate(self.steps, self.metrics)
        self._evaluate_at = self.steps + metrics.pause(len(part.inputs), self._batches, self.steps)

    def _examine(self) -> None:
        """Looks at the health of all units, with the weights as they stand."""
        assert self._rows is not None
        pause = min(EXAMINE_EVERY, max(self.steps, 1))  # a run is young for as long as it has been trained
        self._examine_at = self.steps + max(pause, metrics.pause(self._batches.samples, self._batches, self.steps))
        try:
            self._news += self._health.examine(self.network, self._rows, self.steps)
        except faults.Overflow as overflow:
            if self._plan:  # else nothing has been trained yet: the next step says so
                self._return_to_finite(overflow.found)

    def _watch_growth(self) -> Growth:
        """A watch over the gradients from here on."""
        loss = self.metrics.get("validation_loss", self.metrics.get("loss", math.nan))
        clipped = self.project.training.clip_norm is not None
        return Growth(self.network.layout, self.history, loss, clipped)
