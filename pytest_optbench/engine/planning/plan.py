"""The plan of an experiment: a lazy stream of tasks, each with the id of its run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, Self

from pytest_optbench.engine.identity.identity import RunIds, fingerprint
from pytest_optbench.errors import IdentityError, InvalidInputError
from pytest_optbench.grids import Source
from pytest_optbench.grids.external import size_of

from .cases import resolved_cases, resolver_of
from .context import context_fingerprint
from .experiment import Experiment
from .resolved import raw_of
from .seeds import SeedBundle

KEPT_REPLICATES = (
    4096  # up to this many replicates, their fingerprints are kept instead of computed again for every case
)
CHECKED_CASES = 10_000  # cases of a list that are examined before anything runs


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


@dataclass(frozen=True)
class Plan:
    """An experiment, and the values that its runs share, each computed once.

    `size` is the exact number of tasks, also beyond 2**64; None if params or seeds do not know their number.
    """

    experiment: Experiment
    size: int | None
    context_fp: str
    code_hash: str

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """Plan an experiment as it is now, without looking at its cases.

        Raises:
            IdentityError: a member of the context has no identity; the message names it.
            InvalidInputError: the context is no dataclass, mapping or None.
        """
        cases, replicates = size_of(raw_of(experiment.params)), size_of(experiment.seeds)
        size = None if cases is None or replicates is None else cases * replicates
        return cls(experiment, size, context_fingerprint(experiment.context), experiment.operation.code_hash)

    def with_context(self, context: Any) -> Self:
        """Return this plan with an equal context."""
        return replace(self, experiment=replace(self.experiment, context=context))

    def tasks(self) -> Iterator[Task]:
        """Yield the tasks, case by case and replicate by replicate, each made when it is asked for.

        Tasks of equal parameters and seed have the same run id: they are one run.

        Raises:
            IdentityError: a value has no identity; the message names case and parameter.
            InvalidInputError: the resolver refuses a case.
        """
        experiment = self.experiment
        run_id = RunIds(experiment.experiment_id, self.context_fp, self.code_hash).of
        task = partial(tuple.__new__, Task)  # `Task(...)` itself would take a third longer
        ordinal = 0
        replicates = _replicates(experiment.seeds)
        own_tags = tuple(experiment.tags)
        for params, case_id, case_tags in resolved_cases(experiment):
            params_fp = params_fingerprint(params, case_id)
            tags = own_tags + case_tags if case_tags else own_tags
            for seeds, seed_fp in replicates:
                yield task((run_id(params_fp, seed_fp), params, params_fp, seeds, seed_fp, case_id, tags, ordinal))
                ordinal += 1


def validate(experiment: Experiment) -> Plan:
    """Return the plan of an experiment, once everything that can be checked before the first run is found right.

    All axes of a source are checked, its first resolved case, and up to 10,000 cases of a list. A later case is refused
    when its turn comes.

    Raises:
        IdentityError: a value has no identity; the message names the parameter or the member of the context.
        InvalidInputError: there is nothing to run, or the parameters or the resolver are of the wrong kind.
    """
    resolver_of(experiment)
    _refuse_iterators(experiment)
    _refuse_odd_seeds(experiment)
    plan = Plan.of(experiment)
    if plan.size == 0:
        raise InvalidInputError("there is nothing to run: params or seeds are empty")
    source = raw_of(experiment.params)
    if isinstance(source, Source):
        for name, items in source.values():
            _refuse_without_identity(name, items)
    first_only = isinstance(source, Source) or not hasattr(source, "__len__")
    for case in islice(resolved_cases(experiment), 1 if first_only else CHECKED_CASES):
        params_fingerprint(case.params, case.case_id)
    return plan


def _refuse_iterators(experiment: Experiment) -> None:
    for name, items in (("params", experiment.params), ("seeds", experiment.seeds)):
        if isinstance(items, Iterator):
            raise InvalidInputError(f"{name} can be gone through only once: give a source or a list")


def _refuse_odd_seeds(experiment: Experiment) -> None:
    """Refuse seeds that are no seed bundles: all items of a list are examined, of other iterables the first one."""
    examined = experiment.seeds if isinstance(experiment.seeds, list | tuple) else islice(experiment.seeds, 1)
    for position, bundle in enumerate(examined):
        if not (hasattr(bundle, "root_seed") and hasattr(bundle, "replicate_index")):
            raise InvalidInputError(f"seeds[{position}] is {bundle!r}: use seeds(base=0, replicates=1), or SeedBundles")


def _refuse_without_identity(name: str, items: Iterable[Any]) -> None:
    if isinstance(items, range):
        return
    for position, value in enumerate(items):
        try:
            fingerprint(value)
        except IdentityError as error:
            raise error.below(f"parameter {name!r}, value {position}") from None


def params_fingerprint(params: dict[str, Any], case_id: str) -> str:
    """Return the fingerprint of a case's parameters.

    Raises:
        IdentityError: a value has no identity; the message names case and parameter.
    """
    try:
        return fingerprint(params)
    except IdentityError as error:
        raise error.below(f"case {case_id}: params") from None


def _replicates(bundles: Iterable[SeedBundle]) -> Iterable[tuple[SeedBundle, str]]:
    size = size_of(bundles)
    lazy = _Fingerprinted(bundles)
    return list(lazy) if size is not None and size <= KEPT_REPLICATES else lazy


class _Fingerprinted:
    """Pairs of a seed bundle and its fingerprint, computed again by every iteration."""

    def __init__(self, bundles: Iterable[SeedBundle]) -> None:
        self._bundles = bundles

    def __iter__(self) -> Iterator[tuple[SeedBundle, str]]:
        return ((seeds, fingerprint((seeds.root_seed, seeds.replicate_index))) for seeds in self._bundles)
