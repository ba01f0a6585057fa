"""What a network's graph may hold, read from its bytes before ONNX Runtime sees it.

A graph is data, but it computes: it may loop without end, run operators that nobody needs here, or
read other files. Those that this program writes do none of it. Only what is looked at is read, by
the rules of the format (https://protobuf.dev/programming-guides/encoding): the package ``onnx``
takes longer to load than a forecast to make.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_STEPS = 1_000_000
"""Steps that a loop may take: as many as a window has, in a recurrent network."""
OPERATORS = frozenset(
    """
    Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Cast
    CastLike Ceil Celu Clip Concat Constant ConstantOfShape Conv Cos Cosh CumSum DepthToSpace Div
    Einsum Elu Equal Erf Exp Expand Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm
    GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish
    Hardmax Identity InstanceNormalization IsInf IsNaN LSTM LayerNormalization LeakyRelu Less
    LessOrEqual Log LogSoftmax Loop LpNormalization MatMul Max MaxPool Mean Min Mish Mod Mul Neg Not
    OneHot Or PRelu Pad Pow RNN Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp
    ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape ReverseSequence
    Round ScatterElements ScatterND Selu Shape Sigmoid Sign Sin Sinh Size Slice Softmax Softplus
    Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh ThresholdedRelu Tile TopK Transpose
    Trilu Unsqueeze Where Xor
    """.split()  # noqa: SIM905 (a paragraph is read more easily)
)
"""Of the standard: arithmetic on arrays, which is what layers of Keras become. Those left out
branch, draw numbers, hold text or pictures, or keep sequences of arrays."""
STANDARD = ("", "ai.onnx")
"""Names of the standard's domain."""
VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
"""Kinds of a field on the wire."""
INT64, TEXT = 7, 8
"""Kinds of what an array holds."""
UNKNOWN = 2**64
"""Stands for a number that is not constant, or not whole."""

Field = tuple[int, int | memoryview]
"""The number of a field, and its value."""


class GraphError(Exception):
    """ONNX Runtime cannot open a graph, or not run it, or is not to be asked to."""


@dataclass
class _Constants:
    """The whole numbers that a graph holds, and how often its loops turn.

    Args:
        largest: of each array, by its name.
        trips: the arrays that say how often each loop turns.
    """

    largest: dict[str, int] = field(default_factory=dict)
    trips: list[str] = field(default_factory=list)

    def add(self, name: str, value: int) -> None:
        """Note an array; where two have the same name, the larger one counts."""
        self.largest[name] = max(value, self.largest.get(name, value))

    def check_loops(self) -> None:
        """Refuse a loop that turns without end.

        Raises:
            GraphError: if the number of its steps is not a constant, or large.
        """
        if any(self.largest.get(name, UNKNOWN) > MOST_STEPS for name in self.trips):
            raise GraphError("it holds a loop without a small, constant number of steps")


def check_graph(content: bytes) -> None:
    """Refuse a graph that does what no graph of this program's networks does.

    Args:
        content: of an ONNX file.

    Raises:
        GraphError: naming what it holds.
    """
    try:
        for number, value in _fields(memoryview(content)):
            if number in (20, 25):
                raise GraphError("it holds functions or training, which no network here has")
            if number == 7:
                _check_subgraph(_part(value), within_loop=False)
    except (IndexError, ValueError):
        raise GraphError("it is no ONNX graph") from None


def _check_subgraph(graph: memoryview, *, within_loop: bool) -> None:
    """Check the nodes and the constants of a graph, and of the loops within it."""
    constants = _Constants()
    for number, value in _fields(graph):
        if number == 1:
            _check_node(_part(value), constants, within_loop)
        elif number == 5:
            constants.add(*_check_tensor(_part(value)))
        elif number == 15:
            raise GraphError("it holds a sparse array, which no network here has")
    constants.check_loops()


def _check_node(node: memoryview, constants: _Constants, within_loop: bool) -> None:
    """Check an operation and what it is given besides arrays."""
    names: dict[int, list[str]] = {1: [], 2: [], 4: [], 7: []}
    arrays: list[int] = []
    for number, value in _fields(node):
        if number in names:
            names[number].append(_text(value))
        elif number == 5:
            arrays += _check_attribute(_part(value))
    for operator in names[4]:
        if operator not in OPERATORS or any(domain not in STANDARD for domain in names[7]):
            name = repr(operator)[:24]
            raise GraphError(f"it holds the operator {name}, which no network here has")
        if operator == "Loop" and within_loop:
            raise GraphError("it holds a loop within a loop, which no network here has")
        if operator == "Loop":
            constants.trips.append(names[1][0] if names[1] else "")
    for name in names[2] if "Constant" in names[4] else ():
        constants.add(name, max(arrays, default=UNKNOWN))


def _check_attribute(attribute: memoryview) -> list[int]:
    """Check an attribute; return the largest whole number of each array in it."""
    largest = []
    for number, value in _fields(attribute):
        if number in (5, 10):
            largest.append(_check_tensor(_part(value))[1])
        elif number in (6, 11):
            _check_subgraph(_part(value), within_loop=True)
        elif number in (22, 23):
            raise GraphError("it holds a sparse array, which no network here has")
    return largest


def _check_tensor(tensor: memoryview) -> tuple[str, int]:
    """Check an array; return its name and the number that it holds, or the largest of a few."""
    name, kind, numbers = "", 0, list[int]()
    for number, value in _fields(tensor):
        if number == 13 or (number == 14 and value != 0):
            raise GraphError("it keeps arrays in other files")
        if number == 2:
            kind = value if isinstance(value, int) else 0
        elif number == 8:
            name = _text(value)
        elif number == 7:
            numbers += [value] if isinstance(value, int) else _varints(value)
        elif number == 9:
            raw = _part(value)
            numbers.append(int.from_bytes(raw, "little") if len(raw) <= 8 else UNKNOWN)
    if kind == TEXT:
        raise GraphError("it holds text, which no network here has")
    return name, max(numbers, default=UNKNOWN) if kind == INT64 else UNKNOWN


def _part(value: int | memoryview) -> memoryview:
    """Return a field that has to be a message, or bytes."""
    if isinstance(value, int):
        raise ValueError("a number where bytes should be")
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_part(value)).decode()


def _fields(message: memoryview) -> Iterator[Field]:
    """Yield the fields of a message; of numbers, only whole ones are read.

    Raises:
        IndexError: if it ends too early.
        ValueError: if a field is of a kind that the format does not have.
    """
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        kind = key & 7
        value: int | memoryview = 0
        if kind == VARINT:
            value, at = _varint(message, at)
        elif kind == BYTES:
            size, at = _varint(message, at)
            if size > end - at:
                raise IndexError
            value, at = message[at : at + size], at + size
        elif kind in (EIGHT, FOUR):
            at += 8 if kind == EIGHT else 4
        else:
            raise ValueError(f"a field of kind {kind}")
        yield key >> 3, value


def _varints(packed: memoryview) -> list[int]:
    """Read whole numbers that stand behind each other."""
    numbers, at = [], 0
    while at < len(packed):
        number, at = _varint(packed, at)
        numbers.append(number)
    return numbers


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Read a whole number; return it and where the next field begins."""
    number = shift = 0
    while True:
        byte = message[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
