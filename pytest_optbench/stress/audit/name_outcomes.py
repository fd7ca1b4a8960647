"""The outcome of each artifact name: kept, refused by name, or lost; computed from snapshots of witness and store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.target.snapshot import StoredRun, StoreSnapshot
from pytest_optbench.text import printable

from .unlisted import read_by_name_only

REFUSAL = "refusal_"  # prefix of the metric that holds the error of a refused name; its index follows
RECOGNIZED = 20  # characters of a long name that an error must show
LONGEST = 60  # characters of a name in a message


@dataclass(frozen=True)
class NameOutcome:
    """The outcome of one name in one run.

    `outcome` is kept (it reads back equal), refused (by an error that names it), unnamed (refused by one that does
    not), denied (refused although it is ordinary), unlisted (it reads back equal, and no list names it) or lost;
    `reason` explains the last four.
    """

    name: str
    run_id: str
    outcome: Literal["kept", "refused", "unnamed", "denied", "unlisted", "lost"]
    reason: str = ""

    @property
    def survived(self) -> bool:
        """Whether the promise held for this name."""
        return self.outcome in ("kept", "refused")

    def __str__(self) -> str:
        return f"Run {self.run_id}, artifact {shown(self.name)}: {self.reason}."


def name_outcomes(
    names: Sequence[str],
    execution: Execution,
    record: StoredRun | None,
    origins: Mapping[str, str] | None = None,
    ordinary: Collection[str] = (),
) -> tuple[NameOutcome, ...]:
    """Return the outcome of every name that a run captured, in order.

    `origins` maps digests of artifacts to the run that captured them; names in `ordinary` may not be refused.
    """
    refusals = [_refusal(execution, index) for index in range(len(names))]
    outcomes = [_outcome(name, execution, record, refusals[index], origins or {}) for index, name in enumerate(names)]
    return tuple(
        replace(outcome, outcome="denied", reason=f"it was refused: {refusal}")
        if refusal and outcome.name in ordinary
        else outcome
        for outcome, refusal in zip(outcomes, refusals, strict=True)
    )


def lost(name: str, execution: Execution, record: StoredRun | None, origins: Mapping[str, str] | None = None) -> str:
    """Return what is wrong with a captured artifact that nothing may refuse; "" if it was kept."""
    if record is None:
        return "the run that captured it is not in the store"
    return _loss(name, (execution.artifacts or {}).get(name), record, origins or {}) or _read_by_name_only(name, record)


def disturbed(before: StoreSnapshot, after: StoreSnapshot) -> tuple[str, ...]:
    """Return what is missing or different in `after` of the runs in `before`, a phrase for each."""
    runs_after = after.by_id()
    phrases = []
    for run in before.runs:
        now = runs_after.get(run.run_id)
        if now is None:
            phrases.append(f"run {run.run_id} is gone")
        elif (now.status, dict(now.metrics)) != (run.status, dict(run.metrics)):
            phrases.append(f"run {run.run_id} was {run.status} {dict(run.metrics)}, now {now.status} {now.metrics}")
        else:
            phrases += [f"run {run.run_id}: {change}" for change in _changed_artifacts(run, now)]
    return tuple(phrases)


def named_in(name: str, text: str) -> bool:
    """Return whether a text shows a name: itself, escaped, its beginning if it is long, in quotes if it is odd."""
    if not any(letter.isalnum() for letter in name):
        return any(quoted in text for quoted in (f"'{printable(name)}'", f'"{printable(name)}"', printable(repr(name))))
    return any(printable(form)[:RECOGNIZED] in text for form in (name, repr(name)[1:-1]))


def shown(name: str) -> str:
    """Return a name for a message: its repr, shortened in the middle where it is long."""
    text = ascii(name)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]}...{text[-15:]} ({len(name)} characters)"


def _outcome(
    name: str, execution: Execution, record: StoredRun | None, refusal: str | None, origins: Mapping[str, str]
) -> NameOutcome:
    run_id = record.run_id if record is not None else "(not stored)"
    if record is None:
        return NameOutcome(name, run_id, "lost", "the run that captured it is not in the store")
    if refusal is not None:
        return _refused(name, run_id, "it was refused", refusal)
    if record.status != "success":
        return _refused(name, run_id, f"its run is stored as {record.status}", _error(record))
    if reason := _loss(name, (execution.artifacts or {}).get(name), record, origins):
        return NameOutcome(name, run_id, "lost", reason)
    reason = _read_by_name_only(name, record)
    return NameOutcome(name, run_id, "unlisted" if reason else "kept", reason)


def _read_by_name_only(name: str, record: StoredRun) -> str:
    return "" if name in record.artifacts else read_by_name_only("it", "artifacts", record)


def _refused(name: str, run_id: str, what: str, error: str) -> NameOutcome:
    if named_in(name, error):
        return NameOutcome(name, run_id, "refused")
    return NameOutcome(name, run_id, "unnamed", f"{what} with an error that does not name it: {error}")


def _loss(name: str, seen: str | None, record: StoredRun, origins: Mapping[str, str]) -> str:
    artifact = record.artifacts.get(name, record.unlisted.artifacts.get(name))
    if artifact is None:
        listed = ", ".join(map(shown, sorted(record.artifacts))) or "nothing"
        return f"capturing it raised no error, but the run lists only {listed}, and nothing is read by its name"
    if artifact.problem is not None:
        return f"the run lists it, but it cannot be read back: {artifact.problem}"
    if artifact.digest != seen:
        return f"it reads back as {origins.get(artifact.digest or '', 'something else')}"
    return ""


def _refusal(execution: Execution, index: int) -> str | None:
    refusal = (execution.metrics or {}).get(f"{REFUSAL}{index}")
    return None if refusal is None else str(refusal)


def _error(record: StoredRun) -> str:
    error = record.error or {}
    return printable(": ".join(str(error[part]) for part in ("type", "message") if error.get(part)) or "none")


def _changed_artifacts(before: StoredRun, after: StoredRun) -> list[str]:
    phrases = []
    for name in sorted(before.artifacts.keys() | after.artifacts.keys()):
        was, now = before.artifacts.get(name), after.artifacts.get(name)
        if now is None:
            phrases.append(f"artifact {shown(name)} is gone")
        elif was is None:
            phrases.append(f"artifact {shown(name)} appeared")
        elif now != was:
            phrases.append(f"artifact {shown(name)} changed ({now.problem or 'it reads back as something else'})")
    return phrases
