"""How often is the gate wrong? The same question many times over, on a machine that is kept busy.

`python tests/benchmarks/gate_trials.py [TIMES] [BUSY]`, by default 20 times beside 2 busy processes:

    same       the engine against itself, by turns: a failure is a false alarm
    slower     a metalab of which each run costs a fifth more, against the engine, by turns: it must fail
    quadratic  a metalab whose resuming is quadratic: it must fail by the exponent of counted calls, not by a clock
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_optbench.plugin.collection import bundled_folder
from pytest_optbench.report.comparison import Gate
from pytest_optbench.report.document import SessionReport, read

ENGINE = "pytest_optbench.engine"
SLOWER, QUADRATIC = "throughput.slower_by_a_fifth", "resume.quadratic"
SABOTEURS = Path(__file__).parents[1] / "saboteurs"
COSTS = Path(__file__).with_name("repeated_costs.py")
BY_TURNS = ("--optbench-versus", f"{sys.executable}:{ENGINE}", "--optbench-compare-fail=trial-*:10%")
BY_COUNTS = ("--optbench-compare-fail=resume.resume_growth_exponent>1.1",)
SECONDS = 3600.0  # against a hang


def by_turns(target: str, times: int) -> Counter[str]:
    """Ask in one session so many times whether `target` costs more than the engine: what the gate said, counted."""
    report = asked(COSTS, target, *BY_TURNS, times=times)
    assert report.versus is not None, "asked for"
    for change in report.versus.changes:
        told = f"{change.worse:.3f} ({change.low or 0:.3f} to {change.high or 0:.3f}), {change.samples[0]} pairs"
        print(f"  {change.point} {told}, noise {change.noise:.3f}")
    return Counter(rule.verdict for rule in gate_of(report).rules)


def by_counts(target: str, times: int) -> Counter[str]:
    """Ask in so many sessions whether resuming grows too steeply."""
    item = f"{bundled_folder() / 'resume' / 'test_resume.py'}::test_cost[light]"
    rules = [rule for _ in range(times) for rule in gate_of(asked(item, target, *BY_COUNTS)).rules]
    for rule in rules:
        print(f"  {rule.message}")
    return Counter(rule.verdict for rule in rules)


def gate_of(report: SessionReport) -> Gate:
    """What the gate said in a session that has one, and could judge."""
    assert report.gate is not None, "asked for"
    if report.gate.failures:
        raise RuntimeError(report.gate.failures)
    return report.gate


def asked(item: object, target: str, *options: str, times: int = 1) -> SessionReport:
    """The report of one session."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "report.json")
        path = os.pathsep.join(filter(None, (str(SABOTEURS), os.environ.get("PYTHONPATH", ""))))
        environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": folder, "GATE_TRIALS": str(times)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(item), "--metalab", target]
        done = subprocess.run(
            [*command, f"--optbench-json={told}", *options],
            env=environment, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        if not told.exists():
            raise RuntimeError(done.stdout + done.stderr)
        return read(told)


@contextmanager
def busy(number: int) -> Iterator[None]:
    """Keep the machine busy with that many processes, as long as the context."""
    neighbours = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()


def main(times: int = 20, neighbours: int = 2) -> None:
    """Ask every question so many times, and count the answers."""
    questions = (("same", by_turns, ENGINE), ("slower", by_turns, SLOWER), ("quadratic", by_counts, QUADRATIC))
    with busy(neighbours):
        for name, ask, target in questions:
            began = time.monotonic()
            answers = ask(target, times)
            told = ", ".join(f"{count} {verdict}" for verdict, count in answers.items())
            print(f"{name}: {told}, of {times} in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
