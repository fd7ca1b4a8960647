"""Moved stores: a store is a folder, which people rename, copy, link, archive, and open from elsewhere.

Promise: wherever a store is, it reads the same and is resumed as if it had always been there; reading changes nothing,
and what a later version or another program left there is not touched.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_optbench.drive.child_sweep import in_new_session
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.dir_snapshot import changes, dir_snapshot
from pytest_optbench.stress.audit.promises import Violation, smallest
from pytest_optbench.stress.process.child import run_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.text import one_line
from pytest_optbench.workloads.observed import observed
from pytest_optbench.workloads.payload import payload

from .moves import leave_strangers, obey_permissions, only_readable, overwrite, raise_versions
from .readings import Reading, compare, read_elsewhere, read_store

SAME = promise("moved-stores.reads-the-same")
ELSEWHERE = promise("moved-stores.reads-the-same-elsewhere")
UNTOUCHED = promise("moved-stores.reads-without-writing")
RESUMED = promise("moved-stores.resumes-where-it-is")
APART = promise("moved-stores.copies-are-apart")
LATER = promise("moved-stores.later-versions")
STRANGERS = promise("moved-stores.strangers-stay")
RENAMED = "renamed, caf\u00e9"
EXPORTED = promise("moved-stores.exports-the-same")
ABROAD = {"PYTHONHASHSEED": "1", "TZ": "Asia/Kolkata", "LC_ALL": "C"}

every_load = pytest.mark.breaking_point("moved-stores", light=4, medium=300, heavy=10_000, extreme=10**9)


@dataclass(frozen=True)
class Written:
    """A store with two sweeps in it, and what it gave back where it was written; one has runs that fail."""

    ctx: SweepContext
    whole: PlannedSweep
    partly: PlannedSweep
    before: Reading

    @property
    def store(self) -> Path:
        return Path(self.ctx.options.store)

    @property
    def ids(self) -> list[str]:
        return [self.ctx.target.experiment_id(one.experiment(self.ctx.target)) for one in (self.whole, self.partly)]

    def read(self, store: Path) -> Reading:
        return read_store(self.ctx.target, str(store), self.ids)


def sweep_of(runs: int) -> PlannedSweep:
    return PlannedSweep("moved", payload, [{"index": index, "points": 50} for index in range(runs)])


def written(scenario: Scenario, runs: int) -> Written:
    ctx = scenario.at(str(runs))
    parts = "artifact log" if "logs" in scenario.target.features else "artifact"
    parts += " data" if "data" in scenario.target.features else ""
    cases = [{"index": index, "fail": index % 2 == 1, "parts": parts} for index in range(runs)]
    whole, partly = sweep_of(runs), PlannedSweep("partly", observed, cases)
    for sweep in (whole, partly):
        with witnessing(ctx.witness, ctx.session):
            summary = ctx.target.run(sweep.experiment(ctx.target), ctx.options)
        scenario.ran(executed=summary.completed + summary.failed, audited=0, seconds=summary.seconds)
    before = read_store(ctx.target, ctx.options.store, Written(ctx, whole, partly, {}).ids)
    scenario.ran(executed=0, audited=len(before) - 1, seconds=0)
    return Written(ctx, whole, partly, before)


def report(scenario: Scenario, violations: Iterator[Violation]) -> None:
    for finding in smallest(violations):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)


def read_and_resumed(kept: Written, store: Path, how: str) -> Iterator[Violation]:
    """Yield what differs in a moved store, and runs that are executed although it holds them."""
    yield from compare(SAME, kept.before, kept.read(store), how)
    again = in_new_session(kept.ctx, store=str(store))
    if executed := executions(kept.whole, again):
        yield Violation(RESUMED, f"{how}: of {kept.whole.runs} finished runs {executed} were executed again.")


def executions(sweep: PlannedSweep, ctx: SweepContext) -> int:
    """Run a sweep in a session of its own, and count what it executed."""
    with witnessing(ctx.witness, ctx.session):
        ctx.target.run(sweep.experiment(ctx.target), ctx.options)
    return sum(1 for one in read(ctx.witness) if one.session == ctx.session)


@every_load
def test_renamed(load: Load, scenario: Scenario) -> None:
    """A folder that was renamed."""
    for runs in scenario.sizes():
        kept = written(scenario, runs)
        renamed = kept.store.rename(kept.store.with_name(RENAMED))
        report(scenario, read_and_resumed(kept, renamed, "renamed"))


@every_load
def test_copied(load: Load, scenario: Scenario) -> None:
    """A copy of which the original is used no more, and one with which the work goes on."""
    for runs in scenario.sizes():
        kept = written(scenario, runs)
        copy = kept.store.with_name("copy")
        shutil.copytree(kept.store, copy)
        before = dir_snapshot(kept.store)
        executions(sweep_of(runs + 1), in_new_session(kept.ctx, store=str(copy)))
        if changed := changes(before, dir_snapshot(kept.store)):
            message = f"One more run in the copy, and in the original {changed[0]}."
            scenario.breaks(APART, message, len(changed) - 1)
        overwrite(kept.store)
        after = kept.read(copy)
        extra = after.keys() - kept.before.keys()
        if len(extra) == 1:  # the one that was run in the copy
            after = {run_id: fields for run_id, fields in after.items() if run_id not in extra}
        report(scenario, compare(SAME, kept.before, after, "copied, and the original overwritten"))


@every_load
def test_linked(load: Load, scenario: Scenario) -> None:
    """A store behind a symbolic link, and by a path with `..` in it."""
    for runs in scenario.sizes():
        kept = written(scenario, runs)
        link = kept.store.with_name("link")
        link.symlink_to(kept.store, target_is_directory=True)
        report(scenario, read_and_resumed(kept, link, "behind a link"))
        report(scenario, read_and_resumed(kept, link.parent / "." / ".." / link.parent.name / kept.store.name, "by .."))


@every_load
def test_elsewhere(load: Load, scenario: Scenario) -> None:
    """Another process reads it: in another folder, time zone and locale, with another seed of hashes."""
    for runs in scenario.sizes():
        kept = written(scenario, runs)
        ended = run_child(read_elsewhere, str(kept.store), kept.ids, str(scenario.folder), environment=ABROAD)
        report(scenario, compare(ELSEWHERE, kept.before, ended.value_or_raise(), "in another process"))


@every_load
def test_only_readable(load: Load, scenario: Scenario) -> None:
    """Somebody reads it who may not write to it."""
    for runs in scenario.sizes():
        kept = written(scenario, runs)
        before = dir_snapshot(kept.store)
        with only_readable(kept.store):
            ended = run_child(read_without_rights, str(kept.store), kept.ids, str(scenario.folder))
        found = ended.value_or_raise()
        if found is None:
            scenario.inconclusive("root's power to ignore permissions cannot be given up here: run this as a user")
        report(scenario, compare(UNTOUCHED, kept.before, found, "without the right to write"))
        kept.read(kept.store)
        if changed := changes(before, dir_snapshot(kept.store)):
            scenario.breaks(UNTOUCHED, f"The store was read, and {changed[0]}.", len(changed) - 1)


def read_without_rights(store: str, experiment_ids: list[str], folder: str) -> Reading | None:
    """What the child does: obey permissions, and read; None where it cannot be made to obey them."""
    return read_elsewhere(store, experiment_ids, folder) if obey_permissions() else None


@every_load
def test_later_version(load: Load, scenario: Scenario) -> None:
    """The files that describe the store say that a much later version wrote them."""
    for runs in scenario.sizes():
        kept = written(scenario, runs)
        if not raise_versions(kept.store):
            scenario.not_applicable("no file of the store, apart from records, says in which version it was written")
        before = dir_snapshot(kept.store)
        found = kept.read(kept.store)
        if found.keys() != kept.before.keys() and not refused(found[""]):
            message = f"of {len(kept.before) - 1} runs {len(found) - 1} are read, and nothing says why"
            scenario.breaks(LATER, f"Written in a later version: {message}.")
        more = sweep_of(runs + 1).experiment(kept.ctx.target)
        summary = kept.ctx.target.attempt(more, kept.ctx.options)
        if summary.error is not None and not refused({"": summary.error}):
            scenario.breaks(LATER, f"Written in a later version: run() raised {summary.error}, which does not say so.")
        if changed := changes(before, dir_snapshot(kept.store)):
            message = f"A sweep was run on a store that a later version had written, and {changed[0]}."
            scenario.breaks(LATER, message, len(changed) - 1)


def refused(problems: Mapping[str, str]) -> bool:
    """Whether an error names the version, or the format, as its reason."""
    return any(word in text.lower() for text in problems.values() for word in ("version", "format", "schema"))


@every_load
def test_strangers(load: Load, scenario: Scenario) -> None:
    """File managers and synchronisation tools left files in every folder of the store."""
    for runs in scenario.sizes():
        kept = written(scenario, runs)
        strangers = leave_strangers(kept.store)
        report(scenario, compare(STRANGERS, kept.before, kept.read(kept.store), "with files of other programs in it"))
        if executed := executions(kept.whole, in_new_session(kept.ctx)):
            scenario.breaks(STRANGERS, f"Of {runs} finished runs {executed} were executed again.")
        gone = [path.relative_to(kept.store) for path in strangers if not path.exists()]
        if gone:
            scenario.breaks(STRANGERS, f"Of {len(strangers)} files of others {len(gone)} vanished: {gone[0]}.")


@every_load
def test_exported(load: Load, scenario: Scenario) -> None:
    """The runs of both sweeps are exported into an empty store."""
    module = scenario.target.module
    export = getattr(getattr(module, "store", None), "export_store", None)
    if export is None or not hasattr(module, "FileStoreConfig"):
        scenario.not_applicable("it offers no export_store")
    for runs in scenario.sizes():
        kept = written(scenario, runs)
        other = kept.store.with_name("exported")
        before = dir_snapshot(kept.store)
        for experiment_id in kept.ids:
            source, goal = (
                module.FileStoreConfig(root=str(root), experiment_id=experiment_id).connect()
                for root in (kept.store, other)
            )
            try:
                export(source, goal, include_artifacts=True)
            except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
                scenario.breaks(EXPORTED, f"export_store() raised {one_line(error)}.")
        if changed := changes(before, dir_snapshot(kept.store)):
            scenario.breaks(EXPORTED, f"The store was exported, and {changed[0]}.", len(changed) - 1)
        overwrite(kept.store)
        report(scenario, compare(EXPORTED, kept.before, kept.read(other), "exported"))
