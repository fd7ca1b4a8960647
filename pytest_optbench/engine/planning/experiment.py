"""Experiments: everything that decides which runs there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from pytest_optbench.errors import InvalidInputError

from .operation import Operation
from .seeds import SeedBundle

PLAIN = re.compile(r"[a-z0-9_][a-z0-9._-]*:[a-z0-9.-]*[a-z0-9-]")
LONGEST = 100  # characters of a plain folder name; file systems allow 255 bytes, and paths go on below
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")  # no file names on Windows


@dataclass(frozen=True)
class Experiment:
    """A named, versioned sweep: an operation over parameters, seeds and a context.

    `params` is a source of parameters or any iterable of objects with `.params`, `.case_id` and `.tags` that
    can be iterated more than once. Raises InvalidInputError when a part is missing or of the wrong kind.
    """

    name: str
    version: str
    context: Any
    operation: Operation
    params: Iterable[Any]
    seeds: Iterable[SeedBundle]
    description: str | None = None
    tags: Sequence[str] = ()
    param_resolver: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse_odd_names(self)
        _refuse_odd_parts(self)
        if isinstance(self.tags, str) or not all(isinstance(tag, str) for tag in self.tags):
            raise InvalidInputError(f"tags are {self.tags!r}: give a list of strings")
        object.__setattr__(self, "tags", tuple(self.tags))
        object.__setattr__(self, "metadata", dict(self.metadata))

    @property
    def experiment_id(self) -> str:
        """`"name:version"`."""
        return f"{self.name}:{self.version}"


def _refuse_odd_names(experiment: Experiment) -> None:
    for what, value in (("name", experiment.name), ("version", experiment.version)):
        if not isinstance(value, str) or not value:
            raise InvalidInputError(f"the experiment's {what} is {value!r}: give a string that is not empty")
    if ":" in experiment.name:
        raise InvalidInputError(f"the experiment's name {experiment.name!r} holds ':', which ends the name in its id")


def _refuse_odd_parts(experiment: Experiment) -> None:
    if not isinstance(experiment.operation, Operation):
        raise InvalidInputError(f"operation is {experiment.operation!r}: decorate the function with @operation")
    if isinstance(experiment.params, (str, bytes, Mapping)) or not isinstance(experiment.params, Iterable):
        raise InvalidInputError(f"params is {experiment.params!r}: use grid(...), random(...) or manual([...])")
    if not isinstance(experiment.seeds, Iterable) or isinstance(experiment.seeds, (str, bytes, Mapping)):
        raise InvalidInputError(f"seeds is {experiment.seeds!r}: use seeds(base=0, replicates=1)")


def folder_name(experiment_id: str) -> str:
    """The folder of an experiment: safe everywhere, and another one for every id.

    A plain `name:version` (lower case, digits, dots, dashes; underscores in the name only) becomes
    `name_version`; the last underscore is the colon. Any other id becomes what is plain of it, `~` and the
    hash of all of it.
    """
    plain = experiment_id.replace(":", "_")
    if PLAIN.fullmatch(experiment_id) and len(plain) <= LONGEST and not RESERVED.fullmatch(plain):
        return plain
    digest = blake2b(experiment_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    kept = re.sub(r"[^A-Za-z0-9-]+", "_", experiment_id).strip("_")[:40]
    return f"{kept}~{digest}"
