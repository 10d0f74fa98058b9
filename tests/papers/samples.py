"""Small experiments with made-up results, one for each kind of figure."""

from dataclasses import replace

import numpy as np

from digitile.papers.experiment import (
    Arm,
    Assumption,
    Best,
    Claim,
    ClaimedValue,
    Experiment,
    Figure,
    Function,
    Panel,
    Text,
    TrainingWork,
)
from digitile.papers.functions import draw as draw_function
from digitile.papers.results import ArmResult, ClaimResult, Curve, Failure, Provenance, Results, Run


def text(words: str) -> Text:
    return Text(words, f"{words}（中文）")


PROVENANCE = Provenance("0.1.0", "A processor", 2, "3.13.1", "2.4.0", "tile", 4321.0, "2026-01-02")
EVIL = "<script>alert('x')</script> | **bold** {{ 1 }}"


def arm(name: str) -> Arm:
    return Arm(name, text(f"arm {name}"), TrainingWork("ma2018"))


def run_of(seed: int, speed: float, length: int = 30) -> Run:
    rng = np.random.default_rng((seed, int(100 * speed)))
    x = np.arange(1, length + 1) * 20.0
    y = np.exp(-speed * x / 200) + 0.01 * rng.random(length)
    errors = (0.5 * y).round(5).tolist()
    curves = {"smoothed": Curve(x.tolist(), y.round(5).tolist())}
    curves |= {
        "train_error": Curve(x.tolist(), errors),
        "validation_error": Curve(x.tolist(), errors),
    }
    for k, layer in enumerate(("conv1", "conv2")):
        curves[f"gradient/{layer}"] = Curve(x.tolist(), ((k + 1) * y).round(5).tolist())
        curves[f"saturated/{layer}"] = Curve(x.tolist(), (0.5 * y).round(5).tolist())
    return Run(seed, f"d{seed}", 12.5, "done", {"test_error": 0.02 / speed + 0.001 * seed}, curves)


def arm_result(name: str, speed: float) -> ArmResult:
    runs = [run_of(seed, speed, 30 - seed) for seed in range(3)]
    failures = [Failure(3, f"diverged {EVIL}")] if name == "b" else []
    return ArmResult(name, 3898, 50, 20, {"lr": 1.0}, runs, failures)


CLAIMS = (
    Claim("value", text(f"a claim {EVIL}"), "98 %", ClaimedValue("a", "test_error", "near", 0.025)),
    Claim("best", text("b is best"), "b", Best("b", ("a",), "test_error"), text("a note")),
)
CURVES = Experiment(
    "ma2018/fig7",
    text("Learning rates"),
    (
        Panel("paper", text("as printed"), (arm("a"), arm("b"))),
        Panel("sweep", text("batch size"), (arm("c"), arm("missing"))),
    ),
    Figure("curves", ("smoothed",), log=True),
    numbers=("test_error", "parameters"),
    claims=CLAIMS,
    assumptions=(
        Assumption("batch size", text(f"50 {EVIL}"), "sweep"),
        Assumption("init", text("x")),
    ),
)
BARS = replace(CURVES, name="li2017/table1", figure=Figure("bars", ("test_error", "accuracy")))
TWO = replace(
    CURVES,
    name="li2017/fig5",
    figure=Figure("curves", ("train_error", "validation_error"), x="epoch"),
)
LAYERS = replace(CURVES, name="ma2018/fig9", figure=Figure("layers"))
FUNCTIONS = Experiment(
    "ma2018/fig5",
    text("tanh + kx"),
    (
        Panel(
            "paper",
            text("as printed"),
            tuple(
                Arm(word, text(word), Function(word)) for word in ("tanh", "tanhkx(0.13)", "ReLU")
            ),
        ),
    ),
    Figure("functions"),
    numbers=("slope_0",),
)
EXPERIMENTS = (FUNCTIONS, CURVES, LAYERS, TWO, BARS)


def results_of(experiment: Experiment, *, quick: bool = False) -> Results:
    if experiment is FUNCTIONS:
        arms = [
            ArmResult(each.name, 0, 0, 0, {}, [draw_function(each.work)])
            for each in experiment.arms
            if isinstance(each.work, Function)
        ]
    else:
        arms = [arm_result(name, speed) for name, speed in (("a", 0.8), ("b", 2.0), ("c", 1.0))]
    claims = [
        ClaimResult(claim.id, claim.claimed, "2.60 ± 0.10 %", verdict, text(f"because {EVIL}"))
        for claim, verdict in zip(experiment.claims, ("holds", "undecided"), strict=False)
    ]
    return Results(experiment.name, quick, "mnist", PROVENANCE, arms, claims)
