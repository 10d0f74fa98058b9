"""The Shanghai Jiao Tong University report of 2025: widths, depth and dropout."""

from digitile.lab.catalog.arms import elsewhere, network, paper, sweep, train
from digitile.lab.experiment import (
    Assumption,
    Claim,
    Difference,
    Experiment,
    Falling,
    Figure,
    Panel,
    Text,
    Value,
)

ACCURACY = Figure("bars", ("accuracy",))
NUMBERS = ("accuracy", "epoch_loss", "parameters")
PRINTED = 0.0005
"""Half of the last digit of accuracies like 98.2 %."""
WIDTHS = {"6-12": "sjtu2025", "12-16": "sjtu2025/12-16", "16-32": "sjtu2025/16-32"}


def _maps(name: str) -> Text:
    words = name.replace("-", ", ")
    return Text(f"{words} maps", f"{words} 个卷积核")


_BATCH = Assumption(
    "batch size",
    Text(
        "The paper's update rule is written for one sample, its batch size is not printed; 10 is "
        "used.",
        "论文的更新公式针对单个样本，没有给出批大小；采用 10。",
    ),
    "batch",
)
_INIT = Assumption(
    "first weights",
    Text("Not printed; Xavier, biases 0.", "没有给出；采用 Xavier，偏置为 0。"),
    "init",
)
_DECAY = Assumption(
    "decay of the learning rate",
    Text(
        "From 0.03 down to 0.001; the shape is not printed. A straight line is used.",
        "学习率由 0.03 递减到 0.001，方式不明；采用线性递减。",
    ),
    "schedule",
)

_BASICS = (_BATCH, _INIT, _DECAY)

BASE = Experiment(
    name="sjtu2025/base",
    title=Text("The network of 6 and 12 maps", "6 核、12 核的双卷积层网络"),
    panels=(
        paper(train("6-12", _maps("6-12"), "sjtu2025")),
        Panel(
            "batch",
            Text("Batch size", "批大小"),
            sweep("batch", Text("batch size", "批大小"), "batch_size", (1, 50), "sjtu2025"),
        ),
        Panel(
            "schedule",
            Text("Decay of the learning rate", "学习率递减方式"),
            (
                train(
                    "constant",
                    Text("0.03 throughout", "恒为 0.03"),
                    "sjtu2025",
                    "schedule=constant",
                ),
                train(
                    "steps",
                    Text("÷ 2.34 after each epoch", "每轮后除以 2.34"),
                    "sjtu2025",
                    "schedule=step(0.4273,1,2,3,4)",
                ),
            ),
        ),
        Panel(
            "init",
            Text("First weights", "初始权值"),
            (train("msra", Text("MSRA", "MSRA"), "sjtu2025", "init=msra"),),
        ),
    ),
    figure=ACCURACY,
    numbers=NUMBERS,
    claims=(
        Claim(
            "accuracy",
            Text("5 epochs give about 98.2 %.", "5 轮训练后成功率约为 98.2 %。"),
            "98.2 %",
            Value("6-12", "accuracy", "least", 0.982, tolerance=PRINTED, loose=0.005),
        ),
    ),
    assumptions=_BASICS,
)

KERNELS = Experiment(
    name="sjtu2025/kernels",
    title=Text("More maps", "卷积核的数量"),
    panels=(paper(*(train(name, _maps(name), recipe) for name, recipe in WIDTHS.items())),),
    figure=ACCURACY,
    numbers=NUMBERS,
    claims=(
        *(
            Claim(
                name,
                Text(
                    f"{name} maps give {100 * claimed:.1f} %.",
                    f"{name} 核：{100 * claimed:.1f} %。",
                ),
                f"{100 * claimed:.1f} %",
                Value(name, "accuracy", "least", claimed, tolerance=PRINTED, loose=0.005),
            )
            for name, claimed in (("6-12", 0.982), ("12-16", 0.985), ("16-32", 0.987))
        ),
        Claim(
            "more-is-better",
            Text("More maps make fewer errors.", "卷积核越多，错误越少。"),
            "6-12 > 12-16 > 16-32",
            Falling(tuple(WIDTHS), "test_error"),
        ),
    ),
    assumptions=elsewhere("sjtu2025/base", *_BASICS),
)

DEPTH = Experiment(
    name="sjtu2025/depth",
    title=Text("A third convolution", "第三个卷积层"),
    panels=(
        paper(
            train("6-12", _maps("6-12"), "sjtu2025"),
            train("1x1", Text("6, 12, 16 (1×1)", "6、12、16 (1×1) 核"), "sjtu2025/1x1"),
            train("16-32", _maps("16-32"), "sjtu2025/16-32"),
            train("3x3", Text("16, 32, 32 (3×3)", "16、32、32 (3×3) 核"), "sjtu2025/3x3"),
        ),
        Panel(
            "place",
            Text("The 3×3 convolution elsewhere", "3×3 卷积层的其他位置"),
            (
                train("3x3-same", Text("padded", "补零"), "sjtu2025/3x3-same"),
                train("3x3-before", Text("before pooling", "池化之前"), "sjtu2025/3x3-before"),
            ),
        ),
        Panel(
            "activation",
            Text("Without ReLU after the third", "第三层之后没有 ReLU"),
            (
                train(
                    "1x1-linear",
                    Text("6, 12, 16 (1×1)", "6、12、16 (1×1) 核"),
                    "sjtu2025/1x1",
                    network("sjtu2025/1x1", ("16C1 - ReLU", "16C1", 1)),
                ),
            ),
        ),
    ),
    figure=ACCURACY,
    numbers=NUMBERS,
    claims=(
        Claim(
            "1x1",
            Text("6, 12 and 16 (1×1) maps give 96.5 %.", "6、12、16 (1×1) 核：96.5 %。"),
            "96.5 %",
            Value("1x1", "accuracy", "near", 0.965, tolerance=0.003, loose=0.01),
        ),
        Claim(
            "1x1-is-worse",
            Text(
                "The 1×1 layer costs 1.7 points against 6 and 12 maps.",
                "1×1 层比双卷积层低 1.7 个百分点。",
            ),
            "−1.7",
            Difference("1x1", "6-12", "accuracy", -0.017, 0.003),
        ),
        Claim(
            "3x3",
            Text("16, 32 and 32 (3×3) maps give 97.8 %.", "16、32、32 (3×3) 核：97.8 %。"),
            "97.8 %",
            Value("3x3", "accuracy", "near", 0.978, tolerance=0.003, loose=0.01),
        ),
        Claim(
            "3x3-is-worse",
            Text(
                "The 3×3 layer costs 0.9 points against 16 and 32 maps.",
                "3×3 层比双卷积层低 0.9 个百分点。",
            ),
            "−0.9",
            Difference("3x3", "16-32", "accuracy", -0.009, 0.003),
        ),
    ),
    assumptions=(
        *elsewhere("sjtu2025/base", *_BASICS),
        Assumption(
            "place of the third convolution",
            Text(
                "After the second pooling, without padding; the 3×3 layer padded, and before the "
                "second pooling, are shown beside.",
                "放在第二次池化之后，不补零；同时给出补零的和放在第二次池化之前的 3×3 层。",
            ),
            "place",
        ),
    ),
)


DROPOUT = Experiment(
    name="sjtu2025/dropout",
    title=Text("13 trainings without and with dropout", "无/有 dropout 各训练 13 次"),
    panels=(
        paper(
            train("without", Text("without dropout", "无 dropout"), "sjtu2025", seeds=13),
            train(
                "with", Text("dropout, keep 0.5", "dropout，保留 0.5"), "sjtu2025/dropout", seeds=13
            ),
        ),
        Panel(
            "rate",
            Text("Other rates and another place", "其他保留率和位置"),
            (
                *(
                    train(
                        f"keep{keep:g}",
                        Text(f"keep {keep:g}", f"保留 {keep:g}"),
                        "sjtu2025",
                        network("sjtu2025/dropout", ("dropout(0.5)", f"dropout({keep:g})", 1)),
                    )
                    for keep in (0.8, 0.9)
                ),
                train(
                    "keep0.5-early",
                    Text("keep 0.5 after the first pooling", "第一次池化后保留 0.5"),
                    "sjtu2025",
                    network("sjtu2025", ("MP2 - 12C5", "MP2 - dropout(0.5) - 12C5", 1)),
                ),
            ),
        ),
        Panel(
            "epochs",
            Text("Without dropout, fewer epochs", "无 dropout，更少的轮数"),
            sweep("epochs", Text("epochs", "轮数"), "epochs", (1, 2, 3), "sjtu2025"),
        ),
    ),
    figure=ACCURACY,
    numbers=NUMBERS,
    seeds=5,
    claims=(
        Claim(
            "mean-without",
            Text("Mean of 13 trainings without dropout.", "无 dropout 的 13 次平均。"),
            "97.82 %",
            Value("without", "accuracy", "near", 0.9782, tolerance=0.001, loose=0.004),
            Text(
                "The paper gives 98.2 % for the same network elsewhere; the mean of the 13 "
                "accuracies it prints is 97.82 %.",
                "论文别处对同一网络给出 98.2 %；而它列出的 13 个数值的平均是 97.82 %。",
            ),
        ),
        Claim(
            "the-other-figure",
            Text("The same network, as printed elsewhere.", "同一网络在别处给出的数值。"),
            "98.2 %",
            Value("without", "accuracy", "near", 0.982, tolerance=0.001, loose=0.004),
        ),
        Claim(
            "mean-with",
            Text("Mean of 13 trainings with dropout.", "有 dropout 的 13 次平均。"),
            "97.22 %",
            Value("with", "accuracy", "near", 0.9722, tolerance=0.001, loose=0.005),
        ),
        Claim(
            "dropout-costs",
            Text("Dropout makes it worse by 0.6 points.", "dropout 使成功率下降 0.6 个百分点。"),
            "−0.60",
            Difference("with", "without", "accuracy", -0.006, 0.002),
        ),
    ),
    assumptions=(
        *elsewhere("sjtu2025/base", *_BASICS),
        Assumption(
            "dropout",
            Text(
                "Rate and place are not printed: keep 0.5 on the input of the last layer.",
                "没有给出保留率和位置：在最后一层的输入上保留 0.5。",
            ),
            "rate",
        ),
        Assumption(
            "epochs",
            Text(
                "5, as elsewhere in the paper; fewer would explain a lower mean.",
                "与论文别处相同，为 5 轮；更少的轮数会使平均值更低。",
            ),
            "epochs",
        ),
    ),
)

EXPERIMENTS = (BASE, KERNELS, DEPTH, DROPOUT)
