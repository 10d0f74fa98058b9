"""Ma Liyang 2018: the figures that show activation functions themselves."""

from digitile.lab.catalog.arms import paper
from digitile.lab.experiment import (
    Arm,
    Assumption,
    Claim,
    Experiment,
    Figure,
    Function,
    Text,
    Value,
)

KS = (0.0, 0.05, 0.1, 0.13, 0.15, 0.2, 0.3)
"""The values of k that are tried; the paper prints 0.13 alone."""

FIG4 = Experiment(
    name="ma2018/fig4",
    title=Text("tanh and its derivative", "tanh 及其导数"),
    panels=(paper(Arm("tanh", Text("tanh", "tanh"), Function("tanh"))),),
    figure=Figure("functions"),
    numbers=("slope_0", "slope_2", "least_slope"),
    claims=(
        Claim(
            "slope-0-beyond-2",
            Text("For |x| > 2 the derivative of tanh is 0.", "|x| > 2 时 tanh 的导数为零。"),
            "0",
            Value("tanh", "slope_2", "near", 0.0, tolerance=0.005, loose=0.1),
            Text("It is small there, not 0: 1 − tanh²(2) = 0.0707.", "导数很小，但不为零。"),
        ),
    ),
)

FIG5 = Experiment(
    name="ma2018/fig5",
    title=Text("tanh(x) + kx and its derivative", "tanh(x) + kx 及其导数"),
    panels=(
        paper(
            *(
                Arm(f"k{k:g}", Text(f"k = {k:g}", f"k = {k:g}"), Function(f"tanhkx({k:g})"))
                for k in KS
            )
        ),
    ),
    figure=Figure("functions"),
    numbers=("slope_0", "slope_2", "least_slope"),
    claims=(
        Claim(
            "slope-at-least-k",
            Text(
                "For |x| > 2 the derivative is not 0: k is added to it.",
                "|x| > 2 时导数不为零，增加了梯度 k。",
            ),
            "≥ k = 0.13",
            Value("k0.13", "least_slope", "least", 0.13),
        ),
    ),
    assumptions=(
        Assumption(
            "values of k",
            Text(
                "Only k = 0.13 is printed; the other six values are ours.",
                "论文只给出 k = 0.13，其余六个取值是我们选的。",
            ),
        ),
    ),
)

FIG8 = Experiment(
    name="ma2018/fig8",
    title=Text("ReLU and its derivative", "ReLU 及其导数"),
    panels=(
        paper(
            Arm("relu", Text("ReLU", "ReLU"), Function("ReLU")),
            Arm("leaky", Text("slope 0.05 below 0", "负半轴斜率 0.05"), Function("leaky(0.05)")),
        ),
    ),
    figure=Figure("functions"),
    numbers=("slope_-2", "slope_2"),
    claims=(
        Claim(
            "slope-below-0",
            Text("For x < 0 the derivative of ReLU is 0.", "x < 0 时 ReLU 的梯度为 0。"),
            "0",
            Value("relu", "slope_-2", "near", 0.0),
        ),
        Claim(
            "slope-above-0",
            Text("For x > 0 the gradient does not vanish.", "x > 0 时 ReLU 解决了梯度消失问题。"),
            "1",
            Value("relu", "slope_2", "near", 1.0),
        ),
        Claim(
            "leaky-keeps-a-slope",
            Text("A coefficient α keeps a gradient below 0.", "修正系数 α 使负轴保留梯度。"),
            "α = 0.05",
            Value("leaky", "slope_-2", "near", 0.05, tolerance=1e-9),
        ),
    ),
)
