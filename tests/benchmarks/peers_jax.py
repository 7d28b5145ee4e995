"""Training steps of JAX on the chains that are compared: compiled, one step a call or an epoch of steps a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.chains import CHAINS, SAMPLES, Shuffled, data

RATE = 1e-3
DEEPEST = 500  # blocks: one that is deeper compiles for minutes


def _weights(name: str) -> list[tuple[Any, Any]]:
    """First weights and biases of every layer that has some; kernels are (height, width, in, out)."""
    import jax.numpy as jnp

    shape, _, chain, _ = CHAINS[name]
    generator = np.random.default_rng(0)
    found = []
    for block in chain:
        if block["kind"] == "dense":
            form: tuple[int, ...] = (int(np.prod(shape)), block["units"])
            shape = (block["units"],)
        elif block["kind"] == "conv2d":
            size, lost = block["kernel_size"], 0 if block["padding"] == "same" else block["kernel_size"] - 1
            form = (size, size, shape[0], block["filters"])
            shape = (block["filters"], shape[1] - lost, shape[2] - lost)
        else:
            shape = (shape[0], shape[1] // 2, shape[2] // 2) if block["kind"] == "max_pool2d" else shape
            continue
        w = generator.standard_normal(form) / np.sqrt(np.prod(form[:-1]))
        found.append((jnp.asarray(w, jnp.float32), jnp.zeros(form[-1], jnp.float32)))
    return found


def _output(weights: Any, x: Any, chain: list[Any]) -> Any:
    """The chain's output; images are (N, height, width, channels)."""
    import jax
    import jax.numpy as jnp

    left = iter(weights)
    for block in chain:
        kind = block["kind"]
        if kind == "dense":
            w, b = next(left)
            x = x @ w + b
        elif kind == "conv2d":
            w, b = next(left)
            layout = ("NHWC", "HWIO", "NHWC")
            x = jax.lax.conv_general_dilated(x, w, (1, 1), block["padding"].upper(), dimension_numbers=layout) + b
        elif kind == "max_pool2d":
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        elif kind == "flatten":
            x = x.reshape(len(x), -1)
        else:
            x = {"tanh": jnp.tanh, "relu": jax.nn.relu}[kind](x)
    return x


def _training(name: str) -> tuple[list[Any], Callable[..., Any], Any, Any]:
    """The state at the start, the function (state, x, t) -> state of one step with Adam, inputs and targets."""
    import jax
    import jax.numpy as jnp

    _, outputs, chain, batch = CHAINS[name]
    if len(chain) > DEEPEST:
        raise NotImplementedError("compiles for minutes")

    def loss(w: Any, x: Any, t: Any) -> Any:
        y = _output(w, x, chain)
        if outputs == 1:
            return jnp.mean(jnp.maximum(y, 0) - y * t + jnp.log1p(jnp.exp(-jnp.abs(y))))
        return -jnp.mean(jax.nn.log_softmax(y)[jnp.arange(batch), t])

    def update(state: Any, x: Any, t: Any) -> Any:
        w, m, v, k = state
        g = jax.grad(loss)(w, x, t)
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
        rate = RATE * jnp.sqrt(1 - 0.999**k) / (1 - 0.9**k)
        w = jax.tree.map(lambda p, a, b: p - rate * a / (jnp.sqrt(b) + 1e-8), w, m, v)
        return [w, m, v, k + 1]

    weights = _weights(name)
    zeros = jax.tree.map(jnp.zeros_like, weights)
    x, t = data(name)
    return [weights, zeros, zeros, jnp.float32(1)], update, x.transpose(0, 2, 3, 1).copy() if x.ndim == 4 else x, t


def jax_jit(name: str) -> Callable[[], object]:
    """One compiled step a call."""
    import jax

    state, update, x, t = _training(name)
    compiled, batch = jax.jit(update), CHAINS[name][3]
    order = Shuffled(np.random.default_rng(0).permutation)

    def step() -> object:
        chosen = order.next(batch)
        state[:] = compiled(state, x[chosen], t[chosen])
        return jax.block_until_ready(state)

    return step


def jax_scan(name: str) -> Callable[[], object]:
    """A whole epoch a call: a loop inside the compiled function."""
    import jax
    import jax.numpy as jnp

    if len(CHAINS[name][0]) == 3:
        raise NotImplementedError("XLA's convolutions take twenty times as long inside a loop")
    state, update, x, t = _training(name)
    x, t, batch = jnp.asarray(x), jnp.asarray(t), CHAINS[name][3]

    @jax.jit
    def epoch(state: Any, order: Any) -> Any:
        return jax.lax.scan(lambda s, chosen: (update(s, x[chosen], t[chosen]), None), state, order)[0]

    generator = np.random.default_rng(0)

    def steps() -> object:
        state[:] = epoch(state, generator.permutation(SAMPLES).reshape(-1, batch))
        return jax.block_until_ready(state)

    return steps
