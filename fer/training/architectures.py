"""Networks, each a small function with its source that plans it for any input size and class count.

All give logits. What each may be told stands beside it; ``fer.training.networks`` builds a plan in Keras.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fer.training.plan import Plan, Planner, Shape

Widths = Annotated[tuple[Annotated[int, Field(ge=1, le=2048)], ...], Field(min_length=1, max_length=6)]
Rate = Annotated[float, Field(ge=0, lt=1)]


class Options(BaseModel):
    """What an architecture may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ResidualCnn(Options):
    """Our own: options of ``residual_cnn``.

    Attributes:
        widths: Channels of each stage.
        stem: Channels of a 5 x 5 convolution at every second place before the first stage; 0 for none.
        dropout: Share of the pooled features that is dropped while training.
    """

    kind: Literal["residual_cnn"] = "residual_cnn"
    widths: Widths = (32, 64, 128, 256)
    stem: int = Field(0, ge=0, le=512)
    dropout: Rate = 0.3


class CourseCnn(Options):
    """Options of ``course_cnn``: ``dropout`` after each block."""

    kind: Literal["course_cnn"] = "course_cnn"
    dropout: Rate = 0.25


class BookCnn(Options):
    """``book_cnn`` has none."""

    kind: Literal["book_cnn"] = "book_cnn"


class ShallowNet(Options):
    """``shallow_net`` has none."""

    kind: Literal["shallow_net"] = "shallow_net"


class LeNet(Options):
    """``lenet`` has none."""

    kind: Literal["lenet"] = "lenet"


class MiniVggNet(Options):
    """Options of ``mini_vgg_net``: with or without ``batch_norm``."""

    kind: Literal["mini_vgg_net"] = "mini_vgg_net"
    batch_norm: bool = True


class MiniXception(Options):
    """``mini_xception`` has none."""

    kind: Literal["mini_xception"] = "mini_xception"


class Mlp(Options):
    """Options of ``mlp``: ``hidden`` layers, and ``dropout`` after each."""

    kind: Literal["mlp"] = "mlp"
    hidden: Widths = (512, 256)
    dropout: Rate = 0.2


class Softmax(Options):
    """``softmax`` has none."""

    kind: Literal["softmax"] = "softmax"


class KNearest(Options):
    """A baseline, no network: the vote of the nearest training faces.

    Attributes:
        neighbours: How many vote.
        features: What nearness is measured on: pixels, or histograms of oriented gradients.

    Sources:
        Cover & Hart 1967, "Nearest neighbor pattern classification"; Rosebrock, "Deep Learning for Computer Vision
        with Python", Starter Bundle, ch. 7.
    """

    kind: Literal["k_nearest"] = "k_nearest"
    neighbours: int = Field(5, ge=1, le=200)
    features: Literal["pixels", "hog"] = "pixels"


class Svm(Options):
    """A baseline, no network: a support vector machine.

    Attributes:
        c: How much a face on the wrong side costs.
        kernel: ``linear``, or ``rbf``, whose time grows with the square of the faces.
        features: What it looks at: pixels, or histograms of oriented gradients.

    Sources:
        Cortes & Vapnik 1995, "Support-vector networks"; Dalal & Triggs 2005 for the gradients.
    """

    kind: Literal["svm"] = "svm"
    c: float = Field(0.01, gt=0)
    kernel: Literal["linear", "rbf"] = "linear"
    features: Literal["pixels", "hog"] = "hog"


Network = ResidualCnn | CourseCnn | BookCnn | ShallowNet | LeNet | MiniVggNet | MiniXception | Mlp | Softmax
Baseline = KNearest | Svm
Architecture = Annotated[Network | Baseline, Field(discriminator="kind")]
BASELINES = (KNearest, Svm)

TITLES = {
    "residual_cnn": "Residual CNN (ours)",
    "course_cnn": "Course CNN",
    "book_cnn": "Book CNN",
    "shallow_net": "ShallowNet",
    "lenet": "LeNet",
    "mini_vgg_net": "MiniVGGNet",
    "mini_xception": "mini-Xception",
    "mlp": "Multi-layer perceptron",
    "softmax": "Softmax layer (linear classifier)",
    "k_nearest": "k nearest faces (baseline)",
    "svm": "Support vector machine (baseline)",
}
"""What people call each ``kind``."""


def plan_network(options: Network, input_shape: Shape, classes: int = 7) -> Plan:
    """Plan a network.

    Args:
        options: Which, and what it is told.
        input_shape: Height, width, channels.
        classes: How many logits come out.

    Raises:
        InputError: If a layer does not fit onto the map that reaches it.
    """
    if isinstance(options, ResidualCnn | CourseCnn | MiniVggNet | Mlp):
        told: dict[str, Any] = {"residual_cnn": residual_cnn, "course_cnn": course_cnn, "mini_vgg_net": mini_vgg_net}
        plan: Plan = (told | {"mlp": mlp})[options.kind](input_shape, classes, options)
        return plan
    plain = {
        "book_cnn": book_cnn,
        "shallow_net": shallow_net,
        "lenet": lenet,
        "mini_xception": mini_xception,
        "softmax": softmax,
    }
    return plain[options.kind](input_shape, classes)


def residual_cnn(input_shape: Shape, classes: int = 7, options: ResidualCnn | None = None) -> Plan:
    """Our own: a residual block and a 2 x 2 max pooling per width, then global average pooling.

    1,221,319 parameters with the default widths; every convolution is 3 x 3 (1 x 1 on the skips), which ONNX Runtime
    runs in one to two milliseconds a face.

    Sources:
        He et al. 2016, "Deep Residual Learning for Image Recognition"; He et al. 2015 for the initialisation.
    """
    options = options or ResidualCnn()
    net = Planner("residual_cnn", input_shape, "he_normal")
    x = net.input
    if options.stem:
        x = net.relu(net.norm(net.conv(x, options.stem, 5, stride=2, bias=False)))
    for stage, width in enumerate(options.widths):
        if stage:
            x = net.max_pool(x)
        # Batch normalisation makes the bias superfluous.
        skip = net.norm(net.conv(x, width, 1, bias=False))
        x = net.relu(net.norm(net.conv(x, width, 3, bias=False)))
        x = net.norm(net.conv(x, width, 3, bias=False))
        x = net.relu(net.add(x, skip))
    net.dense(net.dropout(net.average(x), options.dropout), classes)
    return net.plan()


def course_cnn(input_shape: Shape, classes: int = 7, options: CourseCnn | None = None) -> Plan:
    """Four blocks of convolution, batch normalisation, ReLU, 2 x 2 max pooling and dropout, then one layer of logits.

    3,192,839 parameters at 48 x 48 x 1, 2,432 of them not trained.

    Sources:
        The course "Face Emotion Recognition".
    """
    options = options or CourseCnn()
    net = Planner("course_cnn", input_shape)
    x = net.input
    for width, kernel in ((64, 3), (128, 5), (512, 3), (512, 3)):
        x = net.max_pool(net.relu(net.norm(net.conv(x, width, kernel))))
        x = net.dropout(x, options.dropout)
    net.dense(net.flatten(x), classes)
    return net.plan()


def book_cnn(input_shape: Shape, classes: int = 7) -> Plan:
    """Three 3 x 3 convolutions without padding, two poolings, one hidden layer: 203,719 parameters at 40 x 40 x 1.

    Sources:
        The book "Machine Learning and Python", its chapter on emotions.
    """
    net = Planner("book_cnn", input_shape)
    x = net.max_pool(net.relu(net.conv(net.input, 32, 3, padding="valid")))
    x = net.max_pool(net.relu(net.conv(x, 64, 3, padding="valid")))
    x = net.relu(net.conv(x, 64, 3, padding="valid"))
    x = net.relu(net.dense(net.flatten(x), 64))
    net.dense(x, classes)
    return net.plan()


def shallow_net(input_shape: Shape, classes: int = 7) -> Plan:
    """Plan one convolution and one layer of logits: 328,586 parameters at 32 x 32 x 3 and ten classes.

    Sources:
        Rosebrock, "Deep Learning for Computer Vision with Python", Starter Bundle, ch. 12.
    """
    net = Planner("shallow_net", input_shape)
    net.dense(net.flatten(net.relu(net.conv(net.input, 32, 3))), classes)
    return net.plan()


def lenet(input_shape: Shape, classes: int = 7) -> Plan:
    """Two 5 x 5 convolutions with poolings and a hidden layer of 500.

    1,256,080 parameters at 28 x 28 x 1 and ten classes.

    Sources:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition"; as in Rosebrock, Starter
        Bundle, ch. 14, with ReLU and max pooling.
    """
    net = Planner("lenet", input_shape)
    x = net.max_pool(net.relu(net.conv(net.input, 20, 5)))
    x = net.max_pool(net.relu(net.conv(x, 50, 5)))
    net.dense(net.relu(net.dense(net.flatten(x), 500)), classes)
    return net.plan()


def mini_vgg_net(input_shape: Shape, classes: int = 7, options: MiniVggNet | None = None) -> Plan:
    """Two pairs of 3 x 3 convolutions and a hidden layer of 512.

    2,171,178 parameters at 32 x 32 x 3 and ten classes, 2,168,362 without batch normalisation, which stands after the
    rectifier here.

    Sources:
        Simonyan & Zisserman 2015; as in Rosebrock, Starter Bundle, ch. 15.
    """
    options = options or MiniVggNet()
    net = Planner("mini_vgg_net", input_shape)

    def active(x: str) -> str:
        x = net.relu(x)
        return net.norm(x) if options.batch_norm else x

    x = net.input
    for width in (32, 64):
        x = active(net.conv(active(net.conv(x, width, 3)), width, 3))
        x = net.dropout(net.max_pool(x), 0.25)
    x = net.dropout(active(net.dense(net.flatten(x), 512)), 0.5)
    net.dense(x, classes)
    return net.plan()


def mini_xception(input_shape: Shape, classes: int = 7) -> Plan:
    """Separable convolutions with 1 x 1 skips, averaged into the logits: 58,423 parameters.

    Sources:
        Arriaga et al. 2017, "Real-time Convolutional Neural Networks for Emotion and Gender Classification"
        (arXiv 1710.07557); Chollet 2017, "Xception".
    """
    net = Planner("mini_xception", input_shape)
    x = net.input
    for _ in range(2):
        x = net.relu(net.norm(net.conv(x, 8, 3, padding="valid", bias=False)))
    for width in (16, 32, 64, 128):
        skip = net.norm(net.conv(x, width, 1, stride=2, bias=False))
        x = net.relu(net.norm(net.separable(x, width, 3)))
        x = net.norm(net.separable(x, width, 3))
        x = net.add(net.max_pool(x, 3, 2, "same"), skip)
    net.average(net.conv(x, classes, 3))
    return net.plan()


def mlp(input_shape: Shape, classes: int = 7, options: Mlp | None = None) -> Plan:
    """Fully connected layers with rectifiers, which do not know that pixels have neighbours.

    Sources:
        Rumelhart et al. 1986, "Learning representations by back-propagating errors".
    """
    options = options or Mlp()
    net = Planner("mlp", input_shape, "he_normal")
    x = net.flatten(net.input)
    for width in options.hidden:
        x = net.dropout(net.relu(net.dense(x, width)), options.dropout)
    net.dense(x, classes)
    return net.plan()


def softmax(input_shape: Shape, classes: int = 7) -> Plan:
    """One layer from pixels to logits: the linear classifier (multinomial logistic regression).

    Sources:
        Bishop 2006, "Pattern Recognition and Machine Learning", sec. 4.3.4.
    """
    net = Planner("softmax", input_shape)
    net.dense(net.flatten(net.input), classes)
    return net.plan()
