"""The tile engine beside PyTorch: same networks, batches and threads, one after the other.

    python benchmarks/peers.py [threads] [--cpu-time] [--compile]

Each round times every engine in turn, and the ratio is the median over rounds, to the fastest of
PyTorch's configurations. On a machine that does other work too, use one thread and --cpu-time.
"""

import statistics
import sys
import time

import torch
from torch import nn

from digitile.engines.tile.bench import fma_peak, inference_speed, training_speed
from digitile.nn import Network
from digitile.nn.activations import ReLU, Sigmoid
from digitile.nn.conv import Conv
from digitile.nn.linear import Linear
from digitile.nn.pool import MaxPool, MeanPool

NETWORKS = {
    "sjtu2025": (50, "1x28x28 - 6C5 - ReLU - MP2 - 12C5 - ReLU - MP2 - 10N - softmax"),
    "li2017": (50, "1x28x28 - 6C5 - sigmoid - AP2 - 12C5 - sigmoid - AP2 - 10N - softmax"),
    "wu2016-mnist": (50, "1x28x28 - 20C5 - MP2 - 40C5 - MP2 - 200N - ReLU - 10N - softmax"),
    "wu2016-cifar10": (
        10,
        "3x32x32 - 24C5p2 - MP3s2c - ReLU - 32C5p2 - ReLU - AP3s2c - 64C5p2 - ReLU - AP3s2c - 64N "
        "- ReLU - 10N - softmax",
    ),
}


def as_torch(network: Network) -> nn.Module:
    """Return the same network as PyTorch modules."""
    modules: list[nn.Module] = []
    for layer, shape in zip(network.layers, network.shapes, strict=False):
        if isinstance(layer, Conv):
            modules.append(nn.Conv2d(shape[0], layer.maps, layer.kernel_size, padding=layer.pad))
        elif isinstance(layer, MaxPool):
            modules.append(nn.MaxPool2d(layer.window, layer.stride, ceil_mode=layer.ceil))
        elif isinstance(layer, MeanPool):
            modules.append(nn.AvgPool2d(layer.window, layer.stride, ceil_mode=layer.ceil))
        elif isinstance(layer, Linear):
            modules += [nn.Flatten()] if len(shape) == 3 else []
            modules.append(nn.LazyLinear(layer.units))
        elif isinstance(layer, (ReLU, Sigmoid)):
            modules.append(nn.ReLU() if isinstance(layer, ReLU) else nn.Sigmoid())
    model = nn.Sequential(*modules)
    model(torch.zeros(1, *network.input_shape))
    return model


def torch_work(network: Network, batch: int, last: bool, compiled: bool):
    """Return PyTorch's training step and prediction."""
    model, x = as_torch(network), torch.rand(batch, *network.input_shape)
    if last:
        model = model.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    labels, loss = torch.randint(0, network.classes, (batch,)), nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.9, weight_decay=1e-4)

    def objective(x, labels):
        return loss(model(x), labels)

    run = torch.compile(objective) if compiled else objective

    def step():
        optimiser.zero_grad(set_to_none=True)
        run(x, labels).backward()
        optimiser.step()

    def predict():
        with torch.inference_mode():
            model(x)

    return step, predict


def rate(work, count: int, clock) -> float:
    """Return things a second in a window of 0.4 s."""
    work()
    start, done = clock(), 0
    while clock() - start < 0.4:
        work()
        done += count
    return done / (clock() - start)


def main(threads: int, clock, compiled: bool) -> None:
    """Print one line for each network and batch."""
    torch.set_num_threads(threads)
    peak = fma_peak(clock=clock) * threads
    print(f"peak {peak:.0f} GFLOP/s on {threads} threads")
    configurations = [
        (last, c) for last in (False, True) for c in ((False, True) if compiled else (False,))
    ]
    for name, (batch0, text) in NETWORKS.items():
        network = Network.parse(text)
        for batch in (batch0, 256):
            peers = [torch_work(network, batch, *which) for which in configurations]
            ours, theirs, ours_infer, theirs_infer = [], [], [], []
            options = {"threads": threads, "clock": clock, "seconds": 0.5}
            for _ in range(5):
                speed = training_speed(network, batch, **options)
                ours.append(speed)
                theirs.append(max(rate(step, batch, clock) for step, _ in peers))
                ours_infer.append(inference_speed(network, **options).images)
                theirs_infer.append(max(rate(predict, batch, clock) for _, predict in peers))
            ratios = [a.images / b for a, b in zip(ours, theirs, strict=True)]
            median = statistics.median
            share = median(s.gflops for s in ours) / peak
            infer_ratios = [a / b for a, b in zip(ours_infer, theirs_infer, strict=True)]
            print(
                f"{name:15s} batch {batch:3d}  "
                f"train {median(s.images for s in ours):8.0f}/s {share:4.0%} of peak, "
                f"torch {median(theirs):8.0f}/s, ratio {median(ratios):.2f};  "
                f"infer {median(ours_infer):8.0f}/s, torch {median(theirs_infer):8.0f}/s, "
                f"ratio {median(infer_ratios):.2f}",
                flush=True,
            )


if __name__ == "__main__":
    words = sys.argv[1:]
    main(
        int(next((word for word in words if word.isdigit()), "1")),
        time.process_time if "--cpu-time" in words else time.perf_counter,
        "--compile" in words,
    )
