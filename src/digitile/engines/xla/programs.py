"""What XLA compiles: prediction, one mini-batch's gradient, and many steps in one call."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from digitile.engines.xla.conv import lowered
from digitile.engines.xla.moving import moved
from digitile.engines.xla.precision import Passes, passes_in
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess

BATCH = "batch"
"""The mesh's one axis: each device has a part of every mini-batch."""


@dataclass(frozen=True)
class Programs:
    """One network's functions on one mesh of devices; what goes in and out is whole on each.

    Attributes
    ----------
    scores : callable
        (θ, x) → scores.
    gradient : callable
        (θ, x, labels, noise) → loss, scores, dE/dθ.
    steps : callable
        ((θ, Δθ), (images, labels), (shift, scale, rates, decay), momentum,
        (order, lr, noise, back)) → (θ, Δθ), (losses, right); the last
        argument's arrays have a leading axis of steps.
    """

    scores: Callable[..., Any]
    gradient: Callable[..., Any]
    steps: Callable[..., Any]


@lru_cache(maxsize=16)
def programs(network: Network, mesh: Mesh, looped: bool, precision: str) -> Programs:
    """Return the programs of a network; equal networks share them. Compiled when first called.

    Parameters
    ----------
    network : Network
    mesh : Mesh
    looped : bool
        Whether several steps are a loop, or written out.
    precision : str
        One of PRECISIONS.
    """
    passes = passes_in(lowered(network), precision)
    average, whole = _averaged(passes, mesh), NamedSharding(mesh, PartitionSpec())

    def scores(theta: Any, x: Any) -> Any:
        return network.loss.scores(passes.predict(theta, x))

    def steps(state: Any, data: Any, fixed: Any, momentum: Any, each: Any) -> Any:
        (images, labels), (shift, scale, rates, decay) = data, fixed
        preprocess, optimiser = Preprocess("", shift, scale), SGD(momentum, rates, decay)

        def step(state: Any, own: Any) -> Any:
            (theta, velocity), (chosen, lr, noise, back) = state, own
            pictures = images[chosen] if back is None else moved(images[chosen], back)
            loss, found, flat = average(theta, preprocess(pictures), labels[chosen], noise)
            right = (found.argmax(axis=1) == labels[chosen]).sum()
            return optimiser.step(theta, velocity, flat, lr), (loss, right)

        if looped:
            return lax.scan(step, state, each)
        seen = []
        for k in range(len(each[0])):
            state, shown = step(state, jax.tree.map(lambda array, k=k: array[k], each))
            seen.append(shown)
        return state, jax.tree.map(lambda *shown: jnp.stack(shown), *seen)

    options = {"xla_gpu_deterministic_ops": True} if mesh.devices.flat[0].platform == "gpu" else {}

    def compiled(f: Any) -> Any:
        return jax.jit(f, in_shardings=whole, out_shardings=whole, compiler_options=options)

    return Programs(compiled(scores), compiled(average), compiled(steps))


def _averaged(passes: Passes, mesh: Mesh) -> Callable[..., Any]:
    """Return the gradient of a batch: each device takes an equal part of it, if that can be.

    The mean of the parts' means is the mean of the whole. A batch that cannot be cut into equal
    parts, the last of an epoch, is computed by each device.
    """
    part, whole = PartitionSpec(BATCH), PartitionSpec()

    def own(theta: Any, x: Any, labels: Any, noise: Any) -> Any:
        loss, scores, flat = passes.gradient(theta, x, labels, noise)
        return lax.pmean(loss, BATCH), scores, lax.pmean(flat, BATCH)

    shared = jax.shard_map(
        own, mesh=mesh, in_specs=(whole, part, part, part), out_specs=(whole, part, whole)
    )

    def gradient(theta: Any, x: Any, labels: Any, noise: Any) -> Any:
        if mesh.size == 1 or len(x) % mesh.size:
            return passes.gradient(theta, x, labels, noise)
        return shared(theta, x, labels, noise)

    return gradient
