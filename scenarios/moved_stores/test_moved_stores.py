"""Moved stores: a store is a folder, which people rename, copy, link, archive, and open in other processes.

Promise: a store reads and resumes in the same way at every path; reading changes nothing, and neither a store of a
later version nor a file of another program is changed.
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

from .moves import is_as_left, leave_strangers, obey_permissions, only_readable, overwrite, raise_versions
from .other_generations import differences, write_first, write_today
from .readings import Reading, compare_readings, read_elsewhere, read_store

SAME = promise("moved-stores.reads-the-same")
ELSEWHERE = promise("moved-stores.reads-the-same-elsewhere")
UNTOUCHED = promise("moved-stores.reads-without-writing")
RESUMED = promise("moved-stores.resumes-where-it-is")
APART = promise("moved-stores.copies-are-apart")
LATER = promise("moved-stores.later-versions")
STRANGERS = promise("moved-stores.strangers-stay")
GENERATIONS = promise("moved-stores.other-generations")
RENAMED = "renamed, caf\u00e9"
EXPORTED = promise("moved-stores.exports-the-same")
ABROAD = {"PYTHONHASHSEED": "1", "TZ": "Asia/Kolkata", "LC_ALL": "C"}

every_load = pytest.mark.breaking_point("moved-stores", light=4, medium=300, heavy=10_000, extreme=10**9)


@dataclass(frozen=True)
class Written:
    """A store with two sweeps, one of which has failed runs, and its reading before it was moved."""

    ctx: SweepContext
    whole: PlannedSweep
    partly: PlannedSweep
    before: Reading

    @property
    def store(self) -> Path:
        return Path(self.ctx.options.store)

    @property
    def ids(self) -> list[str]:
        return [self.ctx.target.experiment_id(sweep.experiment(self.ctx.target)) for sweep in (self.whole, self.partly)]

    def read(self, store: Path) -> Reading:
        return read_store(self.ctx.target, str(store), self.ids)


def plan_sweep(runs: int) -> PlannedSweep:
    return PlannedSweep("moved", payload, [{"index": index, "points": 50} for index in range(runs)])


def write_store(scenario: Scenario, runs: int) -> Written:
    ctx = scenario.at(str(runs))
    parts = "artifact log" if "logs" in scenario.target.features else "artifact"
    parts += " data" if "data" in scenario.target.features else ""
    cases = [{"index": index, "fail": index % 2 == 1, "parts": parts} for index in range(runs)]
    whole, partly = plan_sweep(runs), PlannedSweep("partly", observed, cases)
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


def check_moved(written: Written, store: Path, how: str) -> Iterator[Violation]:
    """Yield the differences that a moved store reads with, and the stored runs that it executes again."""
    yield from compare_readings(SAME, written.before, written.read(store), how)
    again = in_new_session(written.ctx, store=str(store))
    if executed := count_executions(written.whole, again):
        yield Violation(RESUMED, f"{how}: of {written.whole.runs} finished runs {executed} were executed again.")


def count_executions(sweep: PlannedSweep, ctx: SweepContext) -> int:
    """Run a sweep, and count the executions of its session."""
    with witnessing(ctx.witness, ctx.session):
        ctx.target.run(sweep.experiment(ctx.target), ctx.options)
    return sum(1 for execution in read(ctx.witness) if execution.session == ctx.session)


@every_load
def test_renamed(load: Load, scenario: Scenario) -> None:
    """A renamed store."""
    for runs in scenario.sizes():
        written = write_store(scenario, runs)
        renamed = written.store.rename(written.store.with_name(RENAMED))
        report(scenario, check_moved(written, renamed, "renamed"))


@every_load
def test_copied(load: Load, scenario: Scenario) -> None:
    """A copied store: a run in the copy does not change the original, and the copy does not need the original."""
    for runs in scenario.sizes():
        written = write_store(scenario, runs)
        copy = written.store.with_name("copy")
        shutil.copytree(written.store, copy)
        before = dir_snapshot(written.store)
        count_executions(plan_sweep(runs + 1), in_new_session(written.ctx, store=str(copy)))
        if changed := changes(before, dir_snapshot(written.store)):
            message = f"One more run in the copy, and in the original {changed[0]}."
            scenario.breaks(APART, message, len(changed) - 1)
        overwrite(written.store)
        after = written.read(copy)
        extra = after.keys() - written.before.keys()
        if len(extra) == 1:  # the one that was run in the copy
            after = {run_id: fields for run_id, fields in after.items() if run_id not in extra}
        report(scenario, compare_readings(SAME, written.before, after, "copied, and the original overwritten"))


@every_load
def test_linked(load: Load, scenario: Scenario) -> None:
    """A store behind a symbolic link, and at a path with `..` in it."""
    for runs in scenario.sizes():
        written = write_store(scenario, runs)
        link = written.store.with_name("link")
        link.symlink_to(written.store, target_is_directory=True)
        report(scenario, check_moved(written, link, "behind a link"))
        report(
            scenario, check_moved(written, link.parent / "." / ".." / link.parent.name / written.store.name, "by ..")
        )


@every_load
def test_elsewhere(load: Load, scenario: Scenario) -> None:
    """A store read by another process, in another folder, time zone and locale, with another PYTHONHASHSEED."""
    for runs in scenario.sizes():
        written = write_store(scenario, runs)
        child = run_child(read_elsewhere, str(written.store), written.ids, str(scenario.folder), environment=ABROAD)
        report(scenario, compare_readings(ELSEWHERE, written.before, child.value_or_raise(), "in another process"))


@every_load
def test_only_readable(load: Load, scenario: Scenario) -> None:
    """A store read by a process that may not write to it."""
    for runs in scenario.sizes():
        written = write_store(scenario, runs)
        before = dir_snapshot(written.store)
        with only_readable(written.store):
            child = run_child(read_without_rights, str(written.store), written.ids, str(scenario.folder))
        reading = child.value_or_raise()
        if reading is None:
            scenario.inconclusive(
                "root's capability to ignore permissions cannot be given up here: run this as another user"
            )
        report(scenario, compare_readings(UNTOUCHED, written.before, reading, "without the right to write"))
        written.read(written.store)
        if changed := changes(before, dir_snapshot(written.store)):
            scenario.breaks(UNTOUCHED, f"The store was read, and {changed[0]}.", len(changed) - 1)


def read_without_rights(store: str, experiment_ids: list[str], folder: str) -> Reading | None:
    """Obey permissions and read, in a child process; returns None if the process cannot be made to obey them."""
    return read_elsewhere(store, experiment_ids, folder) if obey_permissions() else None


@every_load
def test_later_version(load: Load, scenario: Scenario) -> None:
    """A store whose files say that a much later version wrote them."""
    for runs in scenario.sizes():
        written = write_store(scenario, runs)
        if not raise_versions(written.store):
            scenario.not_applicable("no file of the store, apart from records, says in which version it was written")
        before = dir_snapshot(written.store)
        reading = written.read(written.store)
        if reading.keys() != written.before.keys() and not names_the_version(reading[""]):
            message = f"of {len(written.before) - 1} runs {len(reading) - 1} are read, and no problem is reported"
            scenario.breaks(LATER, f"Written in a later version: {message}.")
        more = plan_sweep(runs + 1).experiment(written.ctx.target)
        summary = written.ctx.target.attempt(more, written.ctx.options)
        if summary.error is not None and not names_the_version({"": summary.error}):
            scenario.breaks(LATER, f"Written in a later version: run() raised {summary.error}, which does not say so.")
        if changed := changes(before, dir_snapshot(written.store)):
            message = f"A sweep was run on a store that a later version had written, and {changed[0]}."
            scenario.breaks(LATER, message, len(changed) - 1)


def names_the_version(problems: Mapping[str, str]) -> bool:
    """Return whether an error gives the version or the format as its reason."""
    return any(word in text.lower() for text in problems.values() for word in ("version", "format", "schema"))


@every_load
def test_strangers(load: Load, scenario: Scenario) -> None:
    """A store with files of file managers and synchronisation tools in every folder."""
    for runs in scenario.sizes():
        written = write_store(scenario, runs)
        strangers = leave_strangers(written.store)
        report(
            scenario,
            compare_readings(
                STRANGERS, written.before, written.read(written.store), "with files of other programs in it"
            ),
        )
        if executed := count_executions(written.whole, in_new_session(written.ctx)):
            scenario.breaks(STRANGERS, f"Of {runs} finished runs {executed} were executed again.")
        if missing := [path for path in strangers if not is_as_left(path)]:
            where = missing[0].relative_to(written.store)
            message = f"Of {len(strangers)} files of other programs {len(missing)} vanished or were altered: {where}."
            scenario.breaks(STRANGERS, message)


@every_load
def test_exported(load: Load, scenario: Scenario) -> None:
    """A store exported into an empty one."""
    module, dialect = scenario.target.module, scenario.target.dialect
    export = getattr(getattr(module, "store", None), "export_store", None)
    if export is None or not hasattr(module, "FileStoreConfig"):
        scenario.not_applicable("this metalab offers no export_store")
    for runs in scenario.sizes():
        written = write_store(scenario, runs)
        other = written.store.with_name("exported")
        before = dir_snapshot(written.store)
        for experiment_id in written.ids:
            source, destination = (
                dialect.reader(module, str(root), experiment_id).store for root in (written.store, other)
            )
            try:
                export(source, destination, include_artifacts=True)
            except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
                scenario.breaks(EXPORTED, f"export_store() raised {one_line(error)}.")
        if changed := changes(before, dir_snapshot(written.store)):
            scenario.breaks(EXPORTED, f"The store was exported, and {changed[0]}.", len(changed) - 1)
        overwrite(written.store)
        report(scenario, compare_readings(EXPORTED, written.before, written.read(other), "exported"))


@pytest.mark.breaking_point("moved-stores", light=3, medium=3, heavy=3, extreme=3)
def test_other_generations(load: Load, scenario: Scenario) -> None:
    """Stores of three runs that today's generation of metalab and its first release wrote."""
    scenario.target.require("results")
    for write in (write_today, write_first):
        place, facts = write(scenario.folder / write.__name__)
        before = dir_snapshot(place)
        try:
            results = scenario.target.module.load_results(str(place))
        except Exception as error:  # noqa: BLE001 - a refusal must say why
            if not names_the_version({"": str(error)}):
                scenario.breaks(GENERATIONS, f"{write.__name__}: load_results() raised {one_line(error)}.")
            continue
        if found := list(differences(results, facts)):
            scenario.breaks(GENERATIONS, f"{write.__name__}: {found[0]}.", len(found) - 1)
        if changed := changes(before, dir_snapshot(place)):
            scenario.breaks(GENERATIONS, f"{write.__name__}: the store was read, and {changed[0]}.", len(changed) - 1)
        scenario.examined(len(results))
