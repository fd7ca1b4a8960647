"""Parameters: from what a plan says to what an operation gets, and the id that stands for it.

Promise: different params are different runs and equal ones the same run, whatever their order and in every process;
the operation receives what was planned, with its types; what is refused is refused by name before anything runs;
nobody changes what was given, and resolving twice changes nothing.
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
from pytest_optbench.plugin.probing import report_probes, searched
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.falsify import drawn
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, executing, run_key
from pytest_optbench.target import load_target
from pytest_optbench.text import short_repr
from pytest_optbench.workloads.basic import noop
from pytest_optbench.workloads.confusable_values import PAIRS, REORDERED
from pytest_optbench.workloads.strategies import Params, confusable_params, params, reordered_params

DIFFERENT = promise("parameter-resolution.different-params")
SAME = promise("parameter-resolution.equal-params")
STABLE = promise("parameter-resolution.same-in-every-process")
ACCEPTED = promise("parameter-resolution.ordinary-params")
report = partial(report_probes, accepted=ACCEPTED)
RECEIVES = promise("parameter-resolution.received-as-planned")
REFUSED = promise("parameter-resolution.refused-by-name")
UNTOUCHED = promise("parameter-resolution.untouched")
RESOLVED = promise("parameter-resolution.resolved-once")
OWN = {"wide": "width", "deep": "depth"}  # the parameter that each mode has to itself
ODD = {"an object": object(), "a function": lambda: 0, "a lock": threading.Lock(), "a list of objects": [object()]}
TARGET = load_target()
T = TypeVar("T")

EXAMPLES = {"light": 12, "medium": 250, "heavy": 10_000, "extreme": 10**9}
CASES = {"light": 3, "medium": 100, "heavy": 1_000, "extreme": 5_000}  # that are well, beside the one that is not


def catalogue_runs(load: Load, _settings: Any) -> str:
    """What a part stores: the values of the catalogue and those that are drawn, one by one where they are odd."""
    return f"{explain_runs(2 * (len(PAIRS) + len(REORDERED)) + load.size)}, in stores that are removed once read"


every_load = pytest.mark.breaking_point("parameter-resolution", **EXAMPLES, explain=catalogue_runs)
every_case = pytest.mark.breaking_point(
    "parameter-resolution", **CASES, explain=lambda load, _settings: explain_runs(2 * load.size)
)


@TARGET.operation(name="meddle")
def meddle(params: Any, seeds: Any, capture: Any) -> None:
    """Say what arrived, then spoil it: the next replicate must not see that."""
    key = run_key(dict(params), seeds.root_seed, seeds.replicate_index)
    with executing(key) as produced:
        produced.metrics[RECEIVED] = short_repr(dict(params))
        capture.metric(WITNESS_METRIC, key)
        params["deep"]["list"].append("spoilt")
        params["flat"] = "spoilt"


@every_load
def test_different_ids(load: Load, scenario: Scenario) -> None:
    """Different params, different ids."""
    sweeps = IdentityProbe(scenario.at())
    ids = sweeps.ids([{"p": value} for pair in PAIRS for value in pair])
    curve, shared = [], []
    for tried, (pair, one, other) in enumerate(zip(PAIRS, ids[::2], ids[1::2], strict=True), start=1):
        if one is not None and one == other:
            shared.append(shared_id_message({"p": pair[0]}, {"p": pair[1]}, one))
        curve.append((tried, tried - len(shared), one is None or one != other))
    scenario.limit("similar parameters distinguished", len(PAIRS) - len(shared), "pairs", curve, stopped="ceiling")
    if not shared:
        shared += searched(scenario, confusable_params(), sweeps.shared_id)
    report(scenario, sweeps, DIFFERENT, shared)


@every_load
def test_same_ids(load: Load, scenario: Scenario) -> None:
    """Equal params, equal ids, whatever their order."""
    sweeps = IdentityProbe(scenario.at())
    pairs = [({"p": one}, {"p": twin}) for one, twin in REORDERED]
    found = [told for pair in pairs if (told := sweeps.same_run(*pair))]
    if not found:
        found += searched(scenario, reordered_params(), lambda pair: sweeps.same_run(*pair))
    report(scenario, sweeps, SAME, found)


@every_load
def test_same_ids_in_another_process(load: Load, scenario: Scenario) -> None:
    """Equal params, equal ids, in every process and under every PYTHONHASHSEED."""
    for size in scenario.sizes("examples"):
        sweeps = IdentityProbe(scenario.at(f"here-{size}"))
        cases = cases_of(size, scenario)
        here = sweeps.ids(cases)
        unstable = []
        for seed in HASH_SEEDS[: 1 if load.intensity == "light" else None]:
            there, executed = ids_in_another_process(scenario.at(f"elsewhere-{size}-{seed}"), cases, seed)
            sweeps.executed += executed
            pairs = zip(cases, here, there, strict=True)
            unstable += [
                f"{short_repr(case)} is run {mine} here and {theirs} in a process with PYTHONHASHSEED={seed}"
                for case, mine, theirs in pairs
                if mine != theirs
            ]
        scenario.limit(
            "run ids unstable across processes",
            len(unstable),
            "ids",
            [(len(cases), len(unstable), not unstable)],
            better="lower",
        )
        report(scenario, sweeps, STABLE, unstable)


@every_load
def test_received(load: Load, scenario: Scenario) -> None:
    """The operation receives what was planned, with its types, and its run is stored."""
    sweeps = IdentityProbe(scenario.at())
    found = sweeps.lost([{"p": value} for pair in (*PAIRS, *REORDERED) for value in pair])
    if not found:
        found += searched(scenario, params(), lambda case: "".join(sweeps.lost([case])))
    report(scenario, sweeps, RECEIVES, found)


@every_load
def test_received_in_another_process(load: Load, scenario: Scenario) -> None:
    """Worker processes receive what was planned, too."""
    TARGET.require("process")
    for size in scenario.sizes("examples"):
        here = IdentityProbe(scenario.at(f"here-{size}"))
        sweeps = IdentityProbe(scenario.at(f"workers-{size}", executor="process"))
        cases = cases_of(size, scenario)
        accepted = dict(zip(here.ids(cases), cases, strict=True))  # one case of each id
        accepted.pop(None, None)
        planned = list(accepted.values())
        report(scenario, here, RECEIVES, [])
        report(scenario, sweeps, RECEIVES, sweeps.run(planned).lost(planned))


def cases_of(examples: int, scenario: Scenario) -> list[Params]:
    """The catalogue of values, and so many that are drawn, as cases."""
    catalogue = [{"p": value} for pair in (*PAIRS, *REORDERED) for value in pair]
    return [*catalogue, *drawn(params(), examples, scenario.examples)]


@every_case
def test_refused(load: Load, scenario: Scenario) -> None:
    """What is refused is refused by name, before anything runs, also as the last of many cases."""
    for size in scenario.sizes("cases"):
        sweeps = IdentityProbe(scenario.at())
        found = []
        for what, odd in ODD.items():
            cases = [{"odd_one": value} for value in (*range(size), odd)]
            found += refusal_problems(
                sweeps.run(cases, operation=noop), "odd_one", f"{what} as value {size} of odd_one"
            )
        report(scenario, sweeps, REFUSED, found)


@every_case
def test_resolver_refuses(load: Load, scenario: Scenario) -> None:
    """A resolver that misses a parameter of the first case, or meets an unknown one, stops the sweep at once."""
    for size in scenario.sizes("cases"):
        sweeps = IdentityProbe(scenario.at())
        sound = [{"mode": "deep", "depth": depth} for depth in range(size)]
        missing = sweeps.run([{"mode": "deep"}, *sound], resolver=conditional)
        surplus = sweeps.run([{"mode": "deep", "depth": 1, "dehpt": 2}, *sound], resolver=conditional)
        found = refusal_problems(missing, "depth", "a missing depth") + refusal_problems(
            surplus, "dehpt", "a surplus dehpt"
        )
        found += ["the resolver's refusal was passed over" for swept in (missing, surplus) if swept.error is None]
        report(scenario, sweeps, REFUSED, found)


@every_case
def test_untouched(load: Load, scenario: Scenario) -> None:
    """An operation that changes its params spoils neither other replicates, nor the plan, nor the record."""
    for size in scenario.sizes("replicates"):
        judge_untouched(scenario, (0, size))


def judge_untouched(scenario: Scenario, seeds: tuple[int, int]) -> None:
    """Run a case whose operation spoils its params under so many seeds, and see what was spoilt."""
    sweeps = IdentityProbe(scenario.at())
    given = {"flat": 1, "deep": {"list": [1]}}
    planned = copy.deepcopy(given)
    swept = sweeps.run([given], operation=meddle, seeds=seeds)
    found = [f"after an operation changed its params: {told}" for told in swept.lost([planned], seeds)]
    if given != planned:
        found.append(f"the caller's own {planned} became {given}")
    stored = [run for run in swept.runs if run.params is not None]
    found += [f"run {run.run_id} of {planned} is stored with {run.params}" for run in stored if run.params != planned]
    report(scenario, sweeps, UNTOUCHED, found)


@every_case
def test_resolved(load: Load, scenario: Scenario) -> None:
    """The resolver decides the params of a run; resolving them again changes nothing."""
    for size in scenario.sizes("cases of each mode"):
        judge_resolved(scenario, size)


def judge_resolved(scenario: Scenario, count: int) -> None:
    """Resolve so many cases of each mode, and once more what they were resolved to."""
    sweeps = IdentityProbe(scenario.at())
    raw = [{"mode": mode, own: size, "note": "-"} for mode, own in OWN.items() for size in range(count)]
    given = copy.deepcopy(raw)
    resolved = [conditional({}, case) for case in raw]
    folder = sweeps.new_folder()
    first = sweeps.run_in(folder, given, resolver=conditional)
    found = first.lost(resolved)
    if given != raw:
        found.append(f"resolving changed the caller's own {raw[0]} into {given[0]}")
    again = sweeps.run_in(folder, resolved, resolver=conditional)
    if again.executions or again.error is not None:
        what = again.error or f"{len(again.executions)} of {len(resolved)} runs were executed again"
        found.append(f"{resolved[0]} and its like, resolved a second time: {what}")
    report(scenario, sweeps, RESOLVED, found)


def conditional(_context_meta: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Each mode has a parameter of its own, a third follows from it; notes are dropped."""
    own = OWN[raw["mode"]]
    for name in raw:
        if name not in ("mode", own, "note", "area"):
            raise ValueError(f"unknown parameter {name!r}")
    if own not in raw:
        raise ValueError(f"parameter {own!r} is missing")
    return {"mode": raw["mode"], own: raw[own], "area": raw[own] ** 2}


def refusal_problems(swept: ProbeResult, name: str, what: str) -> list[str]:
    """What is wrong with the way a sweep was refused; nothing where it was not."""
    if swept.error is None:
        return []
    if swept.executions:
        return [f"{what} was refused after {len(swept.executions)} runs had executed: {swept.error}"]
    return [] if name in swept.error else [f"{what} was refused without its name: {swept.error}"]
