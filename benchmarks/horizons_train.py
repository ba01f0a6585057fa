"""Trains the networks of ``horizons.py`` in JAX, one process for each core.

    python benchmarks/horizons_train.py FOLDER [WORKERS]

Reads ``FOLDER/inputs.npz`` and writes ``FOLDER/answers/HORIZON.npz``: the numbers that the
networks of each series answer from validation's first origin on (network, window, step, 2). Needs
nothing but NumPy and JAX. Network, loss, optimizer, dropout and early stopping are those of
``together_train.py``, on a single series and in batches of 64.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ |= {
    "JAX_PLATFORMS": "cpu", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}  # fmt: skip

import jax
import jax.numpy as jnp
import numpy as np
import together_train as networks

SEEDS = (1, 2, 3)


def work(path: Path, key: str) -> np.ndarray:
    """Train the networks of a series at one horizon; return what they answer."""
    symbol, horizon = key.split("|")[0], int(key.split("|")[1])
    with np.load(path) as arrays:
        inputs, targets, parts = (
            arrays[f"{key}|{name}"] for name in ("inputs", "targets", "parts")
        )
    train, validation, test = ((int(first), int(last) + 1) for first, last in parts)
    rows, paths = jnp.array(np.nan_to_num(inputs)), jnp.array(np.nan_to_num(targets))
    width, number = inputs.shape[1], sum(map(ord, symbol))
    several = [
        networks.Model(
            str(seed), np.array([0]),
            networks.fresh([seed, number, horizon], width, width, horizon),
            np.arange(*train), np.arange(*validation), np.arange(validation[0], test[1]),
        )
        for seed in SEEDS
    ]  # fmt: skip
    job = networks.Job("alone", horizon, ("plain",), 64, 1e-3, len(SEEDS))
    best = networks.fit(job, several, rows, paths)
    asked = networks.gather(rows, jnp.array(several[0].answered))
    raws = [
        networks.answer(jax.tree.map(lambda each, at=at: each[at], best), asked, None)
        for at in range(len(SEEDS))
    ]
    return np.stack(raws).astype(np.float32)


def main(folder: Path, workers: int) -> None:
    """Train everything, the longest series first."""
    began, path = time.monotonic(), folder / "inputs.npz"
    with np.load(path) as arrays:
        keys = [name.removesuffix("|parts") for name in arrays.files if name.endswith("|parts")]
        keys.sort(key=lambda key: -int(arrays[f"{key}|parts"][0][1]))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        answers = dict(zip(keys, pool.map(work, [path] * len(keys), keys), strict=True))
    (folder / "answers").mkdir(exist_ok=True)
    for horizon in sorted({key.split("|")[1] for key in keys}, key=int):
        own = {key: raw for key, raw in answers.items() if key.endswith(f"|{horizon}")}
        np.savez_compressed(folder / "answers" / f"{horizon}.npz", **own)
    print(f"{len(keys)} jobs of {len(SEEDS)} networks, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count() or 1)
