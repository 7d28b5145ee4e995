"""The single products behind one number of a step: they add up to it.

What is summed is declared by the layers: dense layers and convolutions name the product of weight and input for every
output, activations have a slope; for all others the shares follow from their own backward pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.explain.sweep import Passage, feature_major, public
from engine.layers.layer import Shape
from engine.lazy import Array
from engine.project import ProjectError


@dataclass(frozen=True)
class Term:
    """One summand: in symbols, the numbers that are multiplied (or that go into a function), and its value."""

    label: str
    factors: tuple[float, ...]
    value: float


def forward_terms(here: Passage, unit: Shape, sample: int) -> tuple[Term, ...]:
    """What is summed for one output value."""
    _check_sample(here, sample)
    block, x, y = here.block, public(here.x)[sample], public(here.y)[sample]
    _check_index(unit, y.shape, f"output of {block.name}")
    if block.wired:
        public_weights = block.public(here.weights)
        weight = public_weights["weight"]
        terms = [_product("w", w, "x", j, weight[w], x[j]) for w, j in block.into(unit, here.shape)]
        if "bias" in public_weights:
            terms.append(_single(f"b[{unit[0]}]", public_weights["bias"][unit[0]]))
        return tuple(terms)
    if block.shares:
        return _shares(here, unit, sample)
    inputs = (float(x[unit]),) if block.has_slope else ()
    return (Term(block.formula, inputs, float(y[unit])),)


def backward_terms(here: Passage, place: Shape, sample: int) -> tuple[Term, ...]:
    """What is summed for the derivative by one input value, as this block hands it on."""
    _check_sample(here, sample)
    block, delta = here.block, public(here.dy)[sample]
    _check_index(place, public(here.x).shape[1:], f"input of {block.name}")
    if block.cut:
        return ()
    if block.wired:
        weight = block.public(here.weights)["weight"]
        return tuple(_product("w", w, "δ", k, weight[w], delta[k]) for w, k in block.out_of(place, here.shape))
    if here.slope is not None:
        slope = public(here.slope)[sample]
        return (_product("slope", place, "δ", place, slope[place], delta[place]),)
    if parts := block.gradient_parts(here.dy, here.weights, here.kept):
        whole = {label: np.broadcast_to(part, here.dy.shape) for label, part in parts.items()}
        return tuple(_single(label, public(part)[sample][place]) for label, part in whole.items())
    jacobian = ((k, _passed_back(here, k)[0][sample][place]) for k in np.ndindex(delta.shape))
    return tuple(_product("dy/dx", k + place, "δ", k, share, delta[k]) for k, share in jacobian if share)


def gradient_terms(here: Passage, parameter: str, index: Shape) -> tuple[Term, ...]:
    """The share of every sample in one weight's derivative: its own derivative, over the number of samples."""
    check_parameter(here.block.name, here.gradients, parameter, index)
    samples = here.dy.shape[-1]
    label = "δ × x" if here.block.wired and parameter == "weight" else "δ"
    own = (samples * each for each in _sample_gradients(here, parameter, index))
    return tuple(
        Term(f"sample {n}: {label} / {samples:,}", (value, 1 / samples), value / samples) for n, value in enumerate(own)
    )


def weight_terms(here: Passage, parameter: str, index: Shape, sample: int) -> tuple[Term, ...]:
    """The products of error and input, one for every place where the weight is used, that make up the share of one
    sample in its derivative; the sum of errors for a bias.
    """
    check_parameter(here.block.name, here.gradients, parameter, index)
    _check_sample(here, sample)
    x, delta = public(here.x)[sample], public(here.dy)[sample]
    if here.block.wired and parameter == "weight":
        return tuple(_product("δ", k, "x", j, delta[k], x[j]) for k, j in here.block.over(index, here.shape))
    if here.block.wired:
        return tuple(_single(f"δ{_named(index + k)}", delta[index + k]) for k in np.ndindex(delta.shape[1:]))
    return (_single(f"sample {sample}", _sample_gradients(here, parameter, index)[sample]),)


def _shares(here: Passage, unit: Shape, sample: int) -> tuple[Term, ...]:
    """An output as the sum of the inputs times their share in it, of earlier blocks as well."""
    found: list[Term] = []
    names = ("x", *(f"{name}." for name in here.block.sources))
    for name, values, shares in zip(names, (here.x, *here.sources), _passed_back(here, unit), strict=True):
        x, share = public(values)[sample], shares[sample]
        for j in zip(*(axis.tolist() for axis in share.nonzero()), strict=True):
            label = f"{name}{_named(j)}" if share[j] == 1 else f"{share[j]:.3g} × {name}{_named(j)}"
            found.append(Term(label, (float(share[j]), float(x[j])), float(share[j] * x[j])))
    return tuple(found)


def _passed_back(here: Passage, unit: Shape) -> list[Array]:
    """The derivative of one output of every sample by the block's inputs, (N, ...) for each of them."""
    one: Array = np.zeros(public(here.dy).shape)
    public_one = one.reshape(len(one), -1)
    public_one[:, np.ravel_multi_index(unit, one.shape[1:])] = 1
    passed = here.block.input_gradient(np.ascontiguousarray(feature_major(one)), here.weights, here.kept)
    return [public(each) for each in (passed if here.sources else (passed,))]


def _sample_gradients(here: Passage, parameter: str, index: Shape) -> list[float]:
    """What each sample adds to one weight's derivative: the products of error and input, or the layer's own formula on
    its error alone.
    """
    x, delta, found = public(here.x), public(here.dy), []
    if here.block.wired and parameter == "weight":
        pairs = list(here.block.over(index, here.shape))
        return list(sum((_of_all(delta, k) * _of_all(x, j) for k, j in pairs), np.zeros(len(x))).tolist())
    if here.block.wired:
        return list(_of_all(delta, index).reshape(len(x), -1).sum(axis=1).tolist())
    for sample in range(here.dy.shape[-1]):
        alone = np.zeros_like(here.dy)
        alone[..., sample] = here.dy[..., sample]
        arrays = here.block.weight_gradient(here.row, alone, here.kept)
        assert here.place is not None
        flat = np.concatenate([each.ravel() for each in arrays])
        whole = np.zeros(here.place.offset + here.place.size)
        whole[here.place.offset :] = flat
        found.append(float(here.place.public(whole)[parameter][index]))
    return found


def _of_all(batch: Array, place: Shape) -> Array:
    """The values at one place, or under one channel, of all samples."""
    whole: Any = (slice(None), *place)
    found: Array = batch[whole]
    return found


def _product(a: str, i: Shape, b: str, j: Shape, left: float, right: float) -> Term:
    return Term(f"{a}{_named(i)} × {b}{_named(j)}", (float(left), float(right)), float(left * right))


def _single(label: str, value: float) -> Term:
    return Term(label, (float(value),), float(value))


def _named(index: Sequence[int]) -> str:
    return "[" + ", ".join(str(int(each)) for each in index) + "]"


def _check_index(index: Shape, shape: Shape, what: str) -> None:
    """ProjectError where an index does not lie in a shape."""
    if len(index) != len(shape) or not all(0 <= each < size for each, size in zip(index, shape, strict=True)):
        last = _named([size - 1 for size in shape])
        raise ProjectError(f"The {what} is counted from {_named([0] * len(shape))} to {last}, given {_named(index)}.")


def _check_sample(here: Passage, sample: int) -> None:
    if not 0 <= sample < here.y.shape[-1]:
        raise ProjectError(f"Samples are counted from 0 to {here.y.shape[-1] - 1}, given {sample}.")


def check_parameter(block: str, arrays: Mapping[str, Array], parameter: str, index: Shape) -> None:
    """ProjectError where a block has no such parameter, or the parameter no such entry."""
    if parameter not in arrays:
        raise ProjectError(f"{block} has {' and '.join(arrays) or 'no parameters'}, given {parameter!r}.")
    _check_index(index, arrays[parameter].shape, f"{parameter} of {block}")


def strongest(array: Array) -> Shape:
    """The index of the entry of largest magnitude."""
    return tuple(int(each) for each in np.unravel_index(int(np.argmax(np.abs(array))), array.shape))
