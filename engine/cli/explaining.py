"""The command ``explain``: one derivative, as the product that the chain rule says."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import engine
from engine.cli.common import DONE, Moment, add_file, between, moment
from engine.lazy import Array, np

if TYPE_CHECKING:
    from engine.explain import Explanation
    from engine.explain.factors import Factor
    from engine.explain.groups import Group
    from engine.explain.nudge import Ripple
    from engine.explain.paths import Path

LARGEST_LISTED = 10_000  # entries of a matrix in JSON; of a larger one the 20 largest
SHOWN = 20
WIDEST_PRINTED = 6  # rows and columns of a matrix in the text
EPSILONS = (0.1, 0.01, 0.001)


def add(command: argparse.ArgumentParser) -> None:
    """The words of the command."""
    add_file(command)
    command.add_argument("--parameter", required=True, metavar="KEY", help="for example dense_1.weight, or input")
    command.add_argument("--index", required=True, type=_index, metavar="I,J", help="which entry, for example 3,0")
    command.add_argument(
        "--sample", type=between(0, 10**9), metavar="I", default=0, help="whose factors are shown (first: 0)"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object with all numbers")
    command.set_defaults(command=_explain)


def _index(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be whole numbers like 3,0, is {text[:40]!r}") from None


def _explain(arguments: argparse.Namespace) -> int:
    now = moment(arguments.file)
    place = (arguments.parameter, arguments.index, arguments.sample)
    found = engine.explain(now.network, now.inputs, now.targets, *place)
    if arguments.json:
        print(json.dumps(_plain(found, now.weights)))
    else:
        _print(found, now)
    return DONE


def _plain(found: Explanation, weights: str) -> dict[str, Any]:
    return {
        "parameter": found.parameter,
        "index": list(found.index),
        "batch": f"the first training samples, at {weights}",
        "sample": found.sample,
        "product": _numbers(found.product),
        "gradient": _numbers(found.gradient),
        "central_difference": _numbers(found.central_difference),
        "kink": found.kink,
        "samples": _numbers(found.samples),
        "at_sample": _numbers(found.at_sample),
        "factors": [_factor(factor) for factor in found.factors],
        "layers": [_layer(layer) for layer in found.layers],
        "running": [_numbers(row) for row in found.running],
        "nudge": [
            {"epsilon": epsilon, "cascade": [_ripple(ripple) for ripple in found.cascade(epsilon)]}
            for epsilon in EPSILONS
        ],
        "paths": [_path(path) for path in found.paths],
        "path_count": found.path_count,
        "path_total": _numbers(found.path_total),
        "rest": _numbers(found.rest),
    }


def _factor(factor: Factor) -> dict[str, Any]:
    parts = [{"label": part.label, "factors": [each.label for each in part.factors]} for part in factor.parts]
    return {"block": factor.block, "formula": factor.formula, **_map(factor), "parts": parts}


def _layer(layer: Group) -> dict[str, Any]:
    return {"blocks": list(layer.blocks), **_map(layer)}


def _map(each: Factor | Group) -> dict[str, Any]:
    """A derivative's label, shape, norm and matrix; of a large one its largest entries."""
    plain = {"label": each.label, "shape": list(each.shape), "norm": _numbers(each.norm)}
    if each.shape[0] * each.shape[1] <= LARGEST_LISTED:
        return {**plain, "matrix": _numbers(each.matrix)}
    return {**plain, "matrix": None, "largest": _largest(each)}


def _largest(each: Factor | Group) -> list[dict[str, Any]]:
    """The largest entries by size, with their place."""
    found: list[tuple[float, int, int]] = []
    for begin, rows in each.chunks():
        flat = rows.ravel()
        for place in np.argsort(-np.abs(flat), kind="stable")[:SHOWN]:
            row, column = divmod(int(place), each.shape[1])
            found.append((float(flat[place]), begin + row, column))
    found = sorted(found, key=lambda entry: -abs(entry[0]))[:SHOWN]
    return [{"row": row, "column": column, "value": value} for value, row, column in found]


def _ripple(ripple: Ripple) -> dict[str, Any]:
    return {
        "block": ripple.block,
        "real": _numbers(ripple.real),
        "predicted": _numbers(ripple.predicted),
        "local": _numbers(ripple.local),
        "ratio": None if ripple.ratio is None else _numbers(ripple.ratio),
        "kink": ripple.kink,
    }


def _path(path: Path) -> dict[str, Any]:
    return {
        "units": [list(unit) for unit in path.units],
        "factors": _numbers(np.array(path.factors)),
        "value": _numbers(path.value),
        "share": _numbers(path.share),
    }


def _numbers(values: Array | float) -> Any:
    """Nested lists; None where a number is not finite, which JSON does not know."""
    array = np.asarray(values)
    if not np.isfinite(array).all():
        array = array.astype(object)
        array[~np.isfinite(np.asarray(values))] = None
    return array.tolist()


def _print(found: Explanation, now: Moment) -> None:
    batch = len(now.inputs)
    quotient = f"d E / d {found.parameter}[{', '.join(map(str, found.index))}]"
    print(f"{quotient} at {now.weights}, for the first {batch} training samples.")
    print(f"\nSample {found.sample}, from the error backwards:\n")
    width = max(len(factor.label) for factor in found.factors)
    for factor, row in zip(found.factors, found.running, strict=True):
        size = "x".join(map(str, factor.shape))
        print(f"  {factor.label:<{width}}  {size:>9}  norm {factor.norm:<10.4g} {factor.formula}")
        for line in _matrix(factor):
            print(f"      {line}")
        print(f"      product so far: {_row(row[0])}")
    print("\nLayer by layer:\n")
    print(f"  {quotient} = " + " x ".join(f"({layer.label})" for layer in found.layers))
    print(f"  {'':<{len(quotient)}} = {found.at_sample:.6g}")
    _print_paths(found)
    _print_nudge(found)
    _print_ends(found, batch)


def _print_paths(found: Explanation) -> None:
    print(f"\nPaths: {found.path_count:,} in all, the strongest:\n")
    for path in found.paths:
        units = " <- ".join(f"{name}[{unit}]" for name, unit in path.units)
        print(f"  {path.value:>12.4g}  {path.share:>6.1%}  {units}")
    print(f"  {found.rest:>12.4g}          all others together")


def _print_nudge(found: Explanation) -> None:
    print("\nThe nudge: real change of the error, what the derivative predicts, and their ratio:\n")
    for epsilon in EPSILONS:
        last = found.cascade(epsilon)[-1]
        ratio = "nothing predicted" if last.ratio is None else f"{last.ratio:.6g}"
        print(f"  epsilon {epsilon:<6g}  {last.real:>12.6g}  {last.predicted:>12.6g}  {ratio}")


def _print_ends(found: Explanation, batch: int) -> None:
    over = f"mean over {batch} samples" if batch > 1 else "one sample"
    print(f"\nThree ways to one number ({over}):\n")
    print(f"  product of the factors        {found.product!r}")
    print(f"  gradient by backpropagation   {found.gradient!r}  differs by {found.gradient - found.product:.1e}")
    print(f"  nudge to both sides           {found.central_difference!r}  ", end="")
    print(f"differs by {found.central_difference - found.product:.1e}")
    if found.kink:
        print(f"  {found.kink}")


def _matrix(factor: Factor) -> Sequence[str]:
    """The rows of a matrix that is small enough to be read."""
    if max(factor.shape) > WIDEST_PRINTED or math.prod(factor.shape) == 0:
        return ()
    return [_row(row) for row in factor.matrix]


def _row(row: Array) -> str:
    shown = "  ".join(f"{value:.6g}" for value in row[:WIDEST_PRINTED])
    return f"[ {shown} ]" if len(row) <= WIDEST_PRINTED else f"[ {shown}  ... {len(row)} numbers ]"
