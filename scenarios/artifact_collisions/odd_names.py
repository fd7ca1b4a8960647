"""Artifact names that are difficult for stores; all of them stay within a private folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .workload import KINDS, Naming

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HIGHEST = 5  # most levels that a name climbs; the store needs more private folders above it
LENGTHS = (100, 200, 243, 250, 255, 256, 300, 1000, 5000)  # around the 255 bytes of a file name
TOGETHER = {
    "same stem, other kinds": (("model", "model.json", "model.npy", "model.txt"), ("numpy", "json", "file", "json")),
    "name with the suffix of its kind": (("curve.json", "curve"), ("json", "json")),
    "names that differ in case": (("Loss", "loss", "LOSS"), ()),
    "unicode forms of one text": (("caf\u00e9", "cafe\u0301", "\ufb01t", "fit"), ()),
    "trailing dots and spaces": (("end", "end.", "end ", "end. ", " end"), ()),
    "separators that a store may replace": (("a_b", "a b", "a:b", "a-b", "a.b", "a__b"), ()),
    "numbered like duplicates": (("x", "x~2", "x_1", "x (1)", "x.1"), ("json", "file", "numpy", "json", "json")),
}
ALONE = {
    "dots": (".", "..", "...", ".hidden", "a..b", "..a"),
    "slashes": ("a/b", "a/b/c", "a//b", "a/", "a/./b", "a\\b", "\\\\host\\share"),
    "climbing": ("../up", "a/../b", "a/../../up"),
    "empty and blank": ("", " ", "\t", "\n", "a\nb"),
    "control and NUL": ("a\0b", "\0", "a\x1bb", "a\x7fb", "a\rb"),
    "unicode": ("\U0001f9ea", "\u202eabc", "a\u200bb", "\udc80", "\u1d00" * 90),
    "shells, queries, formats": ("~", "~/x", "$HOME", "%s{0}", "*", "a?b", "a;b", "-rf", "'\"", "<a>", "a&b", "a|b"),
    "reserved on Windows": ("CON", "nul.txt", "C:", "a:stream"),
    "words of records": ("status", "metrics", "artifacts", "run_id", "__class__", "None", "0"),
}


def catalogue(*, taken: Iterable[str] = ()) -> Iterator[Naming]:
    """Yield every naming of the catalogue that stays in the store; `taken` are the names of a store's own files."""
    for label, (names, kinds) in TOGETHER.items():
        yield Naming(label, names, kinds)
    for label, names in ALONE.items():
        yield from (Naming(f"{label} #{index}", (name,)) for index, name in enumerate(names))
    yield from (Naming(f"{length} characters", ("n" * length,)) for length in LENGTHS)
    yield from reserved(taken)


def reserved(taken: Iterable[str]) -> Iterator[Naming]:
    """Yield the names of a store's own files, as artifacts of every kind: whole, and without their suffix."""
    names = sorted({part for name in taken for part in (name, Path(name).stem) if part})
    yield from (
        Naming(f"reserved #{index}", (name,), (kind,), reserved=True) for index, (name, kind) in enumerate(_each(names))
    )


def escaping(outside: Path) -> Iterator[Naming]:
    """Yield names that point out of their run: upwards at most `HIGHEST` levels, or into the folder `outside`."""
    for height in range(1, HIGHEST + 1):
        yield Naming(f"{height} up", ("../" * height + f"up{height}",))
        yield Naming(f"{height} up from below", ("a/" + "../" * (height + 1) + f"over{height}",))
    for kind in KINDS:
        yield Naming(f"absolute {kind}", (str(outside / f"absolute-{kind}"),), (kind,))
        yield Naming(f"absolute into a new folder {kind}", (str(outside / "new" / f"absolute-{kind}"),), (kind,))


def generated(outside: Path) -> SearchStrategy[list[str]]:
    """Draw one to six different names: any text, dots, climbing paths, absolute paths below `outside`."""
    from hypothesis import strategies as st

    odd = st.sampled_from(
        [".", "..", "a", "A", "a.json", "a.npy", "_", "con", "\u00e9", "e\u0301", "\0", "\udc80", " "]
    )
    segment = st.text(st.characters(exclude_characters="/", exclude_categories=()), max_size=12) | odd
    relative = st.lists(segment, min_size=1, max_size=4).map(_within)
    absolute = relative.map(lambda name: f"{outside}/{name}")
    return st.lists(st.one_of(relative, relative, relative, absolute), min_size=1, max_size=6, unique=True)


def _within(segments: list[str]) -> str:
    """Return a relative path of segments: an empty first one would make it absolute."""
    return "/".join(segments).lstrip("/")


def _each(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((name, kind) for name in names for kind in KINDS)
