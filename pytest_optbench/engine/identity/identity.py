"""Identity of values: an injective, type-tagged encoding and its 128-bit fingerprint.

Two values have the same identity when they have the same type and the same content: `1`, `1.0`, `True`, `"1"`
and `numpy.float64(1.0)` are five values, `0.0` and `-0.0` are two, a tuple is no list, and strings that only
look alike (composed and decomposed accents) differ. Every NaN is the same value: its payload cannot be seen
from Python and does not survive JSON. Dicts and sets do not depend on their order. Paths count by their text
(`FilePath` and `DirPath` count by content), enum members by class and name, dataclasses and named tuples by
class and fields, where a class is its `module:qualname`. What nothing tells apart for good (functions, open
files, locks, generators) is refused, and so is an instance that holds more than its elements or fields.

The encoding uses text of the values only, so it is the same in every process, whatever PYTHONHASHSEED, and
with every version of numpy. Every part carries its length or its end, so no two values share an encoding.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, TypeAlias

from pytest_optbench.errors import IdentityError

Encoder: TypeAlias = Callable[[Any], str]
DIGEST = 16  # bytes of a fingerprint
LAYOUTS = 1024  # sets of parameter names whose order is kept
_EMPTY = blake2b(digest_size=DIGEST)  # a copy costs less than a new one
_TOO_DEEP = "it contains itself, or is nested too deeply"
_PLAIN_KEYS = frozenset({str}).issuperset


class _Encoders(dict[type, Encoder]):
    """Encoders by exact type; one that is missing is looked for once, and refusals are remembered too."""

    look_up: Callable[[type], Encoder]  # set by `encoders`, which knows the less common types

    def __missing__(self, kind: type) -> Encoder:
        found = self[kind] = self.look_up(kind)
        return found


class _Layouts(dict[tuple[str, ...], tuple[str, list[tuple[str, str]]]]):
    """By the names of a mapping, how its encoding begins, and the names in order with what stands before their values.

    They are kept, because the cases of a sweep mostly have the same names.
    """

    def __missing__(self, names: tuple[str, ...]) -> tuple[str, list[tuple[str, str]]]:
        if len(self) >= LAYOUTS:
            self.clear()
        layout = self[names] = f"d{len(names)}[", [(name, encode_str(name)) for name in sorted(names)]
        return layout


ENCODERS = _Encoders()
_LAYOUTS = _Layouts()


def encode(value: Any) -> bytes:
    """The bytes that stand for a value and for no other.

    Raises:
        IdentityError: a value has no identity; the message gives its path.
    """
    try:
        return encode_text(value).encode("utf-8", "surrogatepass")
    except RecursionError:
        raise IdentityError(_TOO_DEEP) from None


def fingerprint(value: Any) -> str:
    """The 128-bit identity of a value as 32 hex digits.

    Raises IdentityError, with the path of what has none.
    """
    try:
        text = ENCODERS[type(value)](value)
    except RecursionError:
        raise IdentityError(_TOO_DEEP) from None
    state = _EMPTY.copy()
    state.update(text.encode("utf-8", "surrogatepass"))
    return state.hexdigest()


def run_id(experiment_id: str, context_fp: str, params_fp: str, seed_fp: str, code_hash: str) -> str:
    """The id of a run, 32 hex digits, from all that decides its result."""
    return RunIds(experiment_id, context_fp, code_hash).of(params_fp, seed_fp)


class RunIds:
    """Run ids of one experiment; what all its runs share is hashed once."""

    def __init__(self, experiment_id: str, context_fp: str, code_hash: str) -> None:
        head = encode(("run", experiment_id, context_fp, code_hash))
        self._head = blake2b(head, digest_size=DIGEST)

    def of(self, params_fp: str, seed_fp: str) -> str:
        """The id of the run with these parameters and this seed (two fingerprints, both 32 hex digits)."""
        state = self._head.copy()
        state.update((params_fp + seed_fp).encode())
        return state.hexdigest()


def encode_text(value: Any) -> str:
    """The encoding as text; containers call it for what they hold."""
    return ENCODERS[type(value)](value)


def prefix_path(path: str, error: IdentityError) -> IdentityError:
    """The same error, one level further out."""
    return error.below(path)


# The commonest values, encoded without a call of Python.
encode_int: Encoder = "i%x;".__mod__  # hexadecimal: linear in the number of digits, and without a limit to them
encode_float: Encoder = "f%r;".__mod__  # the shortest decimal that reads back as the same double; one text for all NaNs


def encode_str(value: str) -> str:
    """Length first, so that the text may hold anything."""
    return f"s{len(value)}:{value}"


def _encode_bool(value: bool) -> str:
    return "T" if value else "F"


def _encode_none(_: None) -> str:
    return "N"


def _encode_bytes(value: bytes) -> str:
    return f"b{len(value)}:{value.decode('latin-1')}"


def encode_items(value: Any) -> str:
    """The elements of a sequence, in order, after their number."""
    parts = [f"{len(value)}["]
    for index, item in enumerate(value):
        try:
            parts.append(encode_text(item))
        except IdentityError as error:
            raise prefix_path(f"[{index}]", error) from None
    return "".join(parts)


def encode_unordered(value: Any) -> str:
    """The elements of a set, in the order of their encodings."""
    try:
        parts = sorted(map(encode_text, value))
    except IdentityError as error:
        raise prefix_path("{}", error) from None
    return f"{len(parts)}[" + "".join(parts)


def encode_mapping(value: Any) -> str:
    """The entries of a mapping of whatever kind, in the order of their keys."""
    return _encode_dict(value)[1:]


def _encode_dict(value: Any) -> str:
    if not _PLAIN_KEYS(map(type, value)):
        return _encode_odd_dict(value)
    start, layout = _LAYOUTS[tuple(value)]
    parts = [start]
    for name, prefix in layout:
        item = value[name]
        parts.append(prefix)
        try:
            parts.append(ENCODERS[type(item)](item))
        except IdentityError as error:
            raise prefix_path(f"[{name!r}]", error) from None
    return "".join(parts)


def _encode_odd_dict(value: Any) -> str:
    """Keys of any type: the entries in the order of their encodings."""
    parts = []
    for name, item in value.items():
        try:
            parts.append(encode_text(name) + encode_text(item))
        except IdentityError as error:
            raise prefix_path(f"[{name!r}]", error) from None
    return f"d{len(parts)}[" + "".join(sorted(parts))


ENCODERS.update(
    {
        int: encode_int,
        str: encode_str,
        float: encode_float,
        bool: _encode_bool,
        type(None): _encode_none,
        bytes: _encode_bytes,
        list: lambda value: "l" + encode_items(value),
        tuple: lambda value: "t" + encode_items(value),
        set: lambda value: "e" + encode_unordered(value),
        frozenset: lambda value: "z" + encode_unordered(value),
        dict: _encode_dict,
    }
)
