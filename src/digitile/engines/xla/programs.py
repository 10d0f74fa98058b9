"""What XLA compiles: prediction, one mini-batch's gradient, and many steps in one call."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from digitile.engines.xla.conv import lowered
from digitile.engines.xla.moving import moved
from digitile.engines.xla.precision import Pass, passes_in, products
from digitile.nn.loss import select
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD, AdamW
from digitile.nn.preprocess import Preprocess

BATCH = "batch"
"""The mesh's one axis: each device has a part of every mini-batch."""

LENGTHS = {True: (32, 1), False: (1,)}
"""Steps that are compiled as one program, a loop or not."""

VALUES = {
    Preprocess: ("shift", "scale"),
    SGD: ("scale", "decay", "momentum"),
    AdamW: ("scale", "decay"),
}
"""What a program is given of these; the rest of them is part of it, as numbers are exact there."""

for kind, values in VALUES.items():
    rest = [part.name for part in fields(kind) if part.name not in values]
    jax.tree_util.register_dataclass(kind, values, rest)


@dataclass(frozen=True)
class Programs:
    """One network's functions on one mesh of devices; what goes in and out is whole on each."""

    mesh: Mesh
    # steps that `steps` can take in one call: a run is put together of these
    lengths: tuple[int, ...]
    scores: Callable[..., Any]  # (θ, x) → scores
    gradient: Callable[..., Any]  # (θ, x, target, noise) → loss, scores, dE/dθ
    # (state, (images, target), preprocess, optimiser, (order, lr, noise, back)) → state, (losses,
    # correct); the last argument's arrays have a leading axis of steps, and the memory of the state
    # that is given becomes that of the new one
    steps: Callable[..., Any]


@lru_cache(maxsize=16)
def programs(network: Network, mesh: Mesh, looped: bool, precision: str) -> Programs:
    """Return the programs of a network; equal networks share them. Compiled when first called.

    Parameters
    ----------
    looped : bool
        Whether several steps are a loop, or written out.
    precision : str
        One of `PRODUCTS`.
    """
    predict, gradient = passes_in(lowered(network), precision)
    average, whole = _averaged(gradient, mesh), NamedSharding(mesh, PartitionSpec())

    def scores(theta: Any, x: Any) -> Any:
        return network.loss.scores(predict(theta, x))

    def steps(state: Any, data: Any, preprocess: Any, optimiser: Any, each: Any) -> Any:
        images, target = data

        def step(state: Any, own: Any) -> Any:
            chosen, lr, noise, back = own
            pictures = images[chosen] if back is None else moved(images[chosen], back)
            asked = select(target, chosen)
            loss, found, flat = average(state.theta, preprocess(pictures), asked, noise)
            correct = network.loss.count_correct(found, asked)
            return optimiser.step(state, flat, lr), (loss, correct)

        if looped:
            return lax.scan(step, state, each)
        seen = []
        for k in range(len(each[0])):
            state, shown = step(state, jax.tree.map(lambda array, k=k: array[k], each))
            seen.append(shown)
        return state, jax.tree.map(lambda *shown: jnp.stack(shown), *seen)

    options = {"xla_gpu_deterministic_ops": True} if mesh.devices.flat[0].platform == "gpu" else {}

    def compiled(f: Any, donated: tuple[int, ...] = ()) -> Any:
        def exact(*given: Any) -> Any:
            with products(precision):
                return f(*given)

        return jax.jit(
            exact,
            in_shardings=whole,
            out_shardings=whole,
            donate_argnums=donated,
            compiler_options=options,
        )

    return Programs(
        mesh, LENGTHS[looped], compiled(scores), compiled(average), compiled(steps, (0,))
    )


def _averaged(gradient: Pass, mesh: Mesh) -> Pass:
    """Return the gradient of a batch: each device takes an equal part of it, if that can be.

    The mean of the parts' means is the mean of the whole. A batch that cannot be cut into equal
    parts, the last of an epoch, is computed by each device.
    """
    part, whole = PartitionSpec(BATCH), PartitionSpec()

    def own(theta: Any, x: Any, target: Any, noise: Any) -> Any:
        loss, scores, flat = gradient(theta, x, target, noise)
        return lax.pmean(loss, BATCH), scores, lax.pmean(flat, BATCH)

    shared = jax.shard_map(
        own, mesh=mesh, in_specs=(whole, part, part, part), out_specs=(whole, part, whole)
    )

    def average(theta: Any, x: Any, target: Any, noise: Any) -> Any:
        if mesh.size == 1 or len(x) % mesh.size:
            return gradient(theta, x, target, noise)
        return shared(theta, x, target, noise)

    return average
