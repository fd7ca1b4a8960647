"""The command line and the ini file, read once into one frozen `Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from pytest_optbench.report import baseline
from pytest_optbench.report.gate import EXAMPLES, Rule, parse

from . import checks
from .checks import about, bounded, refuse_unless
from .invocation import Invocation
from .mark_expressions import names_asked

INTENSITIES = ("light", "medium", "heavy", "extreme")
SHARDS: Mapping[str, int] = {"light": 1, "medium": 4, "heavy": 32, "targeted": 4, "random": 4}
BUDGET_SECONDS = 60.0
TRIALS = 100
REPLICATES = 3
ROUNDS = 20


@dataclass(frozen=True)
class Settings:
    """What the user asked for; below the pytest layer nobody sees `pytest.Config`.

    `budget` is in seconds and holds for one breaking point; `shards` is None where the plugin chooses. `intensities`
    are those that the mark expression asks for, `only` the breaking points to keep, all where it is empty. Paths are
    absolute: a relative one means the folder where the session began. `named` is whether the command line names the
    metalab under test.
    """

    metalab: str | None
    store: str | None
    workers: int
    executor: Literal["thread", "process"]
    targeted: tuple[str, str] | None
    replicates: int
    trials: int | None
    budget: float
    shards: int | None
    processes: int
    bundled: bool
    explain: bool
    json: Path | None
    html: Path | None
    save: str | None
    save_over: bool
    compare: str | None
    rules: tuple[Rule, ...]
    allow_missing: bool
    versus: str | None
    rounds: int
    root: Path
    intensities: frozenset[str]
    only: tuple[str, ...]
    named: bool
    began: Invocation

    @classmethod
    def from_config(cls, config: pytest.Config) -> Settings:
        """Read and check everything that can be checked without importing the target.

        Raises:
            InvalidInputError: an option whose value cannot mean anything.
        """
        option = config.getoption
        given = {name: checks.text(name, option(_destination(name))) for name in _TEXTS}
        began = Invocation.of(config)
        _check_sweeps(config)
        targeted, trials = option("optbench_targeted"), option("optbench_trials")
        settings = cls(
            metalab=given["--metalab"] or config.getini("metalab") or None,
            store=_located(began, given["--optbench-store"]),
            workers=bounded("--optbench-workers", option("optbench_workers")),
            executor=cast('Literal["thread", "process"]', option("optbench_executor")),
            targeted=tuple(targeted) if targeted else None,
            replicates=_bounded_or(REPLICATES, "--optbench-replicates", option("optbench_replicates")),
            trials=_bounded_or(TRIALS, "--optbench-trials", trials) if option("optbench_random") else None,
            budget=bounded("--optbench-budget", option("optbench_budget")),
            shards=_bounded_or(None, "--optbench-shards", option("optbench_shards")),
            processes=_processes(config),
            bundled=option("optbench"),
            explain=option("optbench_explain"),
            json=_report(began, "--optbench-json", given["--optbench-json"]),
            html=_report(began, "--optbench-html", given["--optbench-html"]),
            save=given["--optbench-save"],
            save_over=option("optbench_save_over"),
            compare=given["--optbench-compare"],
            rules=_rules(option("optbench_compare_fail")),
            allow_missing=option("optbench_compare_allow_missing"),
            versus=_interpreter(began, given["--optbench-versus"]),
            rounds=_bounded_or(ROUNDS, "--optbench-rounds", option("optbench_rounds")),
            root=config.rootpath,
            intensities=names_asked(option("markexpr", "") or "") & {*INTENSITIES},
            only=_points(option("optbench_only")),
            named=given["--metalab"] is not None,
            began=began,
        )
        settings.check_gate()
        if not hasattr(config, "workerinput"):  # what is tried on the disk is tried once
            settings.check_places()
        return settings

    def check_gate(self) -> None:
        """Refuse a gate that could judge nothing, and a name that no baseline can have.

        Raises:
            InvalidInputError: rules about change without anything to compare with, or a bad name.
        """
        relative = next((rule.text for rule in self.rules if rule.relative), None)
        refuse_unless(
            not relative or self.compare or self.versus,
            f"--optbench-compare-fail {relative}: a rule about change needs --optbench-compare or --optbench-versus",
        )
        if self.save:
            with about("--optbench-save"):
                baseline.path_of(self.save, self.root)

    def check_places(self) -> None:
        """Refuse a store or a report that could not be written at the end.

        Raises:
            InvalidInputError: it names the option and what is wrong with its place.
        """
        if self.store is not None:
            checks.check_store(self.store)
        refuse_unless(
            self.json is None or self.json != self.html,
            f"--optbench-json and --optbench-html name one file, {self.json}: give each its own",
        )
        for option, path in (("--optbench-json", self.json), ("--optbench-html", self.html)):
            if path is not None:
                checks.check_report(option, path)
        checks.check_html(self.html)
        if self.save:
            checks.check_baseline_folder("--optbench-save", baseline.path_of(self.save, self.root))

    @property
    def gated(self) -> bool:
        """Whether this session can fail by its figures, or by a break that its baseline does not know."""
        return bool(self.compare or self.rules or self.versus)

    @property
    def asked(self) -> str | None:
        """The sweep asked for beside the load tables: `targeted`, `random` or None."""
        return "targeted" if self.targeted else "random" if self.trials else None

    @property
    def in_use(self) -> bool:
        """Whether the command line alone tells that scenarios are to run.

        A mark expression does not: other people's tests have a mark `light` too.
        """
        explicit = self.named or self.store or self.asked or self.json or self.html or self.only
        judged = self.save or self.compare or self.rules or self.versus
        return bool(self.bundled or self.explain or explicit or judged)

    def shards_of(self, intensity: str) -> int:
        """How many items a sharded load becomes: a fixed number, so that item names never change with `-n`.

        Only an extreme load, which ends by its time budget and not by its size, has one shard a worker.
        """
        return self.shards or SHARDS.get(intensity) or max(1, self.processes)


def add_options(parser: pytest.Parser) -> None:
    """Declare every option and ini value of the plugin."""
    group = parser.getgroup("optbench", "stress scenarios for an experiment runner (pytest-optbench)")
    for name, keywords in _OPTIONS.items():
        group.addoption(name, **{**keywords, "help": keywords["help"].replace("%", "%%")})  # argparse formats it
    parser.addini("metalab", "the metalab under test, a module name (as --metalab)", default=None)


_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--metalab": {
        "metavar": "MODULE",
        "help": "the metalab under test: a module with metalab's interface (default: $OPTBENCH_METALAB, "
        "else the installed metalab, else the embedded engine)",
    },
    "--optbench": {
        "action": "store_true",
        "help": "collect the scenarios that are bundled with the plugin, whatever the ini file says of test files",
    },
    "--optbench-only": {
        "action": "append", "default": [], "metavar": "POINT[,POINT...]",
        "help": "keep the scenarios of these breaking points alone; it narrows what is collected, so bundled ones "
        "need --optbench as well",
    },
    "--optbench-store": {
        "metavar": "LOCATOR",
        "help": "keep results there, and resume from what is there (default: a temporary folder)",
    },
    "--optbench-workers": {
        "type": int, "default": 1, "metavar": "N", "help": "workers of each run inside metalab (default: 1)",
    },
    "--optbench-executor": {
        "choices": ("thread", "process"), "default": "thread",
        "help": "what executes runs inside metalab (default: thread)",
    },
    "--optbench-targeted": {
        "nargs": 2, "metavar": ("ALGORITHM", "PROBLEM"), "help": "sweep one algorithm on one problem instead",
    },
    "--optbench-replicates": {
        "type": int, "metavar": "N",
        "help": f"replicates of a targeted or random sweep (default: {REPLICATES})",
    },
    "--optbench-random": {"action": "store_true", "help": "sweep random hyperparameters instead"},
    "--optbench-trials": {
        "type": int, "metavar": "N", "help": f"trials of the random sweep (default: {TRIALS})",
    },
    "--optbench-budget": {
        "type": float, "default": BUDGET_SECONDS, "metavar": "SECONDS",
        "help": f"time for a breaking point whose load ends by the clock: extreme; its parts share it "
        f"(default: {BUDGET_SECONDS:.0f})",
    },
    "--optbench-shards": {
        "type": int, "metavar": "K",
        "help": "items that a sharded load becomes (default: medium 4, heavy 32, extreme one a worker)",
    },
    "--optbench-explain": {"action": "store_true", "help": "print what would run, and run nothing"},
    "--optbench-json": {"metavar": "PATH", "help": "write the outcome of the session as JSON"},
    "--optbench-html": {
        "metavar": "PATH", "help": "write the outcome of the session as one HTML file (needs pytest-optbench[html])",
    },
    "--optbench-save": {
        "metavar": "NAME", "help": "keep the outcome of the session as a baseline, .optbench/NAME.json",
    },
    "--optbench-save-over": {
        "action": "store_true",
        "help": "save it also over a baseline that has verdicts on parts that this session has none for",
    },
    "--optbench-compare": {
        "metavar": "NAME|FILE",
        "help": "compare with a baseline: breaks that it knows do not fail the session, new ones do",
    },
    "--optbench-compare-fail": {
        "action": "append", "default": [], "metavar": "EXPR",
        "help": f"fail where a limit got worse, or where it did not improve, by rules such as {EXAMPLES}",
    },
    "--optbench-compare-allow-missing": {
        "action": "store_true",
        "help": "pass though parts that the baseline decided did not run, or came to no verdict: list them only",
    },
    "--optbench-versus": {
        "metavar": "PYTHON",
        "help": "measure the chosen scenarios by turns with the metalab of another interpreter, and tell the ratios "
        "(PYTHON:MODULE where the module has another name there)",
    },
    "--optbench-rounds": {
        "type": int, "metavar": "N",
        "help": f"most rounds of --optbench-versus; it ends earlier where all is settled (default: {ROUNDS})",
    },
}  # fmt: skip


_TEXTS = (
    "--metalab", "--optbench-store", "--optbench-json", "--optbench-html", "--optbench-save", "--optbench-compare",
    "--optbench-versus",
)  # fmt: skip


def counts_of_values() -> Mapping[str, int]:
    """How many values each option takes on the command line."""
    flags = {name for name, keywords in _OPTIONS.items() if keywords.get("action") == "store_true"}
    return {name: 0 if name in flags else keywords.get("nargs", 1) for name, keywords in _OPTIONS.items()}


def _destination(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _check_sweeps(config: pytest.Config) -> None:
    """Refuse sweeps that exclude each other, and options of a sweep that nobody asked for."""
    option = config.getoption
    targeted, random = option("optbench_targeted"), option("optbench_random")
    refuse_unless(random or option("optbench_trials") is None, "--optbench-trials needs --optbench-random")
    refuse_unless(
        not (targeted and random),
        "--optbench-targeted and --optbench-random are two different sweeps: ask for one at a time",
    )
    replicates, rounds = option("optbench_replicates"), option("optbench_rounds")
    _bounded_or(None, "--optbench-replicates", replicates)
    refuse_unless(
        targeted or random or replicates is None, "--optbench-replicates needs --optbench-targeted or --optbench-random"
    )
    _bounded_or(None, "--optbench-rounds", rounds)
    refuse_unless(option("optbench_versus") or rounds is None, "--optbench-rounds needs --optbench-versus")


def _bounded_or(default: Any, option: str, value: Any) -> Any:
    return default if value is None else bounded(option, value)


def _report(began: Invocation, option: str, path: str | None) -> Path | None:
    refuse_unless(
        path != "-",
        f"{option} -: standard output has the lines of pytest; name a file, or /dev/stdout where they do no harm",
    )
    return None if path is None else Path(began.absolute(path))


def _located(began: Invocation, locator: str | None) -> str | None:
    return locator if locator is None or "://" in locator else began.absolute(locator)


def _interpreter(began: Invocation, text: str | None) -> str | None:
    """An interpreter that is looked for in the path as it is; one with a slash from where the session began."""
    return began.absolute(text) if text is not None and "/" in text.partition(":")[0] else text


def _rules(texts: list[str]) -> tuple[Rule, ...]:
    with about("--optbench-compare-fail"):
        return tuple(rule for text in texts for rule in parse(text))


def _points(texts: list[str]) -> tuple[str, ...]:
    """The names of --optbench-only, in their order, each once."""
    names = [name.strip() for text in texts for name in text.split(",")]
    refuse_unless(all(names), "--optbench-only: a name is empty; write POINT or POINT,POINT")
    return tuple(dict.fromkeys(names))


def _processes(config: pytest.Config) -> int:
    """How many xdist workers share this session; 0 where there are none."""
    workerinput: Mapping[str, Any] = getattr(config, "workerinput", {})
    asked = workerinput.get("workercount") or config.getoption("numprocesses", None) or 0
    return int(asked)
