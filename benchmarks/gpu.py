"""Time whole trainings by XLA and by PyTorch, on a GPU or, to try it, on a processor.

    python benchmarks/gpu.py [--tasks mnist cifar10] [--data FOLDER] [--epochs N] [--rounds N]
                             [--precision float32|tf32|bfloat16] [--json FILE]

`wu2016-mnist` runs to its early stop, `wu2016-cifar10/caffe-init` all its epochs. One loop drives
them all, digitile's own: the same start, order, mini-batches, rates, validations and stop, the
pictures resident on the device; only what takes the steps differs. PyTorch is eager, compiled, and
on a GPU one recorded graph a step; its update is one pass over flat arrays. What has to be compiled
is so before the clock runs. Engines take turns, in each round all of them.

Wants digitile[xla] and PyTorch, with CUDA both or neither.
"""

import argparse
import json
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import jax
import numpy as np
import torch
from numpy.typing import NDArray

from digitile import recipes
from digitile.bench.peers.torch import model_of
from digitile.data import Dataset, load_data
from digitile.engines import Batches, Engine, Step, Steps
from digitile.engines.xla import XlaEngine
from digitile.engines.xla.precision import PRECISIONS
from digitile.nn import Network
from digitile.nn.layer import Array
from digitile.nn.loss import Target
from digitile.nn.optimiser import SGD, Optimiser, OptimiserState
from digitile.training.loop import Trainer
from digitile.training.prepare import prepare_pictures
from digitile.training.settings import Settings

TASKS = {"mnist": "wu2016-mnist", "cifar10": "wu2016-cifar10/caffe-init"}
WARM_STEPS = 70
"""Steps before the clock runs: two of XLA's long programs and some short ones."""

BULK = 1000
"""Pictures that PyTorch predicts at once."""


class FlatModel:
    """A network by PyTorch, its parameters and gradients each parts of one array.

    Attributes
    ----------
    model : torch.nn.Module
    theta, gradient : torch.Tensor, flat
        In arena order.
    """

    def __init__(self, network: Network, device: Any) -> None:
        size = network.arena.size
        self.theta, self.gradient = (torch.zeros(size, device=device) for _ in range(2))
        self.model = model_of(network, np.zeros(size, np.float32)).to(device)
        modules = [m for m in self.model.modules() if hasattr(m, "weight")]
        layers = sorted({slot.layer for slot in network.arena.slots})
        for slot in network.arena.slots:
            module = modules[layers.index(slot.layer)]
            parameter = module.weight if slot.name.endswith(".w") else module.bias
            part = slice(slot.start, slot.stop)
            parameter.data = self.theta[part].view(parameter.shape)
            parameter.grad = self.gradient[part].view(parameter.shape)


class TorchEngine:
    """A network by PyTorch: an engine that digitile's own loop can drive.

    Parameters
    ----------
    network : Network
    way : str
        ``eager``, ``compile``, or ``graphs`` (CUDA's: each step is recorded once, and replayed).
    precision : str
        bfloat16 is PyTorch's own mixed precision (autocast).
    """

    def __init__(self, network: Network, way: str, precision: str) -> None:
        self.network = network
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.benchmark = True
        self._predicting = FlatModel(network, self._device)
        self._training = TorchTraining(network, way, precision == "bfloat16", self._device)

    def scores(self, theta: Array, x: Array) -> Array:
        """See `Engine.scores`."""
        own = self._predicting
        own.theta.copy_(torch.from_numpy(np.asarray(theta, np.float32)))
        with torch.inference_mode():
            parts = [
                own.model(torch.from_numpy(x[at : at + BULK]).to(self._device)).softmax(1).cpu()
                for at in range(0, len(x), BULK)
            ]
        return np.concatenate([part.numpy() for part in parts])

    def gradient(self, theta: Array, x: Array, target: Target, noise: list[Array | None]) -> Step:
        """See `Engine.gradient`: nothing here asks for it."""
        raise NotImplementedError

    def training(self, optimiser: Optimiser, state: OptimiserState) -> "TorchTraining":
        """See `Engine.training`; one at a time, for which all stays compiled."""
        self._training.start(optimiser, state)
        return self._training


class TorchTraining:
    """Steps of momentum on the device; see `Training`."""

    def __init__(self, network: Network, way: str, narrow: bool, device: Any) -> None:
        self._way, self._narrow, self._device = way, narrow, device
        self._own = FlatModel(network, device)
        self._velocity = torch.zeros_like(self._own.theta)
        self._objective: Any = torch.compile(self._loss) if way == "compile" else self._loss
        self._held: NDArray[np.uint8] | None = None
        self._graph: tuple[int, Any] | None = None

    def start(self, optimiser: Optimiser, state: OptimiserState) -> None:
        """Go on from `state`."""
        assert isinstance(optimiser, SGD)
        self._optimiser, self._steps = optimiser, state.steps
        self._own.theta.copy_(torch.from_numpy(state.theta))
        self._velocity.copy_(torch.from_numpy(state.memory["velocity"]))

    def take(self, batches: Batches) -> Steps:
        """See `Training.take`."""
        batches = batches.augmented()
        self._hold(batches)
        places = torch.from_numpy(batches.order).to(self._device)
        lrs = torch.tensor(batches.lr, dtype=torch.float32, device=self._device)
        losses = torch.zeros(len(places), device=self._device)
        right = torch.zeros(len(places), dtype=torch.int64, device=self._device)
        step = self._replay if self._way == "graphs" else self._step
        for k in range(len(places)):
            losses[k], right[k] = step(places[k], lrs[k])
        self._steps += len(places)
        return Steps(losses.double().cpu().numpy(), right.cpu().numpy())

    def state(self) -> OptimiserState:
        """See `Training.state`."""
        theta, velocity = (
            array.to("cpu", copy=True).numpy() for array in (self._own.theta, self._velocity)
        )
        return OptimiserState(theta, {"velocity": velocity}, self._steps)

    def _hold(self, batches: Batches) -> None:
        """Have all that does not change on the device."""
        if self._held is batches.images:
            return
        arrays = (
            *(batches.images, batches.target, batches.preprocess.shift, batches.preprocess.scale),
            *(self._optimiser.scale, self._optimiser.decay),
        )
        self._data = [torch.from_numpy(np.asarray(array)).to(self._device) for array in arrays]
        self._held, self._graph = batches.images, None

    def _loss(self, x: Any, labels: Any) -> tuple[Any, Any]:
        with torch.autocast(self._device.type, torch.bfloat16) if self._narrow else nullcontext():
            z = self._own.model(x)
        z = z.float()
        right = (z.detach().argmax(1) == labels).sum()
        return torch.nn.functional.cross_entropy(z, labels), right

    def _step(self, chosen: Any, lr: Any) -> tuple[Any, Any]:
        images, labels, shift, pixel_scale, scale, decay = self._data
        x = (images[chosen].float() - shift) * pixel_scale
        loss, right = self._objective(x, labels[chosen])
        self._own.gradient.zero_()
        loss.backward()
        with torch.no_grad():
            moved = torch.addcmul(self._own.gradient, decay, self._own.theta).mul_(scale).mul_(lr)
            self._velocity.mul_(self._optimiser.momentum).add_(moved)
            self._own.theta.sub_(self._velocity)
        return loss.detach(), right

    def _replay(self, chosen: Any, lr: Any) -> tuple[Any, Any]:
        if self._graph is None or self._graph[0] != len(chosen):
            self._graph = len(chosen), self._recorded(chosen, lr)
        graph, own_chosen, own_lr, seen = self._graph[1]
        own_chosen.copy_(chosen)
        own_lr.copy_(lr)
        graph.replay()
        loss, right = seen
        return loss, right

    def _recorded(self, chosen: Any, lr: Any) -> tuple[Any, ...]:
        """Record a step, and put back what the rehearsals have changed."""
        before = self._own.theta.clone(), self._velocity.clone()
        own_chosen, own_lr = chosen.clone(), lr.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self._step(own_chosen, own_lr)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            seen = self._step(own_chosen, own_lr)
        self._own.theta.copy_(before[0])
        self._velocity.copy_(before[1])
        return graph, own_chosen, own_lr, seen


@dataclass(frozen=True)
class Run:
    """One training: how long it took, and where it came."""

    task: str
    engine: str
    round: int
    seconds: float
    pictures_a_second: float
    epoch_loss: float | None
    stopped: str | None
    test_accuracy: float


def engines(network: Network, precision: str) -> dict[str, Engine]:
    """Return what takes the steps, by name."""
    ways = ["eager", "compile", *(["graphs"] if torch.cuda.is_available() else [])]
    torches = {f"torch {way}": TorchEngine(network, way, precision) for way in ways}
    return {"xla": XlaEngine(network, precision=precision), **torches}


def timed(settings: Settings, data: Dataset, engine: Engine) -> tuple[Trainer, float]:
    """Train to the end, an engine taking the steps, and say in how many seconds."""
    trainer = Trainer(settings, prepare_pictures(settings, data, 0), engine, 0)
    start = time.perf_counter()
    for _ in trainer.run():
        pass
    return trainer, time.perf_counter() - start


def race(task: str, arguments: argparse.Namespace) -> list[Run]:
    """Run one task by every engine, in turns."""
    _, settings = recipes.find(TASKS[task])
    if arguments.epochs:
        settings = settings.override([f"epochs={arguments.epochs}"])
    network = Network.parse(settings.network)
    splits = load_data(task, arguments.data, shape=network.input_shape)
    made, runs = engines(network, arguments.precision), list[Run]()
    for engine in made.values():
        timed(settings.override([f"iterations={WARM_STEPS}"]), splits.train, engine)
    for number in range(arguments.rounds):
        for name, engine in made.items():
            trainer, seconds = timed(settings, splits.train, engine)
            scores = engine.scores(trainer.theta, trainer.preprocess(splits.test.images))
            accuracy = float((scores.argmax(1) == splits.test.labels).mean())
            seen, progress = trainer.progress.iteration * settings.batch_size, trainer.progress
            runs.append(
                Run(
                    *(task, name, number, seconds, seen / seconds),
                    *(progress.epoch_loss, progress.stopped, accuracy),
                )
            )
            print(
                f"{task:8} {name:14} {seconds:8.1f} s {seen / seconds:10.0f} pictures a second, "
                f"loss {progress.epoch_loss}, {100 * accuracy:.2f} % ({progress.stopped})",
                flush=True,
            )
    return runs


def main() -> None:
    """Run all, and compare medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=sorted(TASKS), default=sorted(TASKS))
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--epochs", type=int, help="of each task; else the recipe's")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--json", type=Path, help="where every run is written")
    arguments = parser.parse_args()
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "processor"
    print(f"jax {jax.__version__} on {jax.devices()[0]}, torch {torch.__version__} on {device}")
    runs = [run for task in arguments.tasks for run in race(task, arguments)]
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(run) for run in runs], indent=1) + "\n")
    for task in arguments.tasks:
        names = dict.fromkeys(run.engine for run in runs)
        mine = [run for run in runs if run.task == task]
        typical = {n: median(run.seconds for run in mine if run.engine == n) for n in names}
        fastest = min((n for n in typical if n != "xla"), key=typical.__getitem__)
        ratio = typical[fastest] / typical["xla"]
        print(f"{task}: xla is {ratio:.2f} times as fast as {fastest}, the fastest of the others")


if __name__ == "__main__":
    main()
