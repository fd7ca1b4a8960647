"""The exception tree: every error that pytest-optbench raises on purpose is an `OptbenchError`.

A message says what was wrong, where, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable


class OptbenchError(Exception):
    """Base of everything that pytest-optbench raises on purpose."""


class InvalidInputError(OptbenchError, ValueError):
    """An argument, option or parameter that cannot mean anything; raised before anything runs."""


class UnknownNameError(InvalidInputError):
    """A name that nothing answers to; the message lists the names that are valid."""

    def __init__(self, what: str, name: object, valid: Iterable[object]) -> None:
        listed = ", ".join(sorted(str(choice) for choice in valid))
        super().__init__(f"unknown {what} {name!r}: choose one of {listed}")
        self.name = name


class UnknownArtifactError(UnknownNameError, FileNotFoundError):
    """A run has no artifact of that name, whose file is not found."""


class UnknownDataError(UnknownNameError, KeyError):
    """A run has no structured result or stepped metric of that name."""

    __str__ = Exception.__str__  # not that of KeyError, which quotes the message


class MissingFileError(InvalidInputError, FileNotFoundError):
    """A file that was named is not there."""


class IdentityError(InvalidInputError):
    """A parameter or a member of a context has no faithful identity: nothing tells two such values apart for good."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path or 'value'}: {reason}")
        self.reason = reason
        self.path = path

    def below(self, path: str) -> IdentityError:
        """Return the same error with `path` before the path of the value."""
        return type(self)(self.reason, path + self.path)


class MissingContentError(IdentityError, FileNotFoundError):
    """A file or folder that a context names is not there."""


class TargetError(OptbenchError):
    """The metalab under test cannot be imported or lacks the interface."""


class MissingFeatureError(TargetError):
    """The metalab under test does not offer an optional part: not applicable, not a failure."""


class TargetFailedError(TargetError):
    """The metalab under test did what none may do: it breaks the promise with this id wherever a scenario meets it."""

    promise = "audit.does-what-is-asked"


class TargetRaisedError(TargetFailedError):
    """What the metalab under test raised out of a sweep, where nobody expected an error."""

    promise = "audit.no-runner-error"


class TargetHungError(TargetFailedError):
    """The metalab under test did nothing any more, and was interrupted."""

    promise = "audit.finishes"


class WitnessError(OptbenchError):
    """The witness cannot be written or read; without it nothing that a runner did can be judged."""


class ChildError(OptbenchError):
    """A child process cannot be started or watched."""


class ServerError(OptbenchError):
    """A private database or cluster cannot be started, or does not do what it was told to."""


class MissingServerError(MissingFeatureError):
    """A database or cluster is not installed on this machine: what needs it is not applicable."""


class StoreError(OptbenchError):
    """The store could not keep or give back what was asked; a run is never reported stored after this."""


class UnknownRunError(StoreError, LookupError):
    """The store holds no run of that id."""


class CorruptRecordError(StoreError):
    """A record or artifact in the store is not what was written: torn, altered, foreign or misplaced."""


class CaptureClosedError(OptbenchError):
    """Something was captured after its run had ended."""


class WorkerError(OptbenchError):
    """Worker processes cannot be started, or cannot find the operation they are to run."""


class RunCancelledError(OptbenchError):
    """The sweep was cancelled while this run was under way; raised inside the operation, by its own question."""


class SweepError(OptbenchError):
    """A sweep ended without keeping what it ran: what is in the store is sound, but some runs are not in it."""
