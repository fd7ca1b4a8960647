"""Planning: an experiment as a lazy stream of tasks, each with the id of its run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

from pytest_optbench.engine.context import context_fingerprint, context_meta
from pytest_optbench.engine.experiment import Experiment
from pytest_optbench.engine.identity import RunIds, fingerprint
from pytest_optbench.engine.isolation import isolate
from pytest_optbench.engine.seeds import SeedBundle
from pytest_optbench.errors import IdentityError, InvalidInputError

Resolve = Callable[[Any, dict[str, Any]], Any]
FEW = 4096  # replicates whose fingerprints are kept instead of computed again for every case


class Task(NamedTuple):
    """One planned run: its resolved parameters, its seeds, and `ordinal`, its place in the plan from 0."""

    run_id: str
    params: dict[str, Any]
    params_fp: str
    seeds: SeedBundle
    seed_fp: str
    case_id: str
    tags: tuple[str, ...]
    ordinal: int


def plan(experiment: Experiment) -> Iterator[Task]:
    """The tasks of an experiment, case by case and replicate by replicate, each made when it is asked for.

    Raises IdentityError, naming case and parameter, when a value has no identity, and InvalidInputError when
    the resolver refuses a case.
    """
    ids = RunIds(
        experiment.experiment_id, context_fingerprint(experiment.context), experiment.operation.code_hash
    )
    ordinals = count()
    replicates = _replicates(experiment.seeds)
    for case_id, tags, params in _resolved_cases(experiment):
        params_fp = params_fingerprint(params, case_id)
        for seeds, seed_fp in replicates:
            yield Task(
                ids.of(params_fp, seed_fp), params, params_fp, seeds, seed_fp, case_id, tags, next(ordinals)
            )


def params_fingerprint(params: dict[str, Any], case_id: str) -> str:
    """The identity of a case's parameters.

    Raises IdentityError, naming case and parameter, where there is none.
    """
    try:
        return fingerprint(params)
    except IdentityError as error:
        raise IdentityError(error.reason, f"case {case_id}: params{error.path}") from None


def planned_size(experiment: Experiment) -> int | None:
    """The exact number of tasks, also beyond 2**64; None when the parameters do not know their number."""
    cases, replicates = _size(experiment.params), _size(experiment.seeds)
    return None if cases is None or replicates is None else cases * replicates


def _size(items: Any) -> int | None:
    size = getattr(items, "size", None)
    if isinstance(size, int):
        return size
    return len(items) if hasattr(items, "__len__") else None


def _replicates(bundles: Iterable[SeedBundle]) -> Iterable[tuple[SeedBundle, str]]:
    size = _size(bundles)
    lazy = _Fingerprinted(bundles)
    return list(lazy) if size is not None and size <= FEW else lazy


class _Fingerprinted:
    """Seeds with their fingerprints, computed at every iteration."""

    def __init__(self, bundles: Iterable[SeedBundle]) -> None:
        self._bundles = bundles

    def __iter__(self) -> Iterator[tuple[SeedBundle, str]]:
        return ((seeds, fingerprint((seeds.root_seed, seeds.replicate_index))) for seeds in self._bundles)


def _resolved_cases(experiment: Experiment) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    resolve = resolver_of(experiment)
    meta = isolate(context_meta(experiment.context)) if resolve else None
    for case in experiment.params:
        raw = case.params
        params = dict(raw) if resolve is None else resolved(resolve, meta, raw, case.case_id)
        yield case.case_id, (*experiment.tags, *case.tags), params


def resolved(resolve: Resolve, meta: Any, raw: Mapping[str, Any], case_id: str) -> dict[str, Any]:
    """What the resolver makes of a copy of the raw parameters. Raises InvalidInputError, naming the case."""
    try:
        params = resolve(meta, isolate(dict(raw)))
    except Exception as error:
        raise InvalidInputError(f"case {case_id}: the resolver refuses {raw!r}: {error}") from error
    if not isinstance(params, Mapping):
        raise InvalidInputError(f"case {case_id}: the resolver returned {params!r}, not a dict of parameters")
    return dict(params)


def resolver_of(experiment: Experiment) -> Resolve | None:
    """The resolver of the experiment or of its parameters. Raises InvalidInputError when both have one."""
    own, attached = experiment.param_resolver, getattr(experiment.params, "resolver", None)
    if own is not None and attached is not None:
        raise InvalidInputError("both the experiment and its params have a resolver: keep one of them")
    chosen = own if own is not None else attached
    return getattr(chosen, "resolve", chosen)


def validate(experiment: Experiment) -> None:
    """Refuse what can be refused before anything runs, in the time it takes to look at the axes.

    Raises IdentityError, by parameter, for a value without identity; InvalidInputError for parameters or
    seeds that cannot be planned.
    """
    resolver_of(experiment)
    context_fingerprint(experiment.context)
    if isinstance(experiment.params, Iterator):
        raise InvalidInputError("params can be iterated only once: give a source or a list")
    if planned_size(experiment) == 0:
        raise InvalidInputError("there is nothing to run: params or seeds are empty")
    values = getattr(experiment.params, "values", None)
    if values is not None:
        for name, items in values():
            _refuse_without_identity(name, items)


def _refuse_without_identity(name: str, items: Iterable[Any]) -> None:
    if isinstance(items, range):
        return
    for position, value in enumerate(items):
        try:
            fingerprint(value)
        except IdentityError as error:
            raise IdentityError(error.reason, f"parameter {name!r}, value {position}{error.path}") from None
