"""Training steps of Cascade and of others, on the same chains: each peer gives a function that makes one step.

A peer that is not installed, or that cannot do a chain, raises.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from tests.benchmarks.chains import CHAINS, Shuffled, data
from tests.benchmarks.peers_jax import RATE, jax_jit, jax_scan

Stepper = Callable[[], object]


def trainer_of(name: str, **training: Any) -> Any:
    """Our trainer of a chain, which never stops to evaluate."""
    import engine
    from engine.data.parts import Dataset
    from engine.trainer import Trainer

    _, outputs, chain, batch = CHAINS[name]
    loss = "binary_cross_entropy" if outputs == 1 else "softmax_cross_entropy"
    training = {"batch_size": batch, **training}
    made = engine.load({"chain": chain, "loss": {"kind": loss}, "optimizer": {"kind": "adam"}, "training": training})
    trainer = Trainer(made, Dataset(*data(name), ("0", "1") if outputs == 1 else tuple(map(str, range(outputs)))))
    trainer._evaluate_at = 10**12
    return trainer


def cascade(name: str, **training: Any) -> Stepper:
    trainer = trainer_of(name, **training)

    def step() -> object:
        trainer._forward_and_backward()
        trainer._update.step()
        return trainer

    return step


def _torch_module(name: str) -> Any:
    import torch

    torch.set_num_threads(1)
    shape, _, chain, _ = CHAINS[name]
    modules: list[Any] = []
    for block in chain:
        kind = block["kind"]
        if kind == "dense":
            modules.append(torch.nn.Linear(int(np.prod(shape)), block["units"]))
            shape = (block["units"],)
        elif kind == "conv2d":
            same = block["padding"] == "same"
            modules.append(
                torch.nn.Conv2d(shape[0], block["filters"], block["kernel_size"], padding="same" if same else 0)
            )
            lost = 0 if same else block["kernel_size"] - 1
            shape = (block["filters"], shape[1] - lost, shape[2] - lost)
        elif kind == "max_pool2d":
            modules.append(torch.nn.MaxPool2d(2))
            shape = (shape[0], shape[1] // 2, shape[2] // 2)
        else:
            modules.append({"flatten": torch.nn.Flatten, "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[kind]())
    return torch.nn.Sequential(*modules)


def _torch(name: str, fused: bool) -> Stepper:
    import torch

    module = _torch_module(name)
    x, t = (torch.tensor(each) for each in data(name))
    if fused and x.ndim == 4:
        module, x = module.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(module.parameters(), RATE, fused=fused)
    loss = torch.nn.BCEWithLogitsLoss() if CHAINS[name][1] == 1 else torch.nn.CrossEntropyLoss()
    batch, order = CHAINS[name][3], Shuffled(torch.randperm)

    def step() -> object:
        chosen = order.next(batch)
        optimizer.zero_grad(set_to_none=True)
        value = loss(module(x[chosen]), t[chosen])
        value.backward()
        optimizer.step()
        return value

    return step


def torch_eager(name: str) -> Stepper:
    return _torch(name, fused=False)


def torch_fused(name: str) -> Stepper:
    return _torch(name, fused=True)


def scikit_learn(name: str) -> Stepper:
    """Its multilayer perceptron, which checks and encodes every batch that it is given before it trains on it."""
    from sklearn.neural_network import MLPClassifier

    shape, outputs, chain, batch = CHAINS[name]
    if len(shape) != 1:
        raise NotImplementedError("dense chains only")
    widths = [block["units"] for block in chain if block["kind"] == "dense"]
    activation = "tanh" if any(block["kind"] == "tanh" for block in chain) else "relu"
    network = MLPClassifier(widths[:-1], activation=activation, alpha=0, batch_size=batch, learning_rate_init=RATE)
    (x, t), order = data(name), Shuffled(np.random.default_rng(0).permutation)
    t, classes = t.ravel().astype(int), np.arange(max(2, outputs))

    def step() -> object:
        chosen = order.next(batch)
        return network.partial_fit(x[chosen], t[chosen], classes=classes)

    return step


def plain_numpy(name: str) -> Stepper:
    """As a textbook writes it: a list of layers, arrays made anew, no tricks."""
    shape, outputs, chain, batch = CHAINS[name]
    if len(shape) != 1:
        raise NotImplementedError("dense chains only")
    generator = np.random.default_rng(0)
    widths = [shape[0], *(block["units"] for block in chain if block["kind"] == "dense")]
    w = [(generator.standard_normal((a, b)) / np.sqrt(a)).astype(np.float32) for a, b in pairwise(widths)]
    b = [np.zeros(width, np.float32) for width in widths[1:]]
    p = w + b
    m, v = [np.zeros_like(each) for each in p], [np.zeros_like(each) for each in p]
    tanh = any(block["kind"] == "tanh" for block in chain)
    (x, t), order, count = data(name), Shuffled(generator.permutation), [0]

    def step() -> object:
        chosen = order.next(batch)
        a, target = [x[chosen]], t[chosen]
        for k in range(len(w)):
            z = a[-1] @ w[k] + b[k]
            last = k == len(w) - 1
            a.append(z if last else np.tanh(z) if tanh else np.maximum(z, 0))
        y = a[-1]
        if outputs == 1:
            d = (1 / (1 + np.exp(-y)) - target) / batch
        else:
            e = np.exp(y - y.max(axis=1, keepdims=True))
            d = e / e.sum(axis=1, keepdims=True)
            d[np.arange(batch), target] -= 1
            d /= batch
        dw, db = [], []
        for k in reversed(range(len(w))):
            dw.insert(0, a[k].T @ d)
            db.insert(0, d.sum(axis=0))
            if k:
                d = (d @ w[k].T) * ((1 - a[k] ** 2) if tanh else (a[k] > 0))
        count[0] += 1
        rate = RATE * np.sqrt(1 - 0.999 ** count[0]) / (1 - 0.9 ** count[0])
        for k, g in enumerate(dw + db):
            m[k] = 0.9 * m[k] + 0.1 * g
            v[k] = 0.999 * v[k] + 0.001 * g * g
            p[k] -= (rate * m[k] / (np.sqrt(v[k]) + 1e-8)).astype(np.float32)
        return p

    return step


PEERS: dict[str, Callable[[str], Stepper]] = {
    "cascade": cascade,
    "torch eager": torch_eager,
    "torch fused": torch_fused,
    "jax jit": jax_jit,
    "jax scan": jax_scan,
    "sklearn": scikit_learn,
    "numpy": plain_numpy,
}
