"""LeNet-5, as li2017 §1.1 describes it."""

from digitile.lab.catalog.arms import network, paper, train
from digitile.lab.experiment import Assumption, Claim, Experiment, Figure, Panel, Text, Value

LENET5 = Experiment(
    name="lenet5",
    title=Text("LeNet-5", "LeNet-5"),
    panels=(
        paper(train("lenet5", Text("LeNet-5", "LeNet-5"), "lenet5")),
        Panel(
            "connections",
            Text("C3 connected to all maps", "C3 全连接"),
            (
                train(
                    "full",
                    Text("all connections", "全部连接"),
                    "lenet5",
                    network("lenet5", ("16C5[lenet5]", "16C5", 1)),
                    seeds=3,
                ),
            ),
        ),
    ),
    figure=Figure("curves", ("smoothed", "validation_error"), "epoch", log=True),
    numbers=("test_error", "validation_error", "epoch_loss", "parameters"),
    claims=(
        Claim(
            "parameters",
            Text("LeNet-5 has 60,000 parameters.", "LeNet-5 有 60,000 个参数。"),
            "60,000",
            Value("lenet5", "parameters", "near", 60_000, tolerance=0, loose=1000),
            Text(
                "60,000 and the 84·10 + 10 of our last layer, which stands for fixed radial basis "
                "functions.",
                "60,000 加上最后一层的 84·10 + 10；该层代替了固定的径向基函数。",
            ),
        ),
        Claim(
            "error",
            Text("LeCun et al. 1998: 0.95 % test error.", "LeCun 等 1998：测试错误率 0.95 %。"),
            "0.95 %",
            Value("lenet5", "test_error", "most", 0.0095, tolerance=0.00005, loose=0.003),
        ),
    ),
    assumptions=(
        Assumption(
            "training",
            Text(
                "Batch size 10, learning rate 0.05 halved every 3 epochs, 12 epochs, in place of "
                "LeCun's second-order rates and 20 epochs; softmax outputs.",
                "批大小 10，学习率 0.05，每 3 轮减半，共 12 轮，代替原文的二阶方法与 20 轮；"
                "softmax 输出。",
            ),
        ),
        Assumption(
            "connections of C3",
            Text("The table of LeCun et al. 1998.", "采用 LeCun 等 1998 的连接表。"),
            "connections",
        ),
    ),
)

EXPERIMENTS = (LENET5,)
