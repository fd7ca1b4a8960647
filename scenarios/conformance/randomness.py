"""Checks of a metalab's randomness: distributions, streams and samples."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .statistics import (
    correlation,
    correlation_allowed,
    distance,
    distance_allowed,
    loguniform,
    must_occur,
    uniform,
    whole,
)

OPTIONS = ("red", "green", "blue", "black", "white")
BASES, REPLICATES = (0, 1, 2, 10, 2**32, -1), (0, 1, 2, 3)
STREAMS = ("default", "a", "b", "init")
WAYS = ("rng", "numpy")


class Law(NamedTuple):
    """A distribution: its expression, its cumulative distribution function, and the tolerance for rounding."""

    made: Callable[[Any], Any]
    share: Callable[[float], float]
    rounding: float = 0.0


LAWS = {
    "uniform": Law(lambda metalab: metalab.uniform(-1.0, 3.0), uniform(-1.0, 3.0)),
    "loguniform": Law(lambda metalab: metalab.loguniform(1e-6, 1e3), loguniform(1e-6, 1e3)),
    "randint": Law(lambda metalab: metalab.randint(-5, 20), whole(-5, 20)),
    "loguniform_int": Law(lambda metalab: metalab.loguniform_int(1, 10**6), loguniform(1, 10**6), rounding=0.06),
    "choice": Law(lambda metalab: metalab.choice(list(OPTIONS)), whole(0, len(OPTIONS) - 1)),
}


FEW = {"randint": {float(value) for value in range(-5, 21)}, "choice": {float(at) for at in range(len(OPTIONS))}}


def off_laws(metalab: Any, count: int) -> Iterator[str]:
    """Yield distributions that deviate, and parameters or seeds that are correlated."""
    laws = {name: law for name, law in LAWS.items() if hasattr(metalab, name)}
    space = {name: law.made(metalab) for name, law in laws.items()}
    shares: dict[str, list[float]] = {}
    for seed in (0, 1):
        cases = [dict(case.params) for case in metalab.random(space=space, n_trials=count, seed=seed)]
        for name, law in laws.items():
            drawn = [float(OPTIONS.index(case[name]) if name == "choice" else case[name]) for case in cases]
            off, allowed = distance(drawn, law.share), distance_allowed(count) + law.rounding
            if off > allowed:
                yield f"{count:,} draws of {name} with seed {seed} are off by {off:.3f}, where {allowed:.3f} is allowed"
            few = FEW.get(name, set())
            missed = few - set(drawn) if must_occur(count, len(few) or count) else set()
            if few and (missed or set(drawn) - few):
                yield f"{count:,} draws of {name} with seed {seed} are {sorted(set(drawn))}, not {sorted(few)}"
            shares[f"{name} with seed {seed}"] = [law.share(value) for value in drawn]
    continuous = [name for name in shares if name.startswith(("uniform", "loguniform with"))]
    yield from correlated({name: shares[name] for name in continuous})


def correlated(drawn: dict[str, list[float]]) -> Iterator[str]:
    """Yield pairs of sequences that are correlated, directly or one draw later."""
    for (name, values), (other_name, other) in itertools.combinations(drawn.items(), 2):
        for shift, text in ((0, ""), (1, ", one draw later")):
            value = correlation(values[: len(values) - shift], other[shift:])
            if abs(value) > correlation_allowed(len(values) - shift):
                yield f"{name} and {other_name}{text} are correlated: {value:.3f}"


def off_streams(metalab: Any, count: int) -> Iterator[str]:
    """Yield streams of neighbouring bases, replicates and names that are not uniform, equal, or correlated."""
    made = {
        (base, bundle.replicate_index): bundle
        for base in BASES
        for bundle in metalab.seeds(base=base, replicates=len(REPLICATES))
    }
    for way in WAYS:
        drawn = {
            f"{way}({name!r}) of base {base}, replicate {replicate}": draws(getattr(bundle, way)(name), count)
            for (base, replicate), bundle in made.items()
            for name in STREAMS
            if (base in BASES[:2] and replicate < 2) or (name == STREAMS[0] and replicate == 0)
        }
        for name, values in drawn.items():
            off = distance(values, uniform(0.0, 1.0))
            if off > distance_allowed(count):
                yield f"{count:,} draws of {name} are off the uniform distribution by {off:.3f}"
        yield from correlated(drawn)
    yield from repeated(made, count)


def draws(generator: Any, count: int) -> list[float]:
    drawn = (
        generator.random(count) if hasattr(generator, "bit_generator") else [generator.random() for _ in range(count)]
    )
    return [float(value) for value in drawn]


def repeated(made: dict[tuple[int, int], Any], count: int) -> Iterator[str]:
    """Yield derived seeds that repeat or are not uniform; of 62 bits none repeats by chance."""
    names = [str(number) for number in range(count // 10)]
    joined = ["1", "11", "1:1", ":1", "1:", ""]
    seen: dict[int, str] = {}
    for (base, replicate), bundle in made.items():
        for name in (*names[:50], *joined):
            stream = f"{name!r} of base {base}, replicate {replicate}"
            other = seen.setdefault(int(bundle.derive(name)), stream)
            if other != stream:
                yield f"derive gives {stream} the seed of {other}"
    values = [int(made[0, 0].derive(name)) for name in names]
    low_bytes = [float(value % 256) for value in values]
    off = distance(low_bytes, whole(0, 255))
    if off > distance_allowed(len(values)):
        yield f"the last byte of {len(values):,} derived seeds is off the uniform distribution by {off:.3f}"


def off_samples(metalab: Any, count: int, features: frozenset[str]) -> Iterator[str]:
    """Yield the problems of samples without replacement over many seeds: the drawn cases and their positions."""
    size, taken = 10, 3
    seeds = range(count)
    grid = metalab.grid(n=list(range(size)))
    ways: dict[str, Callable[[int], Any]] = {}
    if "sampling" in features:
        ways["sample"] = lambda seed: grid.sample(taken, seed)
    if "random" in features and "conditions" in features:  # of a finite space others may draw with replacement
        space = {"n": metalab.randint(0, size - 1)}
        ways["random"] = lambda seed: metalab.random(space=space, n_trials=taken, seed=seed)
    for name, way in ways.items():
        yield from off_sample(name, [[case.params["n"] for case in way(seed)] for seed in seeds], size, taken)


def off_sample(name: str, drawn: Sequence[Sequence[int]], size: int, taken: int) -> Iterator[str]:
    """Yield the problems of samples of `taken` of `size` cases, drawn with many seeds."""
    repeated_draws = [sample for sample in drawn if len(set(sample)) != taken]
    if repeated_draws:
        yield f"{name} drew {repeated_draws[0]}, not {taken} different cases"
        return
    allowed = distance_allowed(len(drawn))
    for position in range(taken):
        off = distance([float(sample[position]) for sample in drawn], whole(0, size - 1))
        missed = set(range(size)) - {sample[position] for sample in drawn} if must_occur(len(drawn), size) else set()
        if missed:
            yield f"draw {position + 1} of {name} is none of {sorted(missed)} under {len(drawn):,} seeds"
        if off > allowed:
            label = f"draw {position + 1} of {name} under {len(drawn):,} seeds"
            yield f"{label} is off the uniform distribution by {off:.3f}"
    pairs = Counter(frozenset(sample[:2]) for sample in drawn)
    expected = 2 / (size * (size - 1))
    for pair in map(frozenset, itertools.combinations(range(size), 2)):
        if abs(pairs[pair] / len(drawn) - expected) > allowed:
            yield f"{name} drew {sorted(pair)} first under {pairs[pair]:,} of {len(drawn):,} seeds"
            return
