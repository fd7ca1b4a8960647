"""Parameters: from the plan to the operation, and the run ids that they determine.

Promise: different params are different runs and equal ones the same run, in any order and in every process; the
operation receives the planned values with their types; a refusal names the parameter and comes before anything runs;
nothing changes the params of the caller, and resolving them twice changes nothing.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.identity_probe import RECEIVED, IdentityProbe, ProbeResult, shared_id_message
from pytest_optbench.drive.other_process import HASH_SEEDS, ids_in_another_process
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.executors import in_processes
from pytest_optbench.plugin.probing import report_probes, searched
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.falsify import drawn
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, executing, run_key
from pytest_optbench.target import load_target
from pytest_optbench.text import short_repr
from pytest_optbench.workloads.basic import noop
from pytest_optbench.workloads.confusable_values import PAIRS, REORDERED, pair_text
from pytest_optbench.workloads.strategies import Params, confusable_params, params, reordered_params

DIFFERENT = promise("parameter-resolution.different-params")
SAME = promise("parameter-resolution.equal-params")
STABLE = promise("parameter-resolution.same-in-every-process")
ACCEPTED = promise("parameter-resolution.ordinary-params")
RECEIVES = promise("parameter-resolution.received-as-planned")
REFUSED = promise("parameter-resolution.refused-by-name")
report = partial(report_probes, accepted=ACCEPTED, by_name=REFUSED)
UNTOUCHED = promise("parameter-resolution.untouched")
RESOLVED = promise("parameter-resolution.resolved-once")
MODES = {"wide": "width", "deep": "depth"}  # each mode, with the parameter that only it has
ODD = {"an object": object(), "a function": lambda: 0, "a lock": threading.Lock(), "a list of objects": [object()]}
TARGET = load_target()
T = TypeVar("T")

EXAMPLES = {"light": 12, "medium": 250, "heavy": 10_000, "extreme": 10**9}
CASES = {"light": 3, "medium": 100, "heavy": 1_000, "extreme": 5_000}  # valid cases, next to the invalid one


def catalogue_runs(load: Load, _settings: Any) -> str:
    """Explain the load of a part: runs of the values of the catalogue and of drawn values."""
    return f"{explain_runs(2 * (len(PAIRS) + len(REORDERED)) + load.size)}, in stores that are removed once read"


every_load = pytest.mark.breaking_point("parameter-resolution", **EXAMPLES, explain=catalogue_runs)
every_case = pytest.mark.breaking_point(
    "parameter-resolution", **CASES, explain=lambda load, _settings: explain_runs(2 * load.size)
)


@TARGET.operation(name="meddle")
def change_params(params: Any, seeds: Any, capture: Any) -> None:
    """Report the params, then change them, which the next replicate must not notice."""
    key = run_key(dict(params), seeds.root_seed, seeds.replicate_index)
    with executing(key) as produced:
        produced.metrics[RECEIVED] = short_repr(dict(params))
        capture.metric(WITNESS_METRIC, key)
        params["deep"]["list"].append("spoilt")
        params["flat"] = "spoilt"


@every_load
def test_different_ids(load: Load, scenario: Scenario) -> None:
    """Different params have different ids."""
    probe = IdentityProbe(scenario.at())
    ids = probe.ids([{"p": value} for pair in PAIRS for value in pair])
    curve, shared, alike = [], [], []
    for tried, (pair, left, right) in enumerate(zip(PAIRS, ids[::2], ids[1::2], strict=True), start=1):
        if left is not None and left == right:
            alike.append(pair_text(pair))
            shared.append(shared_id_message({"p": pair[0]}, {"p": pair[1]}, left))
        curve.append((tried, tried - len(shared), left is None or left != right))
    distinguished = len(PAIRS) - len(alike)
    scenario.limit("similar parameters distinguished", distinguished, "pairs", curve, stopped="ceiling", failed=alike)
    if not shared:
        shared += searched(scenario, confusable_params(), probe.shared_id)
    report(scenario, probe, DIFFERENT, shared)


@every_load
def test_same_ids(load: Load, scenario: Scenario) -> None:
    """Equal params have equal ids, in any order."""
    probe = IdentityProbe(scenario.at())
    pairs = [({"p": value}, {"p": reordered}) for value, reordered in REORDERED]
    problems = [message for pair in pairs if (message := probe.same_run(*pair))]
    if not problems:
        problems += searched(scenario, reordered_params(), lambda pair: probe.same_run(*pair))
    report(scenario, probe, SAME, problems)


@every_load
def test_same_ids_in_another_process(load: Load, scenario: Scenario) -> None:
    """Equal params have equal ids, in every process and under every PYTHONHASHSEED."""
    for size in scenario.sizes("examples"):
        probe = IdentityProbe(scenario.at(f"here-{size}"))
        cases = cases_of(size, scenario)
        here = probe.ids(cases)
        unstable = []
        for seed in HASH_SEEDS[: 1 if load.intensity == "light" else None]:
            there, executed = ids_in_another_process(scenario.at(f"elsewhere-{size}-{seed}"), cases, seed)
            probe.executed += executed
            pairs = zip(cases, here, there, strict=True)
            unstable += [
                f"{short_repr(case)} is run {id_here} here and {id_there} in a process with PYTHONHASHSEED={seed}"
                for case, id_here, id_there in pairs
                if id_here != id_there
            ]
        scenario.limit(
            "run ids unstable across processes",
            len(unstable),
            "ids",
            [(len(cases), len(unstable), not unstable)],
            better="lower",
        )
        report(scenario, probe, STABLE, unstable)


@every_load
def test_received(load: Load, scenario: Scenario) -> None:
    """The operation receives the planned values with their types, and its run is stored."""
    probe = IdentityProbe(scenario.at())
    problems = probe.lost([{"p": value} for pair in (*PAIRS, *REORDERED) for value in pair])
    if not problems:
        problems += searched(scenario, params(), lambda case: "".join(probe.lost([case])))
    report(scenario, probe, RECEIVES, problems)


@every_load
def test_received_in_another_process(load: Load, scenario: Scenario) -> None:
    """Worker processes receive the planned values as well."""
    kind = in_processes(scenario)
    for size in scenario.sizes("examples"):
        here = IdentityProbe(scenario.at(f"here-{size}"))
        probe = IdentityProbe(scenario.at(f"workers-{size}", executor=kind))
        cases = cases_of(size, scenario)
        accepted = dict(zip(here.ids(cases), cases, strict=True))  # one case of each id
        accepted.pop(None, None)
        planned = list(accepted.values())
        report(scenario, here, RECEIVES, [])
        report(scenario, probe, RECEIVES, probe.run(planned).lost(planned))


def cases_of(examples: int, scenario: Scenario) -> list[Params]:
    """Make a case of each value of the catalogue, and of so many drawn values."""
    catalogue = [{"p": value} for pair in (*PAIRS, *REORDERED) for value in pair]
    return [*catalogue, *drawn(params(), examples, scenario.examples)]


@every_case
def test_refused(load: Load, scenario: Scenario) -> None:
    """A refusal has the name of the parameter and comes before anything runs, even for the last of many cases."""
    for size in scenario.sizes("cases"):
        probe = IdentityProbe(scenario.at())
        problems = []
        for what, odd in ODD.items():
            cases = [{"odd_one": value} for value in (*range(size), odd)]
            problems += refusal_problems(
                probe.run(cases, operation=noop), "odd_one", f"{what} as value {size} of odd_one"
            )
        report(scenario, probe, REFUSED, problems)


@every_case
def test_resolver_refuses(load: Load, scenario: Scenario) -> None:
    """A resolver's refusal of a missing or unknown parameter stops the sweep before anything runs."""
    for size in scenario.sizes("cases"):
        probe = IdentityProbe(scenario.at())
        sound = [{"mode": "deep", "depth": depth} for depth in range(size)]
        missing = probe.run([{"mode": "deep"}, *sound], resolver=conditional)
        surplus = probe.run([{"mode": "deep", "depth": 1, "dehpt": 2}, *sound], resolver=conditional)
        problems = refusal_problems(missing, "depth", "a missing depth") + refusal_problems(
            surplus, "dehpt", "a surplus dehpt"
        )
        problems += [
            "the sweep ignored the resolver's refusal" for result in (missing, surplus) if result.error is None
        ]
        report(scenario, probe, REFUSED, problems)


@every_case
def test_untouched(load: Load, scenario: Scenario) -> None:
    """An operation that changes its params affects neither other replicates, nor the plan, nor the record."""
    for size in scenario.sizes("replicates"):
        judge_untouched(scenario, (0, size))


def judge_untouched(scenario: Scenario, seeds: tuple[int, int]) -> None:
    """Run a case whose operation changes its params under several seeds, and check that nothing else changed."""
    probe = IdentityProbe(scenario.at())
    given = {"flat": 1, "deep": {"list": [1]}}
    planned = copy.deepcopy(given)
    result = probe.run([given], operation=change_params, seeds=seeds)
    problems = [f"after an operation changed its params: {message}" for message in result.lost([planned], seeds)]
    if given != planned:
        problems.append(f"the caller's own {planned} became {given}")
    stored = [run for run in result.runs if run.params is not None]
    problems += [
        f"run {run.run_id} of {planned} is stored with {run.params}" for run in stored if run.params != planned
    ]
    report(scenario, probe, UNTOUCHED, problems)


@every_case
def test_resolved(load: Load, scenario: Scenario) -> None:
    """The resolver decides the params of a run; resolving them again changes nothing."""
    for size in scenario.sizes("cases of each mode"):
        judge_resolved(scenario, size)


def judge_resolved(scenario: Scenario, count: int) -> None:
    """Resolve `count` cases of each mode, and resolve the results once more."""
    probe = IdentityProbe(scenario.at())
    raw = [{"mode": mode, parameter: size, "note": "-"} for mode, parameter in MODES.items() for size in range(count)]
    given = copy.deepcopy(raw)
    resolved = [conditional({}, case) for case in raw]
    folder = probe.new_folder()
    first = probe.run_in(folder, given, resolver=conditional)
    problems = first.lost(resolved)
    if given != raw:
        problems.append(f"resolving changed the caller's own {raw[0]} into {given[0]}")
    again = probe.run_in(folder, resolved, resolver=conditional)
    if again.executions or again.error is not None:
        what = again.error or f"{len(again.executions)} of {len(resolved)} runs were executed again"
        problems.append(f"{len(resolved)} params such as {resolved[0]} were resolved a second time: {what}")
    report(scenario, probe, RESOLVED, problems)


def conditional(_context_meta: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the mode and its parameter, add a parameter that follows from it, and drop notes."""
    parameter = MODES[raw["mode"]]
    for name in raw:
        if name not in ("mode", parameter, "note", "area"):
            raise ValueError(f"unknown parameter {name!r}")
    if parameter not in raw:
        raise ValueError(f"parameter {parameter!r} is missing")
    return {"mode": raw["mode"], parameter: raw[parameter], "area": raw[parameter] ** 2}


def refusal_problems(result: ProbeResult, name: str, what: str) -> list[str]:
    """Return the problems of a refusal, none if the sweep was not refused."""
    if result.error is None:
        return []
    if result.executions:
        return [f"{what} was refused after {len(result.executions)} runs had executed: {result.error}"]
    return [] if name in result.error else [f"{what} was refused without its name: {result.error}"]
