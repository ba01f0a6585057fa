"""Trains the networks of ``together.py`` in JAX, hundreds at once, on a GPU without TensorFlow.

    python benchmarks/together_train.py FOLDER

Reads ``FOLDER/inputs.npz`` and writes ``FOLDER/answers/JOB.npz``: the numbers that each network
answers from validation's first origin on. Needs nothing but NumPy and JAX. The networks are those
of ``configs/panel.yaml``: a GRU of 32 units over 10 steps, dropout, a Student-t around the drift;
Adam with clipped gradients, the best epoch on validation windows.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

UNITS, LOOKBACK, DROPOUT, PATIENCE, EPOCHS = 32, 10, 0.1, 10, 100
OWN = 7
"""Inputs of the stock itself; those of the market follow."""
CHUNK = 4096
"""Windows that are validated at a time."""
jax.config.update("jax_default_matmul_precision", "float32")
Tree = Any


@dataclass(frozen=True)
class Job:
    """Networks that differ in stocks, inputs and seeds, and are trained side by side.

    Args:
        size: whose windows teach: ``alone``, ``26``, ``104``, ``all`` or ``others``.
        horizon: steps ahead.
        variants: of the inputs: ``plain``, ``market``, ``units``.
        batch: windows in a step.
        rate: Adam's step size.
        seeds: networks of each kind.
    """

    size: str
    horizon: int
    variants: tuple[str, ...]
    batch: int
    rate: float
    seeds: int = 3

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.size}_{self.horizon}"


JOBS = (
    Job("alone", 5, ("plain", "units"), 64, 1e-3),
    Job("26", 5, ("plain", "market", "units"), 64, 1e-3),
    Job("104", 5, ("plain", "market", "units"), 256, 3e-4),
    Job("all", 5, ("plain", "market", "units"), 256, 3e-4),
    Job("others", 5, ("plain", "market"), 256, 1e-3),
    Job("104", 1, ("plain", "market"), 256, 1e-3),
    Job("104", 20, ("plain", "market"), 256, 1e-3, 2),
)


@dataclass(frozen=True, eq=False)
class Model:
    """One network to train: its name, its initial weights, and its windows among all rows."""

    name: str
    asked: np.ndarray
    weights: Tree
    train: np.ndarray
    validation: np.ndarray
    answered: np.ndarray


def fresh(seed: list[int], inputs: int, padded: int, horizon: int) -> Tree:
    """Draw weights as Keras does: Glorot's, and an orthogonal recurrence."""
    rng = np.random.default_rng(seed)

    def glorot(rows: int, columns: int) -> np.ndarray:
        limit = np.sqrt(6 / (rows + columns))
        return rng.uniform(-limit, limit, (rows, columns)).astype(np.float32)

    kernel = np.zeros((padded, 3 * UNITS), np.float32)
    kernel[:inputs] = glorot(inputs, 3 * UNITS)
    orthogonal, corner = np.linalg.qr(rng.normal(size=(3 * UNITS, UNITS)))
    recurrent = (orthogonal * np.sign(np.diag(corner))).T.astype(np.float32)
    bias = np.zeros((2, 3 * UNITS), np.float32)
    return {
        "kernel": kernel, "recurrent": recurrent, "bias": bias,
        "head": glorot(UNITS, 2 * horizon), "offset": np.zeros(2 * horizon, np.float32),
    }  # fmt: skip


def answer(weights: Tree, windows: jax.Array, key: jax.Array | None) -> jax.Array:
    """Run a GRU as Keras' with ``reset_after``; a key means training, with dropout.

    Returns:
        scale and degrees of freedom, unconstrained (window, step, 2).
    """
    given = windows @ weights["kernel"] + weights["bias"][0]
    state = jnp.zeros((len(windows), UNITS))
    for step in range(LOOKBACK):
        kept = state @ weights["recurrent"] + weights["bias"][1]
        gates = jax.nn.sigmoid(given[:, step, : 2 * UNITS] + kept[:, : 2 * UNITS])
        update, reset = gates[:, :UNITS], gates[:, UNITS:]
        new = jnp.tanh(given[:, step, 2 * UNITS :] + reset * kept[:, 2 * UNITS :])
        state = update * state + (1 - update) * new
    if key is not None:
        state = state * jax.random.bernoulli(key, 1 - DROPOUT, state.shape) / (1 - DROPOUT)
    return (state @ weights["head"] + weights["offset"]).reshape(len(windows), -1, 2)


def losses(actual: jax.Array, raw: jax.Array) -> jax.Array:
    """Return the negative log likelihood of a Student-t around 0, as ``model.losses`` does."""
    scale = 1e-3 + jax.nn.softplus(raw[..., 0])
    df = 2.1 + jax.nn.softplus(raw[..., 1])
    half = jax.lax.lgamma(df / 2) - jax.lax.lgamma((df + 1) / 2)
    z = actual / scale
    return half + jnp.log(jnp.pi * df) / 2 + jnp.log(scale) + (df + 1) / 2 * jnp.log1p(z * z / df)


def gather(rows: jax.Array, origins: jax.Array) -> jax.Array:
    """Return input windows (window, step, input)."""
    return rows[origins[:, None] + jnp.arange(1 - LOOKBACK, 1)]


def tables(data: Any, job: Job) -> tuple[jax.Array, jax.Array, dict[tuple[str, str], int]]:
    """Return inputs and targets of every variant, one table behind the other, and which is
    where."""
    inputs, targets, place = [], [], {}
    groups = [name for name in data.files if name.startswith(f"members_{job.size}_")]
    for variant in job.variants:
        markets = [name.replace("members", "market") for name in groups]
        for market in markets if variant == "market" else markets[:1]:
            own = data["units" if variant == "units" else "own"].astype(np.float32)
            beside = np.zeros((*own.shape[:2], 3), np.float32)
            if variant == "market":
                beside[:] = data[market]
            place[variant, market if variant == "market" else ""] = len(inputs)
            inputs.append(np.concatenate([own, beside], 2).reshape(-1, OWN + 3))
            kind = "units_" if variant == "units" else ""
            targets.append(data[f"targets_{kind}{job.horizon}"].reshape(-1, job.horizon))
    stacked = jnp.array(np.nan_to_num(np.concatenate(targets)))
    return jnp.array(np.concatenate(inputs)), stacked, place


def models(data: Any, job: Job, place: dict[tuple[str, str], int]) -> list[Model]:
    """Return every network of a job."""
    stocks, bars, _ = data["own"].shape
    train, validation, test = data[f"parts_{job.horizon}"]
    judged, made = data["judged"], []
    names = [name for name in data.files if name.startswith(f"members_{job.size}_")]
    groups = {name: data[name] for name in names}
    if job.size == "alone":
        groups = {f"members_alone_{stock}": np.array([stock]) for stock in judged}
    for variant in job.variants:
        for seed in range(1, job.seeds + 1):
            for number, (name, members) in enumerate(groups.items()):
                market = name.replace("members", "market") if variant == "market" else ""
                start = place[variant, market] * stocks * bars
                asked = judged if job.size == "others" else np.intersect1d(judged, members)

                def rows(of: np.ndarray, first: int, last: int, start: int = start) -> np.ndarray:
                    return (start + of[:, None] * bars + np.arange(first, last + 1)).ravel()

                width = OWN + 3 * (variant == "market")
                made.append(
                    Model(
                        f"{variant}.{seed}.{number}",
                        asked,
                        fresh([seed, number, job.horizon], width, OWN + 3, job.horizon),
                        rows(members, *train),
                        rows(members, *validation),
                        rows(asked, validation[0], test[1]),
                    )
                )
    return made


def fit(job: Job, networks: list[Model], inputs: jax.Array, targets: jax.Array) -> Tree:
    """Train networks side by side; return the best epoch of each."""
    count = min(len(network.train) for network in networks)
    train = jnp.array(np.stack([network.train[:count] for network in networks]))
    validation = jnp.array(np.stack([network.validation for network in networks]))
    weights = jax.tree.map(lambda *parts: jnp.stack(parts), *(one.weights for one in networks))
    many, steps = len(networks), count // job.batch

    def loss(weights: Tree, origins: jax.Array, key: jax.Array, inputs: jax.Array, targets: Any):  # type: ignore[no-untyped-def]
        return losses(targets[origins], answer(weights, gather(inputs, origins), key)).mean()

    learn = jax.vmap(jax.value_and_grad(loss), in_axes=(0, 0, 0, None, None))

    def clipped(gradient: jax.Array) -> jax.Array:
        norm = jnp.sqrt((gradient**2).sum(tuple(range(1, gradient.ndim)), keepdims=True))
        return gradient * jnp.minimum(1.0, 1.0 / (norm + 1e-12))

    @jax.jit
    def epoch(state: Tree, train: jax.Array, inputs: jax.Array, targets: jax.Array) -> Tree:
        key, sub = jax.random.split(state[4])
        order = jax.vmap(jax.random.permutation)(jax.random.split(sub, many), train)
        batches = order[:, : steps * job.batch].reshape(many, steps, job.batch).swapaxes(0, 1)

        def step(state: Tree, origins: jax.Array) -> tuple[Tree, None]:
            weights, first, second, number, key = state
            key, sub = jax.random.split(key)
            _, gradients = learn(weights, origins, jax.random.split(sub, many), inputs, targets)
            gradients, number = jax.tree.map(clipped, gradients), number + 1
            first = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, first, gradients)
            second = jax.tree.map(lambda old, new: 0.999 * old + 0.001 * new**2, second, gradients)
            rate = job.rate * jnp.sqrt(1 - 0.999**number) / (1 - 0.9**number)
            weights = jax.tree.map(
                lambda old, mean, size: old - rate * mean / (jnp.sqrt(size) + 1e-7),
                weights, first, second,
            )  # fmt: skip
            return (weights, first, second, number, key), None

        return jax.lax.scan(step, (*state[:4], key), batches)[0]

    size = min(CHUNK, validation.shape[1])
    padding = -validation.shape[1] % size
    padded = jnp.pad(validation, ((0, 0), (0, padding)))
    counts = jnp.arange(padded.shape[1]) < validation.shape[1]

    @jax.jit
    def judge(weights: Tree, padded: jax.Array, inputs: jax.Array, targets: jax.Array) -> Any:
        def chunk(at: jax.Array) -> jax.Array:
            origins = jax.lax.dynamic_slice_in_dim(padded, at * size, size, 1)
            known = jax.lax.dynamic_slice_in_dim(counts, at * size, size)
            each = jax.vmap(lambda one, rows: losses(
                targets[rows], answer(one, gather(inputs, rows), None)).mean(-1)
            )(weights, origins)  # fmt: skip
            return (each * known).sum(1)

        return jax.lax.map(chunk, jnp.arange(padded.shape[1] // size)).sum(0) / counts.sum()

    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, zeros, zeros, jnp.array(0.0), jax.random.PRNGKey(job.horizon))
    best, lowest, stale = weights, np.full(many, np.inf), np.zeros(many, int)
    for _ in range(EPOCHS):
        state = epoch(state, train, inputs, targets)
        reached = np.asarray(judge(state[0], padded, inputs, targets))
        better = (reached < lowest) & (stale < PATIENCE)
        stale = np.where(better, 0, np.minimum(stale + 1, PATIENCE))
        lowest = np.where(better, reached, lowest)
        best = jax.tree.map(
            lambda old, new, better=better: jnp.where(
                jnp.array(better).reshape(-1, *[1] * (new.ndim - 1)), new, old
            ),
            best, state[0],
        )  # fmt: skip
        if (stale >= PATIENCE).all():
            break
    return best


def run(data: Any, job: Job, folder: Path) -> None:
    """Train the networks of a job, and write what they answer."""
    began = time.monotonic()
    inputs, targets, place = tables(data, job)
    networks = models(data, job, place)
    best, written = fit(job, networks, inputs, targets), dict[str, np.ndarray]()
    ask = jax.jit(lambda weights, rows, inputs: answer(weights, gather(inputs, rows), None))
    for number, network in enumerate(networks):
        weights = jax.tree.map(lambda every, number=number: every[number], best)
        raw = np.asarray(ask(weights, jnp.array(network.answered), inputs))
        written[f"{network.name}.raw"] = raw.reshape(len(network.asked), -1, job.horizon, 2)
        written[f"{network.name}.stocks"] = network.asked
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / f"{job.name}.npz", **written)
    print(f"{job.name}: {len(networks)} networks, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    home = Path(sys.argv[1])
    with np.load(home / "inputs.npz") as arrays:
        for each in JOBS:
            run(arrays, each, home / "answers")
