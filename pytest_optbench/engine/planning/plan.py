"""Planning: an experiment, examined once, as a lazy stream of tasks, each with the id of its run."""

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

FEW = 4096  # replicates whose fingerprints are kept instead of computed again for every case
SHORT = 10_000  # cases of a list that are looked at one by one before anything runs


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
    """An experiment and what its runs have in common, each determined once.

    `size` is the exact number of tasks, also beyond 2**64; None when the parameters do not know their number.
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
        task = partial(tuple.__new__, Task)  # a third of a Task's time is a call of its own
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
    """Refuse what can be refused before anything runs, in the time it takes to look at the axes; return the plan.

    Of the cases that a resolver makes, only the first is looked at; later ones are refused in their turn.

    Raises:
        IdentityError: a value has no identity; the message names the parameter or the member of the context.
        InvalidInputError: there is nothing to run, or the parameters or the resolver are of the wrong kind.
    """
    resolver_of(experiment)
    _refuse_one_way(experiment)
    _refuse_odd_seeds(experiment)
    plan = Plan.of(experiment)
    if plan.size == 0:
        raise InvalidInputError("there is nothing to run: params or seeds are empty")
    source = raw_of(experiment.params)
    if isinstance(source, Source):
        for name, items in source.values():
            _refuse_without_identity(name, items)
    first_only = isinstance(source, Source) or not hasattr(source, "__len__")
    for case in islice(resolved_cases(experiment), 1 if first_only else SHORT):
        params_fingerprint(case.params, case.case_id)
    return plan


def _refuse_one_way(experiment: Experiment) -> None:
    for what, items in (("params", experiment.params), ("seeds", experiment.seeds)):
        if isinstance(items, Iterator):
            raise InvalidInputError(f"{what} can be gone through only once: give a source or a list")


def _refuse_odd_seeds(experiment: Experiment) -> None:
    """Refuse what is no seed bundle: all items of a list are looked at, otherwise the first one."""
    looked_at = experiment.seeds if isinstance(experiment.seeds, list | tuple) else islice(experiment.seeds, 1)
    for position, bundle in enumerate(looked_at):
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
    return list(lazy) if size is not None and size <= FEW else lazy


class _Fingerprinted:
    """Seeds with their fingerprints, computed at every iteration."""

    def __init__(self, bundles: Iterable[SeedBundle]) -> None:
        self._bundles = bundles

    def __iter__(self) -> Iterator[tuple[SeedBundle, str]]:
        return ((seeds, fingerprint((seeds.root_seed, seeds.replicate_index))) for seeds in self._bundles)
