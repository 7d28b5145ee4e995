"""Schedules: what becomes of the learning rate from step to step, as a factor on it."""

import math
from typing import Annotated, ClassVar, get_args

from msgspec import Meta

from engine.kinds import Kind


class Schedule(Kind, frozen=True):
    """The factor on the learning rate at every step."""

    group: ClassVar[str] = "Schedules"

    warmup: Annotated[
        int, Meta(ge=0, le=10**9, title="Warm-up", description="steps in which the rate rises from 0 in a line")
    ] = 0

    def factor(self, step: int) -> float:
        """The factor at a step, counted from 1."""
        rising = min(1.0, step / self.warmup) if self.warmup else 1.0
        return rising * self.course(step - 1)

    def course(self, done: int) -> float:
        """The factor after so many steps, without warm-up."""
        raise NotImplementedError


class Constant(Schedule, frozen=True, tag="constant"):
    """The learning rate stays as it is."""

    title: ClassVar[str] = "Constant"

    def course(self, done: int) -> float:
        return 1.0


class Step(Schedule, frozen=True, tag="step"):
    """Multiplies the learning rate by a factor every so many steps."""

    title: ClassVar[str] = "Steps"
    every: Annotated[int, Meta(ge=1, le=10**9, title="Every", description="steps between two reductions")] = 1000
    by: Annotated[float, Meta(gt=0, le=1, title="By", description="factor of each reduction")] = 0.5

    def course(self, done: int) -> float:
        return self.by ** (done // self.every)


class Exponential(Schedule, frozen=True, tag="exponential"):
    """Multiplies the learning rate by the same factor after every step."""

    title: ClassVar[str] = "Exponential"
    by: Annotated[float, Meta(gt=0, le=1, title="By", description="factor of every step")] = 0.999

    def course(self, done: int) -> float:
        return self.by**done


class Cosine(Schedule, frozen=True, tag="cosine"):
    """Follows half a wave of the cosine from 1 down to a floor, and stays there (Loshchilov and Hutter 2017)."""

    title: ClassVar[str] = "Cosine"
    steps: Annotated[int, Meta(ge=1, le=10**9, title="Steps", description="length of the way down")] = 10_000
    floor: Annotated[float, Meta(ge=0, le=1, title="Floor", description="factor at the end")] = 0.0

    def course(self, done: int) -> float:
        wave = 0.5 * (1 + math.cos(math.pi * min(done, self.steps) / self.steps))
        return self.floor + (1 - self.floor) * wave


AnySchedule = Constant | Step | Exponential | Cosine
SCHEDULES: tuple[type[Schedule], ...] = get_args(AnySchedule)
