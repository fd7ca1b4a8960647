"""Values as Python text: of every kind that can be captured, and of every kind that must be distinguished."""

from __future__ import annotations

SCALARS = (
    "None", "True", "0", "-7", "2**53 + 1", "2**63 - 1", "-2**63", "0.1", "-0.0", "5e-324", "1e308", "math.inf",
    "-math.inf", "math.nan", "''", "'caf\\u00e9 \\U0001f600'", "'two\\nlines, a \\ttab and a \\\"quote\\\"'", "'1'",
    "np.float64(0.1)", "np.float32(0.5)", "np.int64(-3)", "np.bool_(True)",
)  # fmt: skip
NESTED = ("[]", "[1, [2.5, 'x', None], {}]", "{'a': {'b': [True, -0.0]}, '': 1}", "(1, (2, 3))")
ARRAYS = (
    "np.arange(6).reshape(2, 3)",
    "np.arange(6.0).reshape(2, 3).T",
    "np.arange(12).reshape(3, 4)[:, ::2]",
    "np.arange(5.0)[::-1]",
    "np.arange(10, dtype='u1')[2:7]",
    "np.array(2.5)",
    "np.array([], dtype='f4')",
    "np.zeros((0, 3))",
    "np.array([True, False])",
    "np.array([1 + 2j])",
    "np.array(['a', 'caf\\u00e9'])",
    "np.arange(3, dtype='>i4')",
    "np.array([0.5, np.nan, -0.0, np.inf], dtype='f2')",
    "np.broadcast_to(np.float64(1.5), (2, 2))",
    "np.arange(24, dtype='i2').reshape(2, 3, 4)",
    "np.array([2**63 - 1, -2**63])",
    "np.arange(200_000.0)",
    "np.arange(400_000.0)[::2]",
    "np.arange(200_000.0).reshape(400, 500).T",
    "np.array(['2020-01-01T12:00'], dtype='datetime64[s]')",
)
MAPS = ("{'x': np.arange(3), 'f': np.array(0.5)}", "{'x': np.arange(6.0).reshape(2, 3).T, 'empty': np.zeros(0)}")
KINDS = """
class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Shade(enum.Enum):
    RED = 1


@dataclass(frozen=True)
class Point:
    x: int = 1


@dataclass(frozen=True)
class Pixel:
    x: int = 1


class Of:
    @dataclass(frozen=True)
    class Point:
        x: int = 1


@dataclass(frozen=True)
class Setup:
    rate: object = 0.1
    inner: object = None
"""
SPEC = """
@getattr(metalab, "context_spec", dataclass(frozen=True))  # the first release has none
class Spec:
    rate: float = 1
    inner: object = None
"""
UTC, EAST = "datetime.timezone.utc", "datetime.timezone(datetime.timedelta(hours=2))"
ODD = (  # each is another value than all others
    "1", "1.0", "True", "'1'", "'1.0'", "'True'", "None", "'None'", "0.0", "-0.0", "math.nan", "'nan'", "2**53",
    "2**53 + 1", "2**70", "0.1 + 0.2", "0.3", "[1]", "(1,)", "[[1], 2]", "[1, [2]]", "{1}", "frozenset({1})", "{}",
    "{'1': 0}", "{1: 0}", "b'1'", "Path('1')", "Path('a')", "'a'", "'a '", "'A'", "Colour.RED", "Shade.RED",
    "Point()", "Pixel()", "Of.Point()", "Point(2)", "decimal.Decimal('1.0')", "decimal.Decimal('1.00')",
    "fractions.Fraction(1, 2)", "1j", "range(3)", "[0, 1, 2]", "np.arange(3)", "np.arange(3.0)", "np.arange(3)[::-1]",
    "np.arange(6)[::2]", "np.arange(4).reshape(2, 2)", "np.arange(4).reshape(2, 2).T", "np.array(1)", "np.int64(1)",
    "np.float32(1.0)", "np.float64(1.0)", "np.array([1])", "np.array([[1]])", "np.array([1], dtype='>i8')",
    "datetime.date(2020, 1, 1)", "datetime.datetime(2020, 1, 1)",
    f"datetime.datetime(2020, 1, 1, tzinfo={UTC})", f"datetime.datetime(2020, 1, 1, 2, tzinfo={EAST})",
    "datetime.datetime(2020, 1, 1, fold=1)", "datetime.time(1)", f"datetime.time(1, tzinfo={UTC})",
    "datetime.timedelta(hours=1)", UTC, EAST, "uuid.UUID(int=1)",
)  # fmt: skip
