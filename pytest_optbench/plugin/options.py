"""The command line and the ini file, read once into one frozen `Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_optbench.report import baseline
from pytest_optbench.report.gate import EXAMPLES, Rule

from . import checks
from .checks import YEAR
from .forecast_options import ForecastSettings, check_forecast
from .invocation import Invocation, xdist_workers
from .mark_expressions import names_asked
from .option_fields import (
    a_report,
    a_store,
    a_text,
    an_interpreter,
    at_most,
    option,
    options_of,
    the_points,
    the_rules,
)

if TYPE_CHECKING:
    from pytest_optbench.target.dialect import ExecutorKind

INTENSITIES = ("light", "medium", "heavy", "extreme")
SHARDS: Mapping[str, int] = {"light": 1, "medium": 4, "heavy": 32, "targeted": 4, "random": 4}
CLUSTER = "cluster"  # the mark of parts that start a cluster
BUDGET_SECONDS, TRIALS, REPLICATES, ROUNDS = 60.0, 100, 3, 20


@dataclass(frozen=True, kw_only=True)
class Settings(ForecastSettings):
    """The options of the user; only the pytest layer uses `pytest.Config`.

    Each option is declared here or in a base class. `intensities` are those that the mark expression asks for, and
    `cluster` if it names that; `processes` is the number of xdist workers, 0 without xdist. Paths are absolute: a
    relative one begins in the folder where the session `began`. `named` means that the command line names the metalab
    under test.
    """

    metalab: str | None = option(
        "--metalab",
        "the metalab under test: a module with metalab's interface (default: $OPTBENCH_METALAB, else the installed "
        "metalab, else the embedded engine)",
        metavar="MODULE",
        read=a_text,
    )
    bundled: bool = option(
        "--optbench",
        "collect the scenarios that are bundled with the plugin, independent of the ini file's rules for test files",
        action="store_true",
    )
    only: tuple[str, ...] = option(
        "--optbench-only",
        "keep only the scenarios of these breaking points among the collected ones; bundled ones need --optbench as "
        "well",
        action="append",
        default=[],
        metavar="POINT[,POINT...]",
        read=the_points,
    )
    store: str | None = option(
        "--optbench-store",
        "keep results there, and resume from earlier ones (default: a temporary folder)",
        metavar="LOCATOR",
        read=a_store,
    )
    postgres: bool = option(
        "--optbench-postgres",
        "start a private PostgreSQL for the session, and keep every store in it",
        action="store_true",
        repeats=True,
    )
    targeted: tuple[str, str] | None = option(
        "--optbench-targeted",
        "sweep one algorithm on one problem instead",
        nargs=2,
        metavar=("ALGORITHM", "PROBLEM"),
        repeats=True,
    )
    random: bool = option(
        "--optbench-random", "sweep random hyperparameters instead", action="store_true", repeats=True
    )
    trials: int = option(
        "--optbench-trials",
        f"trials of the random sweep (default: {TRIALS})",
        type=int,
        metavar="N",
        read=at_most(10_000_000, TRIALS),
        repeats=True,
    )
    replicates: int = option(
        "--optbench-replicates",
        f"replicates of a targeted or random sweep (default: {REPLICATES})",
        type=int,
        metavar="N",
        read=at_most(1_000_000, REPLICATES),
        repeats=True,
    )
    shards: int | None = option(
        "--optbench-shards",
        "items that a sharded load becomes (default: medium 4, heavy 32, extreme one a worker)",
        type=int,
        metavar="K",
        read=at_most(10_000),
        repeats=True,
    )
    budget: float = option(
        "--optbench-budget",
        "time for a breaking point whose load ends by the clock: extreme; its parts share it "
        f"(default: {BUDGET_SECONDS:.0f})",
        type=float,
        default=BUDGET_SECONDS,
        metavar="SECONDS",
        read=at_most(YEAR),
        repeats=True,
    )
    workers: int = option(
        "--optbench-workers",
        "workers of each run inside metalab (default: 1)",
        type=int,
        default=1,
        metavar="N",
        read=at_most(1_024),
        repeats=True,
    )
    executor: ExecutorKind = option(
        "--optbench-executor",
        "the executor of runs inside metalab (default: thread); slurm starts a private cluster for the session",
        choices=("thread", "process", "slurm", "dask"),
        default="thread",
        repeats=True,
    )
    dask: str | None = option(
        "--optbench-dask",
        "the Dask scheduler that --optbench-executor dask uses (default: a local cluster for each sweep)",
        metavar="ADDRESS",
        read=a_text,
        repeats=True,
    )
    explain: bool = option("--optbench-explain", "describe what would run, and run nothing", action="store_true")
    json: Path | None = option(
        "--optbench-json", "write the outcome of the session as JSON", metavar="PATH", read=a_report
    )
    html: Path | None = option(
        "--optbench-html", "write the outcome as one HTML file (needs [html])", metavar="PATH", read=a_report
    )
    save: str | None = option(
        "--optbench-save", "save the outcome as a baseline, .optbench/NAME.json", metavar="NAME", read=a_text
    )
    replay: str | None = option(
        "--optbench-replay", "only repeat breaks of .optbench/breaks", metavar="FILE|FOLDER", read=a_text
    )
    save_over: bool = option(
        "--optbench-save-over",
        "replace even a baseline that has verdicts on parts that this session did not decide",
        action="store_true",
    )
    compare: str | None = option(
        "--optbench-compare",
        "compare with a baseline: breaks that it has do not fail the session, new ones do",
        metavar="NAME|FILE",
        read=a_text,
    )
    rules: tuple[Rule, ...] = option(
        "--optbench-compare-fail",
        f"fail if a limit got worse, or did not improve, by rules such as {EXAMPLES}",
        action="append",
        default=[],
        metavar="EXPR",
        read=the_rules,
    )
    allow_missing: bool = option(
        "--optbench-compare-allow-missing",
        "pass although parts that the baseline decided did not run or reached no verdict: only list them",
        action="store_true",
    )
    versus: str | None = option(
        "--optbench-versus",
        "measure the chosen scenarios in turn with the metalab of another interpreter, and report the ratios "
        "(PYTHON:MODULE where the module has another name there)",
        metavar="PYTHON",
        read=an_interpreter,
    )
    rounds: int = option(
        "--optbench-rounds",
        f"most rounds of --optbench-versus; it ends earlier if all is settled (default: {ROUNDS})",
        type=int,
        metavar="N",
        read=at_most(10_000, ROUNDS),
    )
    named: bool
    processes: int
    root: Path
    intensities: frozenset[str]
    began: Invocation

    @classmethod
    def from_config(cls, config: pytest.Config) -> Settings:
        """Read and check everything that can be checked without importing the target.

        Raises:
            InvalidInputError: the value of an option is invalid.
        """
        began = Invocation.of(config)
        given = {name: config.getoption(declared.destination) for name, declared in options_of(cls)}
        values = {name: declared.read(declared.flag, given[name], began) for name, declared in options_of(cls)}
        checks.check_sweeps(given)
        check_forecast(given)
        values["metalab"] = values["metalab"] or config.getini("metalab") or None
        settings = cls(
            **values,
            named=given["metalab"] is not None,
            processes=xdist_workers(config),
            root=config.rootpath,
            intensities=names_asked(config.getoption("markexpr", "") or "") & {*INTENSITIES, CLUSTER},
            began=began,
        )
        checks.check_gate(settings.rules, settings.compare or settings.versus, settings.save, settings.root)
        checks.check_scheduler(settings.dask, settings.executor)
        if not hasattr(config, "workerinput"):  # only one process checks the disk
            settings.check_places()
        return settings

    def check_places(self) -> None:
        """Refuse a store, a report or a baseline that could not be written at the end.

        Raises:
            InvalidInputError: one cannot be written; the message names the option and the reason.
        """
        if self.store is not None:
            checks.check_store(self.store)
        checks.check_reports({"--optbench-json": self.json, "--optbench-html": self.html})
        checks.check_html(self.html)
        if self.save:
            checks.check_baseline_folder("--optbench-save", baseline.path_of(self.save, self.root))

    @property
    def gated(self) -> bool:
        """Whether this session can fail by its figures, or by a break that its baseline does not have."""
        return bool(self.compare or self.rules or self.versus)

    @property
    def asked(self) -> str | None:
        """The sweep that options choose instead of a load table: `targeted`, `random` or None."""
        return "targeted" if self.targeted else "random" if self.random else None

    @property
    def in_use(self) -> bool:
        """Whether the command line alone shows that scenarios will run.

        A mark expression does not: other tests may have a mark `light` too.
        """
        explicit = self.named or self.store or self.asked or self.json or self.html or self.only
        judged = self.save or self.compare or self.rules or self.versus
        return bool(self.bundled or self.explain or self.forecast or explicit or judged)

    def shards_of(self, intensity: str) -> int:
        """Return the number of shards of a load: a fixed number, so that item names do not depend on `-n`.

        Only an extreme load, which ends by its time budget and not by its size, has one shard for each worker.
        """
        return self.shards or SHARDS.get(intensity) or max(1, self.processes)


def add_options(parser: pytest.Parser) -> None:
    """Declare every option and ini value of the plugin."""
    group = parser.getgroup("optbench", "stress scenarios for an experiment runner (pytest-optbench)")
    for _, declared in options_of(Settings):
        escaped = declared.parsing["help"].replace("%", "%%")  # argparse formats it
        group.addoption(declared.flag, **{**declared.parsing, "help": escaped})
    parser.addini("metalab", "the metalab under test, a module name (as --metalab)", default=None)


def counts_of_values() -> Mapping[str, int]:
    """Return how many values each option takes on the command line."""
    return {declared.flag: declared.values for _, declared in options_of(Settings)}
