"""Planning: an experiment as a lazy stream of tasks, each with the id of its run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from pytest_optbench.engine.identity.identity import RunIds, fingerprint
from pytest_optbench.errors import IdentityError, InvalidInputError
from pytest_optbench.grids import Source
from pytest_optbench.grids.external import size_of

from .cases import resolved_cases, resolver_of
from .context import context_fingerprint
from .experiment import Experiment
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


def plan(experiment: Experiment, code_hash: str | None = None) -> Iterator[Task]:
    """The tasks of an experiment, case by case and replicate by replicate, each made when it is asked for.

    Tasks of equal parameters and seed have the same run id: they are one run. `code_hash` is that of the operation,
    where it has been taken; otherwise it is taken with the first task.

    Raises IdentityError, naming case and parameter, when a value has no identity, and InvalidInputError when the
    resolver refuses a case.
    """
    context_fp, code = context_fingerprint(experiment.context), code_hash or experiment.operation.code_hash
    run_id = RunIds(experiment.experiment_id, context_fp, code).of
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


def planned_size(experiment: Experiment) -> int | None:
    """The exact number of tasks, also beyond 2**64; None when the parameters do not know their number."""
    cases, replicates = size_of(experiment.params), size_of(experiment.seeds)
    return None if cases is None or replicates is None else cases * replicates


def validate(experiment: Experiment) -> None:
    """Refuse what can be refused before anything runs, in the time it takes to look at the axes.

    What a resolver makes of a case is seen only for the first one; later ones are refused when their turn comes.

    Raises IdentityError, naming the parameter or the member of the context, for a value without identity, and
    InvalidInputError when there is nothing to run or the parameters or the resolver are of the wrong kind.
    """
    resolver_of(experiment)
    _refuse_one_way(experiment)
    _refuse_odd_seeds(experiment)
    if planned_size(experiment) == 0:
        raise InvalidInputError("there is nothing to run: params or seeds are empty")
    context_fingerprint(experiment.context)
    if isinstance(experiment.params, Source):
        for name, items in experiment.params.values():
            _refuse_without_identity(name, items)
    first_only = isinstance(experiment.params, Source) or not hasattr(experiment.params, "__len__")
    for case in islice(resolved_cases(experiment), 1 if first_only else SHORT):
        params_fingerprint(case.params, case.case_id)


def _refuse_one_way(experiment: Experiment) -> None:
    for what, items in (("params", experiment.params), ("seeds", experiment.seeds)):
        if isinstance(items, Iterator):
            raise InvalidInputError(f"{what} can be gone through only once: give a source or a list")


def _refuse_odd_seeds(experiment: Experiment) -> None:
    """Refuse what is no seed bundle: in a list all are looked at, elsewhere the first one."""
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
            raise IdentityError(error.reason, f"parameter {name!r}, value {position}{error.path}") from None


def params_fingerprint(params: dict[str, Any], case_id: str) -> str:
    """The identity of a case's parameters.

    Raises IdentityError, naming case and parameter, where there is none.
    """
    try:
        return fingerprint(params)
    except IdentityError as error:
        raise IdentityError(error.reason, f"case {case_id}: params{error.path}") from None


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
