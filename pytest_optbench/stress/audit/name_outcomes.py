"""What became of an artifact's name: kept, refused by name, or lost on the way. Pure over what was seen and stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.target.snapshot import StoredRun, StoreSnapshot
from pytest_optbench.text import printable

from .unlisted import read_by_name_only

REFUSAL = "refusal_"  # begins the metric that holds the error of a refused name; its index follows
RECOGNIZED = 20  # characters of a long name that an error must show
LONGEST = 60  # characters of a name in a message


@dataclass(frozen=True)
class NameOutcome:
    """What became of one name in one run.

    `outcome` is kept (it reads back equal), refused (by an error that names it), nameless (refused by one that does
    not), denied (refused although it is ordinary), unlisted (it reads back equal, and no list names it) or lost;
    `told` says how, for the last four.
    """

    name: str
    run_id: str
    outcome: Literal["kept", "refused", "nameless", "denied", "unlisted", "lost"]
    told: str = ""

    @property
    def survived(self) -> bool:
        """Whether the promise held for this name."""
        return self.outcome in ("kept", "refused")

    def __str__(self) -> str:
        return f"Run {self.run_id}, artifact {shown(self.name)}: {self.told}."


def name_outcomes(
    names: Sequence[str],
    execution: Execution,
    record: StoredRun | None,
    origins: Mapping[str, str] | None = None,
    ordinary: Collection[str] = (),
) -> tuple[NameOutcome, ...]:
    """Judge every name that a run captured, in order.

    `origins` maps digests of artifacts to who captured them, `ordinary` are the names that may not be refused.
    """
    refusals = [_refusal(execution, index) for index in range(len(names))]
    judged = [_fate(name, execution, record, refusals[index], origins or {}) for index, name in enumerate(names)]
    return tuple(
        replace(outcome, outcome="denied", told=f"it was refused: {refusal}")
        if refusal and outcome.name in ordinary
        else outcome
        for outcome, refusal in zip(judged, refusals, strict=True)
    )


def lost(name: str, execution: Execution, record: StoredRun | None, origins: Mapping[str, str] | None = None) -> str:
    """What is wrong with an artifact that a run captured and that nothing may refuse; "" if it was kept."""
    if record is None:
        return "the run that captured it is not in the store"
    return _lost(name, (execution.artifacts or {}).get(name), record, origins or {}) or _by_name_only(name, record)


def disturbed(before: StoreSnapshot, after: StoreSnapshot) -> tuple[str, ...]:
    """What of the runs in `before` is gone or other in `after`, a phrase for each."""
    now = after.by_id()
    told = []
    for run in before.runs:
        found = now.get(run.run_id)
        if found is None:
            told.append(f"run {run.run_id} is gone")
        elif (found.status, dict(found.metrics)) != (run.status, dict(run.metrics)):
            told.append(f"run {run.run_id} was {run.status} {dict(run.metrics)}, now {found.status} {found.metrics}")
        else:
            told += [f"run {run.run_id}: {change}" for change in _other_artifacts(run, found)]
    return tuple(told)


def named_in(name: str, text: str) -> bool:
    """Whether an error's text shows a name: itself, escaped, its beginning if it is long, in quotes if it is odd."""
    if not any(letter.isalnum() for letter in name):
        return any(quoted in text for quoted in (f"'{printable(name)}'", f'"{printable(name)}"', printable(repr(name))))
    return any(printable(form)[:RECOGNIZED] in text for form in (name, repr(name)[1:-1]))


def shown(name: str) -> str:
    """A name for a message: its repr, cut in the middle where it is long."""
    text = ascii(name)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]}...{text[-15:]} ({len(name)} characters)"


def _fate(
    name: str, execution: Execution, record: StoredRun | None, refusal: str | None, origins: Mapping[str, str]
) -> NameOutcome:
    run_id = record.run_id if record is not None else "(not stored)"
    if record is None:
        return NameOutcome(name, run_id, "lost", "the run that captured it is not in the store")
    if refusal is not None:
        return _refused(name, run_id, "it was refused", refusal)
    if record.status != "success":
        return _refused(name, run_id, f"its run is stored as {record.status}", _error(record))
    if told := _lost(name, (execution.artifacts or {}).get(name), record, origins):
        return NameOutcome(name, run_id, "lost", told)
    told = _by_name_only(name, record)
    return NameOutcome(name, run_id, "unlisted" if told else "kept", told)


def _by_name_only(name: str, record: StoredRun) -> str:
    return "" if name in record.artifacts else read_by_name_only("it", "artifacts", record)


def _refused(name: str, run_id: str, what: str, error: str) -> NameOutcome:
    if named_in(name, error):
        return NameOutcome(name, run_id, "refused")
    return NameOutcome(name, run_id, "nameless", f"{what} with an error that does not name it: {error}")


def _lost(name: str, seen: str | None, record: StoredRun, origins: Mapping[str, str]) -> str:
    artifact = record.artifacts.get(name, record.unlisted.artifacts.get(name))
    if artifact is None:
        listed = ", ".join(map(shown, sorted(record.artifacts))) or "nothing"
        return f"capturing it raised nothing, but the run lists only {listed}, and nothing is read by its name"
    if artifact.problem is not None:
        return f"the run lists it, but it cannot be read back: {artifact.problem}"
    if artifact.digest != seen:
        found = origins.get(artifact.digest or "", "something else")
        return f"it reads back as {found}"
    return ""


def _refusal(execution: Execution, index: int) -> str | None:
    found = (execution.metrics or {}).get(f"{REFUSAL}{index}")
    return None if found is None else str(found)


def _error(record: StoredRun) -> str:
    told = record.error or {}
    return printable(": ".join(str(told[part]) for part in ("type", "message") if told.get(part)) or "none")


def _other_artifacts(before: StoredRun, after: StoredRun) -> list[str]:
    told = []
    for name in sorted(before.artifacts.keys() | after.artifacts.keys()):
        was, now = before.artifacts.get(name), after.artifacts.get(name)
        if now is None:
            told.append(f"artifact {shown(name)} is gone")
        elif was is None:
            told.append(f"artifact {shown(name)} appeared")
        elif now != was:
            told.append(f"artifact {shown(name)} changed ({now.problem or 'it reads back as something else'})")
    return told
