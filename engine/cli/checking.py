"""The command ``check``: every gradient beside differences of the loss."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from engine.cli.common import DONE, add_file, moment

if TYPE_CHECKING:
    from engine.explain.check import GradientCheck, TensorCheck


def add(command: argparse.ArgumentParser) -> None:
    """The words of the command."""
    add_file(command)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(command=_check)


def _check(arguments: argparse.Namespace) -> int:
    from engine.explain.check import check

    now = moment(arguments.file)
    found = check(now.network, now.inputs, now.targets)
    if arguments.json:
        print(json.dumps({"weights": now.weights, **_plain(found)}))
    else:
        _print(found, now.weights)
    return DONE


def _plain(found: GradientCheck) -> dict[str, Any]:
    from engine.explain.check import TOLERANCE

    return {
        "agrees": found.agrees,
        "tolerance": TOLERANCE,
        "scale": found.scale,
        "loss": found.loss,
        "samples": found.samples,
        "entries": found.entries,
        "seed": found.seed,
        "tensors": [_tensor(tensor) for tensor in found.tensors],
    }


def _tensor(tensor: TensorCheck) -> dict[str, Any]:
    return {
        "parameter": tensor.key,
        "shape": list(tensor.gradient.shape),
        "checked": tensor.checked,
        "compared": tensor.compared,
        "worst": tensor.worst,
        "direction": tensor.along,
        "agrees": tensor.agrees,
        "kinks": [{"index": list(index), "text": text} for index, text in tensor.kinks.items()],
    }


def _print(found: GradientCheck, weights: str) -> None:
    print(f"Backpropagation beside central differences: {found.samples} training samples, {weights}, float64.")
    width = max((len(tensor.key) for tensor in found.tensors), default=0)
    for tensor in found.tensors:
        part = "all" if tensor.checked == tensor.gradient.size else f"{tensor.checked} of"
        verdict = "agrees" if tensor.agrees else "does not agree"
        verdict = verdict if tensor.compared else "nothing to compare: every entry is at a kink"
        print(
            f"{tensor.key:<{width}}  {part} {tensor.gradient.size:,} entries and a random direction"
            f"  worst {tensor.worst:.1e}  {verdict}"
        )
        for index, text in list(tensor.kinks.items())[:1]:
            more = f" ({len(tensor.kinks) - 1} more like this)" if len(tensor.kinks) > 1 else ""
            print(f"    [{', '.join(map(str, index))}] not compared. {text}{more}")
    verdict = "All gradients agree" if found.agrees else "Not all gradients agree"
    print(f"{verdict}. Errors are relative to the chain's largest gradient, at least 0.001; here {found.scale:.4g}.")
