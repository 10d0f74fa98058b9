"""Li Sifan and Gao Faqin 2017: batch size, width, learning rate, and other classifiers."""

from typing import Literal

from digitile.lab.catalog.arms import elsewhere, paper, sweep, train
from digitile.lab.experiment import (
    Arm,
    Assumption,
    Best,
    Claim,
    Classifier,
    Experiment,
    Falling,
    Figure,
    Panel,
    Text,
    Value,
    WholePictures,
)

HELD_OUT = ("train_pictures=3000", "validation=1000")
"""2,000 pictures to train on and 1,000 others, looked at after each epoch."""
BATCHES = (50, 100, 200)
RATES = (0.2, 0.5, 1.0, 1.2, 2.0)
NUMBERS = ("validation_error@30", "validation_error", "mean_validation_error", "epoch_loss")
HELD_OUT_CURVE = Figure("curves", ("validation_error",), "epoch")

_SPLIT = Assumption(
    "test curves",
    Text(
        "The paper draws its curves on 1,000 test pictures. Here 1,000 held-out training pictures "
        "stand for them, drawn anew with each seed; test pictures are looked at once, at the end.",
        "论文的曲线画在 1,000 张测试图片上；这里以每个种子重新抽取的 1,000 张留出的训练图片代替，"
        "测试图片只在最后使用一次。",
    ),
)
_DECAY = Assumption(
    "weight decay",
    Text("λ is not printed; 0.0001 is used.", "没有给出 λ；采用 0.0001。"),
    "decay",
)
_REST = Assumption(
    "batch size and learning rate",
    Text(
        "50 and 1.0 where a figure varies the other, with 100 epochs, Xavier weights and x/255.",
        "图中改变其一时，另一个取批大小 50 或学习率 1.0；训练 100 轮，Xavier 初始化，x/255。",
    ),
    "rest",
)
_FASTEST = Text(
    "“Fastest” is measured as the mean of the held-out error over all epochs.",
    "“最快”以各轮留出集错误率的平均来衡量。",
)
_EPOCHS = Text("iterations are taken to be epochs", "“迭代”理解为轮数")


def _batches(prefix: str, *overrides: str) -> tuple[Arm, ...]:
    words = Text("batch size", "批大小")
    return sweep(f"{prefix}batch", words, "batch_size", BATCHES, "li2017", *HELD_OUT, *overrides)


def _rates(prefix: str, rates: tuple[float, ...], *overrides: str) -> tuple[Arm, ...]:
    words = Text("lr", "学习率")
    return sweep(f"{prefix}lr", words, "lr", rates, "li2017", *HELD_OUT, *overrides)


def _decays() -> Panel:
    words = Text("λ =", "λ =")
    return Panel(
        "decay",
        Text("Weight decay", "权值衰减"),
        sweep("decay", words, "weight_decay", (0, 0.001), "li2017", *HELD_OUT),
    )


FIG4 = Experiment(
    name="li2017/fig4",
    title=Text("Error for several batch sizes", "不同批大小的误识别率"),
    panels=(
        paper(*_batches("")),
        _decays(),
        Panel("rest", Text("Learning rate 0.5", "学习率 0.5"), _batches("lr0.5-", "lr=0.5")),
        Panel(
            "scaled",
            Text("Learning rate in step with the batch size", "学习率与批大小成比例"),
            (
                train(
                    "scaled100",
                    Text("100 at lr 2", "100，学习率 2"),
                    "li2017",
                    *HELD_OUT,
                    "batch_size=100",
                    "lr=2",
                ),
                train(
                    "scaled200",
                    Text("200 at lr 4", "200，学习率 4"),
                    "li2017",
                    *HELD_OUT,
                    "batch_size=200",
                    "lr=4",
                ),
            ),
        ),
    ),
    figure=HELD_OUT_CURVE,
    numbers=NUMBERS,
    claims=(
        Claim(
            "fastest",
            Text("50 pictures a batch converge fastest.", "每批 50 个样本时收敛最快。"),
            "50",
            Best("batch50", ("batch50", "batch100", "batch200"), "mean_validation_error"),
            _FASTEST,
        ),
        Claim(
            "lowest",
            Text("… and to the lowest error.", "……且误识别率最低。"),
            "50",
            Best("batch50", ("batch50", "batch100", "batch200"), "validation_error"),
        ),
        Claim(
            "by-30",
            Text(
                "With 50, recognition is high by about 30 iterations.",
                "批大小 50 时，迭代 30 次左右即可取得较高识别率。",
            ),
            "> 90 %",
            Value("batch50", "validation_error@30", "most", 0.1, loose=0.02),
            Text(
                f"“High” is taken as Fig. 5 has it, over 90 %; {_EPOCHS.en}.",
                f"“较高”按图 5 理解为高于 90 %；{_EPOCHS.zh}。",
            ),
        ),
        Claim(
            "decay-helps",
            Text("The penalty ends overfitting.", "惩罚项消除了过拟合现象。"),
            "λ > 0",
            Falling(("decay0", "batch50"), "validation_error"),
            Text("λ = 0 against λ = 0.0001.", "λ = 0 与 λ = 0.0001 比较。"),
        ),
    ),
    assumptions=(_SPLIT, _DECAY, _REST),
)

FIG5 = Experiment(
    name="li2017/fig5",
    title=Text("Error for several widths", "不同网络规模的误识别率"),
    panels=(
        paper(
            train("2-8", Text("2 and 8 maps", "2 和 8"), "li2017/2-8", *HELD_OUT),
            train("6-12", Text("6 and 12 maps", "6 和 12"), "li2017", *HELD_OUT),
            train("10-16", Text("10 and 16 maps", "10 和 16"), "li2017/10-16", *HELD_OUT),
        ),
    ),
    figure=Figure("curves", ("train_error", "validation_error"), "epoch"),
    numbers=(*NUMBERS, "train_error", "parameters"),
    claims=(
        *(
            Claim(
                f"{name}-by-30",
                Text(
                    f"{name} maps recognise over 90 % after 30 iterations.",
                    f"{name}：迭代 30 次后识别率高于 90 %。",
                ),
                "> 90 %",
                Value(name, "validation_error@30", "most", 0.1, loose=0.02),
                Text(_EPOCHS.en.capitalize() + ".", _EPOCHS.zh + "。"),
            )
            for name in ("2-8", "6-12", "10-16")
        ),
        Claim(
            "fastest",
            Text("6 and 12 maps converge fastest.", "6 和 12 的网络收敛速度最快。"),
            "6-12",
            Best("6-12", ("2-8", "6-12", "10-16"), "mean_validation_error"),
            _FASTEST,
        ),
        Claim(
            "smaller-is-worse",
            Text("A smaller network generalises less well.", "减小规模会降低泛化能力。"),
            "2-8 > 6-12",
            Falling(("2-8", "6-12"), "validation_error"),
        ),
    ),
    assumptions=(_SPLIT, *elsewhere("li2017/fig4", _DECAY, _REST)),
)

FIG6 = Experiment(
    name="li2017/fig6",
    title=Text("Error for several learning rates", "不同学习率的识别结果"),
    panels=(
        paper(*_rates("", RATES)),
        Panel(
            "rest",
            Text("Batch size 100", "批大小 100"),
            _rates("batch100-", RATES, "batch_size=100"),
        ),
    ),
    figure=HELD_OUT_CURVE,
    numbers=(*NUMBERS, "wobble", "rises"),
    claims=(
        Claim(
            "larger-is-faster",
            Text("The larger the rate, the faster.", "学习率越大，收敛越快。"),
            "0.2 < 0.5 < 1.0 < 1.2",
            Falling(("lr0.2", "lr0.5", "lr1", "lr1.2"), "mean_validation_error"),
            _FASTEST,
        ),
        Claim(
            "2-oscillates",
            Text("At 2.0 the error goes up and down.", "学习率 2.0 时上下波动，不稳定。"),
            "2.0",
            Best("lr2", tuple(f"lr{lr:g}" for lr in RATES), "wobble", highest=True),
            Text(
                "Measured as the mean change of the held-out error from epoch to epoch, in the "
                "second half of training.",
                "以训练后半段留出集错误率逐轮变化的平均来衡量。",
            ),
        ),
        Claim(
            "2-is-slow-at-first",
            Text(
                "At 2.0 recognition drops at first: more errors after 5 epochs than at 1.0.",
                "学习率 2.0 时开始阶段识别率下降：第 5 轮的错误多于 1.0。",
            ),
            "2.0 > 1.0",
            Falling(("lr2", "lr1"), "validation_error@5"),
        ),
    ),
    assumptions=(_SPLIT, *elsewhere("li2017/fig4", _DECAY), _REST),
)

FIG7 = Experiment(
    name="li2017/fig7",
    title=Text("Squared error against samples seen", "均方误差与训练样本数"),
    panels=(
        paper(*_rates("", (0.2, 0.5, 1.0))),
        Panel(
            "rest",
            Text("Batch size 100", "批大小 100"),
            _rates("batch100-", (0.2, 0.5, 1.0), "batch_size=100"),
        ),
    ),
    figure=Figure("curves", ("epoch_loss",), "samples"),
    numbers=("epoch_loss", "mean_epoch_loss"),
    claims=(
        Claim(
            "fastest",
            Text(
                "At 1.0 the error falls faster than at 0.5 and 0.2.",
                "学习率 1.0 时下降最快。",
            ),
            "1.0 < 0.5 < 0.2",
            Falling(("lr0.2", "lr0.5", "lr1"), "mean_epoch_loss"),
        ),
    ),
    assumptions=(
        Assumption(
            "mean squared error",
            Text(
                "½ Σ(y − t)² of a picture, the mean of each epoch; another factor changes the "
                "scale alone.",
                "取每张图片的 ½ Σ(y − t)²，按轮平均；系数不同只改变比例。",
            ),
        ),
        *elsewhere("li2017/fig4", _DECAY),
        _REST,
    ),
)

_SMALL = {"train_pictures": 2000, "test_pictures": 1000}
Method = Literal["neighbours", "svm"]


def _classifier(
    name: str,
    label: Text,
    method: Method,
    *,
    neighbours: int = 1,
    c: float = 10.0,
    deskew: bool = False,
    everything: bool = False,
) -> Arm:
    """Return a classifier on the paper's few pictures, or on all, where nothing is random."""
    pictures = {} if everything else _SMALL
    return Arm(
        f"{name}-all" if everything else name,
        label,
        Classifier(method, neighbours, c, deskew, **pictures),
        seeds=1 if everything else 0,
    )


_1NN, _3NN = Text("1 nearest neighbour", "最近邻"), Text("3 nearest neighbours", "3 近邻")
_SVM = Text("SVM, deskewed", "SVM，偏移校正")
_CNN = Text("our network", "本文网络")


def _table(everything: bool) -> tuple[Arm, ...]:
    return (
        _classifier("1-nn", _1NN, "neighbours", everything=everything),
        _classifier("knn", _3NN, "neighbours", neighbours=3, everything=everything),
        _classifier("svm", _SVM, "svm", deskew=True, everything=everything),
    )


def _row(name: str, words: Text, claimed: float, note: Text | None = None) -> Claim:
    close = {"tolerance": 0.05 * claimed, "loose": 0.5 * claimed}
    value = Value(name, "test_error", "near", claimed, **close)
    return Claim(name, words, f"{100 * claimed:.2f} %", value, note)


_LECUN = Text(
    "On all of MNIST: errors like these are known of the whole test set, not of 1,000 pictures.",
    "在完整的 MNIST 上：这类数值常见于全部测试集，而不是 1,000 张图片。",
)

TABLE1 = Experiment(
    name="li2017/table1",
    title=Text("Other classifiers beside the network", "与其他分类方法的比较"),
    panels=(
        Panel(
            "paper",
            Text("2,000 training and 1,000 test pictures", "2,000 张训练、1,000 张测试图片"),
            (*_table(False), train("cnn", _CNN, "li2017")),
        ),
        Panel(
            "all",
            Text("All of MNIST", "全部 MNIST"),
            (
                *_table(True),
                train(
                    "cnn-all", _CNN, "li2017", "train_pictures=0", "test_pictures=0", "epochs=30"
                ),
            ),
        ),
        Panel(
            "choices",
            Text("Other neighbours, C, and deskewing", "其他近邻数、C 与偏移校正"),
            (
                *(
                    _classifier(
                        f"{k}-nn", Text(f"{k} neighbours", f"{k} 近邻"), "neighbours", neighbours=k
                    )
                    for k in (5, 9)
                ),
                *(
                    _classifier(
                        f"svm-c{c:g}",
                        Text(f"SVM, deskewed, C = {c:g}", f"SVM，偏移校正，C = {c:g}"),
                        "svm",
                        c=c,
                        deskew=True,
                    )
                    for c in (1.0, 100.0)
                ),
                _classifier("svm-plain", Text("SVM as it is", "SVM，无校正"), "svm"),
                _classifier(
                    "1-nn-deskewed",
                    Text("1 neighbour, deskewed", "最近邻，偏移校正"),
                    "neighbours",
                    deskew=True,
                ),
            ),
        ),
    ),
    figure=Figure("bars", ("test_error",)),
    numbers=("test_error", "parameters", "seconds"),
    claims=(
        _row("1-nn", Text("1-NN.", "单层最近邻。"), 0.15),
        _row("knn", Text("KNN.", "K 最近邻。"), 0.055),
        _row("svm", Text("SVM after deskewing.", "支持向量机，偏移校正。"), 0.0169),
        _row("cnn", Text("The network.", "卷积神经网络。"), 0.0098),
        Claim(
            "cnn-best",
            Text("The network makes the fewest errors.", "卷积神经网络的误识别率最低。"),
            "CNN",
            Best("cnn", ("1-nn", "knn", "svm", "cnn"), "test_error"),
        ),
        Claim(
            "0.98-of-1000",
            Text("0.98 % of 1,000 test pictures.", "1,000 张测试图片的 0.98 %。"),
            "0.98 %",
            WholePictures(0.0098, 1000, 2),
            Text(
                "On 1,000 pictures every error rate is a multiple of 0.1 %; 0.98 % fits the 10,000 "
                "of MNIST's test set, or a mean of several tests.",
                "1,000 张图片上的错误率必为 0.1 % 的倍数；0.98 % 只可能来自 10,000 张，"
                "或多次测试的平均。",
            ),
        ),
        Claim(
            "0.98-of-10000",
            Text("0.98 % of MNIST's 10,000 test pictures.", "10,000 张测试图片的 0.98 %。"),
            "0.98 %",
            WholePictures(0.0098, 10000, 2),
        ),
        Claim(
            "parameters",
            Text("The network has 3,966 parameters.", "网络有 3,966 个参数。"),
            "3,966",
            Value("cnn", "parameters", "near", 3966),
            Text(
                "3,966 comes out with a bias for each of C3's 72 kernels (60 more) and for each of "
                "the 18 pooled maps, and none for the 10 outputs: 3,898 + 60 + 18 − 10.",
                "若 C3 的 72 个卷积核各有偏置（多 60）、18 个采样图各有偏置、10 个输出无偏置，"
                "则为 3,898 + 60 + 18 − 10 = 3,966。",
            ),
        ),
        _row("1-nn-all", Text("1-NN.", "单层最近邻。"), 0.15, _LECUN),
        _row("knn-all", Text("KNN.", "K 最近邻。"), 0.055, _LECUN),
        _row("svm-all", Text("SVM after deskewing.", "支持向量机，偏移校正。"), 0.0169, _LECUN),
        _row("cnn-all", Text("The network.", "卷积神经网络。"), 0.0098, _LECUN),
        Claim(
            "cnn-best-all",
            Text("The network is best on all of MNIST.", "在全部 MNIST 上网络最好。"),
            "CNN",
            Best("cnn-all", ("1-nn-all", "knn-all", "svm-all", "cnn-all"), "test_error"),
            _LECUN,
        ),
    ),
    assumptions=(
        Assumption(
            "pictures",
            Text(
                "2,000 and 1,000 drawn anew with each seed, the same for all classifiers.",
                "每个种子重新抽取 2,000 和 1,000 张，各方法相同。",
            ),
            "all",
        ),
        Assumption(
            "neighbours and SVM",
            Text(
                "k, kernel and C are not printed: 3 neighbours; a Gaussian kernel whose width "
                "follows the variance, C = 10.",
                "没有给出 k、核函数和 C：采用 3 近邻；宽度随方差的高斯核，C = 10。",
            ),
            "choices",
        ),
        *elsewhere("li2017/fig4", _DECAY),
    ),
)

EXPERIMENTS = (FIG4, FIG5, FIG6, FIG7, TABLE1)
