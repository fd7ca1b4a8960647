"""Cases as runs get them: checked, and put through the resolver."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.grids import Case

from .context import context_meta
from .experiment import Experiment
from .isolation import copier, private_copy
from .resolved import ResolvedSource, raw_of

Resolve: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], Any]


def resolved_cases(experiment: Experiment) -> Iterable[Case]:
    """The cases with the parameters that runs get."""
    resolve = resolver_of(experiment)
    if resolve is None:
        return map(_checked, experiment.params)
    given = experiment.params.context_meta if isinstance(experiment.params, ResolvedSource) else {}
    meta = copier({**context_meta(experiment.context), **given})
    return (_resolved(resolve, meta(), _checked(case)) for case in raw_of(experiment.params))


def resolver_of(experiment: Experiment) -> Resolve | None:
    """The resolver of the experiment or of its parameters.

    Raises:
        InvalidInputError: both have one, or it is neither a callable nor an object with `resolve`.
    """
    own, attached = experiment.param_resolver, getattr(experiment.params, "resolver", None)
    if own is not None and attached is not None:
        raise InvalidInputError("both the experiment and its params have a resolver: keep one of them")
    chosen = own if own is not None else attached
    resolve: Resolve | None = getattr(chosen, "resolve", chosen)
    if resolve is not None and not callable(resolve):
        raise InvalidInputError(
            f"param_resolver is {chosen!r}: give a callable of (context_meta, params_raw), or an object with such a "
            "method `resolve`"
        )
    return resolve


def _resolved(resolve: Resolve, meta: dict[str, Any], case: Case) -> Case:
    try:
        params = resolve(meta, private_copy(case.params))
    except Exception as error:
        raise InvalidInputError(f"case {case.case_id}: the resolver refuses {case.params!r}: {error}") from error
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise InvalidInputError(f"case {case.case_id}: the resolver returned {params!r}, not a dict of parameters")
    with contextlib.suppress(Exception):  # what has no identity may have no copy either: planning says so, by name
        params = private_copy(dict(params))  # the resolver may keep what it returned, and change it
    return Case(dict(params), case.case_id, case.tags)


def _checked(case: Any) -> Case:
    """The case as one of ours; cases of other makers are copied."""
    if type(case) is Case and type(case.tags) is tuple:
        return case
    try:
        params, case_id, tags = dict(case.params), str(case.case_id), tuple(case.tags)
        if isinstance(case.tags, str):
            raise TypeError("tags are a list of strings")
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"params holds {case!r}, which is no case with .params, .case_id and .tags: use manual([...]) for dicts"
        ) from error
    return Case(params, case_id, tags)
