"""Wu Weizhen 2016: MNIST and CIFAR-10 with the full toolbox."""

from digitile.lab.catalog.arms import elsewhere, network, paper, train
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

MNIST, CIFAR10 = "wu2016-mnist", "wu2016-cifar10"
SHORT = ("epochs=5", "stop_loss=0")
TRAINING = Figure("curves", ("smoothed", "validation_error"))
NUMBERS = ("accuracy", "epochs", "epoch_loss", "validation_error")

_MOMENTUM = Assumption(
    "momentum",
    Text(
        "§3.1 states none. The printed learning rates then add up to about 51 steps of size 1; "
        "0.95 is used, 0 and 0.9 are shown beside.",
        "§3.1 没有给出动量，而所给学习率的总量仅约 51；采用 0.95，并给出 0 和 0.9。",
    ),
    "momentum",
)
_JPEG = Assumption(
    "pictures of CIFAR-10",
    Text(
        "A JPEG copy of CIFAR-10 where that is what lies in the data folder: its pictures differ a "
        "little from the published ones.",
        "如果数据文件夹中是 CIFAR-10 的 JPEG 副本，则图片与原版略有差别。",
    ),
)
_SHORT = Assumption(
    "epochs",
    Text("5 epochs for each arm, without early stop.", "每组训练 5 轮，不提前停止。"),
)

_FIRST = train("0.002", Text("momentum 0.95", "动量 0.95"), MNIST)

MNIST_RUN = Experiment(
    name="wu2016/mnist",
    title=Text("Training on MNIST (Fig. 3)", "MNIST 训练过程（图 3）"),
    panels=(
        paper(_FIRST),
        Panel(
            "momentum",
            Text("Other momentum", "其他动量"),
            (
                train("printed", Text("no momentum", "无动量"), "wu2016-mnist/printed"),
                train("0.9", Text("momentum 0.9", "动量 0.9"), MNIST, "momentum=0.9", seeds=3),
            ),
        ),
    ),
    figure=Figure("curves", ("smoothed", "validation_error"), log=True),
    numbers=(*NUMBERS, "parameters"),
    claims=(
        Claim(
            "accuracy",
            Text("99.14 % of the test pictures are right.", "测试正确率 99.14 %。"),
            "99.14 %",
            Value("0.002", "accuracy", "least", 0.9914, tolerance=0.00005, loose=0.001),
        ),
        Claim(
            "epochs",
            Text("Training stops in epoch 14.", "训练在第 14 轮停止。"),
            "14",
            Value("0.002", "epochs", "near", 14, tolerance=1, loose=4),
        ),
        Claim(
            "parameters",
            Text("The four layers have 150,770 parameters.", "各层共 150,770 个参数。"),
            "150,770",
            Value("0.002", "parameters", "near", 150_770),
        ),
        Claim(
            "as-printed",
            Text(
                "The printed settings, which name no momentum, reach a mean cross-entropy below "
                "0.002 within 20 epochs.",
                "按所印参数（无动量），20 轮内平均交叉熵低于 0.002。",
            ),
            "< 0.002",
            Value("printed", "epoch_loss", "most", 0.002),
        ),
    ),
    assumptions=(_MOMENTUM,),
)

THRESHOLDS = Experiment(
    name="wu2016/thresholds",
    title=Text("Two bounds for the early stop", "两种停止阈值"),
    panels=(
        paper(
            train("0.002", Text("below 0.002", "低于 0.002"), MNIST),
            train("0.001", Text("below 0.001", "低于 0.001"), MNIST, "stop_loss=0.001"),
        ),
    ),
    figure=TRAINING,
    numbers=NUMBERS,
    claims=(
        Claim(
            "accuracy-0.001",
            Text("With 0.001: 99.09 %.", "阈值 0.001：99.09 %。"),
            "99.09 %",
            Value("0.001", "accuracy", "near", 0.9909, tolerance=0.0005, loose=0.002),
        ),
        Claim(
            "epochs-0.001",
            Text("With 0.001 training stops in epoch 17.", "阈值 0.001：第 17 轮停止。"),
            "17",
            Value("0.001", "epochs", "near", 17, tolerance=1, loose=4),
        ),
        Claim(
            "longer-is-no-better",
            Text(
                "The lower bound costs 0.05 points on the test pictures.",
                "较低的阈值使测试正确率下降 0.05 个百分点。",
            ),
            "−0.05",
            Difference("0.001", "0.002", "accuracy", -0.0005, 0.0003),
        ),
    ),
    assumptions=elsewhere("wu2016/mnist", _MOMENTUM),
)

POOLING = Experiment(
    name="wu2016/pooling",
    title=Text("Max, mean, stochastic and overlapping pooling", "最大、平均、随机与重叠采样"),
    panels=(
        paper(
            train("max", Text("max 2×2", "最大 2×2"), MNIST, *SHORT),
            *(
                train(name, label, MNIST, network(MNIST, ("MP2", word, -1)), *SHORT)
                for name, label, word in (
                    ("mean", Text("mean 2×2", "平均 2×2"), "AP2"),
                    ("stochastic", Text("stochastic 2×2", "随机 2×2"), "SP2"),
                    ("overlapping", Text("max 3×3 moved by 2", "最大 3×3，步长 2"), "MP3s2c"),
                )
            ),
        ),
    ),
    figure=Figure("bars", ("accuracy",)),
    numbers=(*NUMBERS, "train_error"),
    claims=(
        Claim(
            "each-works",
            Text(
                "Each of these poolings can be trained with; stochastic pooling too.",
                "各种采样方式都可用于训练，包括随机采样。",
            ),
            "–",
            Value("stochastic", "accuracy", "least", 0.98, loose=0.01),
            Text(
                "The paper gives no figures; 98 % is our bound. At test, stochastic pooling takes "
                "the mean weighted by probability, for which the paper has no rule.",
                "论文没有给出数值，98 % 是我们的界限。测试时随机采样取概率加权平均，论文未说明。",
            ),
        ),
    ),
    assumptions=(_SHORT, *elsewhere("wu2016/mnist", _MOMENTUM)),
)

_CIFAR_INITS = (
    train("cifar-caffe", Text("stds of Caffe", "Caffe 的标准差"), f"{CIFAR10}/caffe-init", seeds=2),
    train("cifar-printed", Text("stds as printed", "论文的标准差"), CIFAR10, seeds=2),
    train("cifar-xavier", Text("Xavier", "Xavier"), CIFAR10, "init=xavier", seeds=2),
)

INIT = Experiment(
    name="wu2016/init",
    title=Text("First weights: Xavier, MSRA, Gaussian", "初始化：Xavier、MSRA、高斯分布"),
    panels=(
        paper(
            train("max", Text("Xavier", "Xavier"), MNIST, *SHORT),
            train("msra", Text("MSRA", "MSRA"), MNIST, *SHORT, "init=msra"),
            train(
                "gaussian",
                Text("Gaussian, 0.001", "高斯，0.001"),
                MNIST,
                *SHORT,
                "init=gaussian(0.001)",
            ),
        ),
        Panel("cifar10", Text("On CIFAR-10", "CIFAR-10"), _CIFAR_INITS),
    ),
    figure=Figure("curves", ("smoothed",), log=True),
    numbers=(*NUMBERS, "mean_epoch_loss"),
    claims=(
        Claim(
            "suitable-is-faster",
            Text(
                "Suitable first weights converge faster: Xavier before small Gaussian ones.",
                "适当的初值更利于快速收敛：Xavier 快于过小的高斯分布。",
            ),
            "Xavier < 0.001",
            Falling(("gaussian", "max"), "mean_epoch_loss"),
        ),
        Claim(
            "printed-stds-learn",
            Text(
                "The printed deviations train on CIFAR-10: a cross-entropy below ln 10 = 2.3026.",
                "论文所印标准差可以在 CIFAR-10 上训练：交叉熵低于 ln 10 = 2.3026。",
            ),
            "0.2572",
            Value("cifar-printed", "epoch_loss", "most", 2.29),
            Text(
                "They shrink the signal to about 10⁻⁷ at the output. Caffe's cifar10_quick, the "
                "same plan, has 0.01 where the paper prints 0.0001 and 0.001.",
                "它们使输出信号缩小到约 10⁻⁷。Caffe 的 cifar10_quick（相同结构）"
                "在第二、三层为 0.01。",
            ),
        ),
    ),
    assumptions=(_SHORT, *elsewhere("wu2016/mnist", _MOMENTUM), _JPEG),
)

PLAIN = Experiment(
    name="wu2016/plain",
    title=Text("Fully connected networks", "全连接网络"),
    panels=(
        paper(
            train(
                "mnist-200",
                Text("MNIST, hidden layer of 200", "MNIST，隐层 200"),
                "wu2016-mnist/plain",
            ),
            train(
                "mnist-30",
                Text("MNIST, hidden layer of 30", "MNIST，隐层 30"),
                "wu2016-mnist/plain",
                network("wu2016-mnist/plain", ("200N", "30N", 1)),
            ),
            train(
                "mnist-linear",
                Text("MNIST, no hidden layer", "MNIST，无隐层"),
                "wu2016-mnist/plain",
                network("wu2016-mnist/plain", ("200N - ReLU - ", "", 1)),
            ),
        ),
        Panel(
            "cifar10",
            Text("CIFAR-10", "CIFAR-10"),
            (
                train(
                    "cifar-200",
                    Text("CIFAR-10, hidden layer of 200", "CIFAR-10，隐层 200"),
                    f"{CIFAR10}/plain",
                    seeds=2,
                ),
            ),
        ),
    ),
    figure=Figure("curves", ("validation_error",), "epoch"),
    numbers=(*NUMBERS, "parameters"),
    claims=(
        Claim(
            "mnist",
            Text("On MNIST they reach about 96 % at most.", "MNIST 上正确率上限为 96 % 左右。"),
            "96 %",
            Value("mnist-200", "accuracy", "near", 0.96, tolerance=0.005, loose=0.01),
        ),
        Claim(
            "mnist-small",
            Text("… with a hidden layer of 30.", "……隐层为 30 时。"),
            "96 %",
            Value("mnist-30", "accuracy", "near", 0.96, tolerance=0.005, loose=0.01),
        ),
        Claim(
            "cifar10",
            Text("On CIFAR-10 they reach about 50 %.", "CIFAR-10 上约为 50 %。"),
            "50 %",
            Value("cifar-200", "accuracy", "near", 0.5, tolerance=0.02, loose=0.05),
        ),
    ),
    assumptions=(
        Assumption(
            "hidden layers",
            Text(
                "Not printed; one of 200 as in the convolutional network, 30 and none beside.",
                "没有给出；采用与卷积网络相同的 200，并给出 30 和无隐层。",
            ),
        ),
        *elsewhere("wu2016/mnist", _MOMENTUM),
        _JPEG,
    ),
)

CIFAR10_RUN = Experiment(
    name="wu2016/cifar10",
    title=Text("Training on CIFAR-10 (Fig. 4)", "CIFAR-10 训练过程（图 4）"),
    panels=(paper(*_CIFAR_INITS),),
    figure=TRAINING,
    numbers=(*NUMBERS, "parameters"),
    seeds=2,
    claims=(
        Claim(
            "accuracy",
            Text("74.90 % of the test pictures are right.", "测试正确率 74.90 %。"),
            "74.90 %",
            Value("cifar-caffe", "accuracy", "least", 0.749, tolerance=0.00005, loose=0.02),
            Text(
                "With the deviations of Caffe's cifar10_quick.",
                "使用 Caffe cifar10_quick 的标准差。",
            ),
        ),
        Claim(
            "cross-entropy",
            Text("The last cross-entropy is 0.2572.", "最后的交叉熵为 0.2572。"),
            "0.2572",
            Value("cifar-caffe", "epoch_loss", "near", 0.2572, tolerance=0.03, loose=0.15),
        ),
        Claim(
            "accuracy-as-printed",
            Text("74.90 %, with the deviations as printed.", "74.90 %，使用论文所印标准差。"),
            "74.90 %",
            Value("cifar-printed", "accuracy", "least", 0.749, tolerance=0.00005, loose=0.02),
        ),
        Claim(
            "parameters",
            Text("The layers have 138,570 parameters.", "各层共 138,570 个参数。"),
            "138,570",
            Value("cifar-caffe", "parameters", "near", 138_570),
        ),
    ),
    assumptions=(
        Assumption(
            "first weights",
            Text(
                "The printed deviations are taken at their word in one arm, those of Caffe's "
                "cifar10_quick in another.",
                "一组完全采用论文所印标准差，另一组采用 Caffe cifar10_quick 的标准差。",
            ),
            "paper",
        ),
        _JPEG,
    ),
)

EXPERIMENTS = (MNIST_RUN, THRESHOLDS, CIFAR10_RUN, POOLING, INIT, PLAIN)
