"""The command line and the ini file, read once into one frozen `Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from .errors import InvalidInputError
from .report import baseline
from .report.gate import EXAMPLES, Rule, parse

INTENSITIES = ("light", "medium", "heavy", "extreme")
SHARDS: Mapping[str, int] = {"light": 1, "medium": 4, "heavy": 32, "targeted": 4, "random": 4}
BUDGET_SECONDS = 60.0
TRIALS = 100
REPLICATES = 3
ROUNDS = 20


@dataclass(frozen=True)
class Settings:
    """What the user asked for; below the pytest layer nobody sees `pytest.Config`.

    `budget` is in seconds and holds for one breaking point; `shards` is None where the plugin chooses.
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
    versus: str | None
    rounds: int
    root: Path
    chosen: bool

    @classmethod
    def from_config(cls, config: pytest.Config) -> Settings:
        """Read and check everything that can be checked without importing the target.

        Raises:
            InvalidInputError: an option whose value cannot mean anything.
        """
        option = config.getoption
        targeted = option("optbench_targeted")
        trials = option("optbench_trials")
        _refuse_unless(option("optbench_random") or trials is None, "--optbench-trials needs --optbench-random")
        _refuse_unless(
            not (targeted and option("optbench_random")),
            "--optbench-targeted and --optbench-random are two different sweeps: ask for one at a time",
        )
        settings = cls(
            metalab=option("metalab") or config.getini("metalab") or None,
            store=option("optbench_store"),
            workers=_positive("--optbench-workers", option("optbench_workers")),
            executor=cast('Literal["thread", "process"]', option("optbench_executor")),
            targeted=tuple(targeted) if targeted else None,
            replicates=_positive("--optbench-replicates", option("optbench_replicates")),
            trials=_positive("--optbench-trials", trials or TRIALS) if option("optbench_random") else None,
            budget=_positive("--optbench-budget", option("optbench_budget")),
            shards=_optional_positive("--optbench-shards", option("optbench_shards")),
            processes=_processes(config),
            bundled=option("optbench"),
            explain=option("optbench_explain"),
            json=_writable("--optbench-json", option("optbench_json")),
            html=_writable("--optbench-html", option("optbench_html")),
            save=option("optbench_save"),
            save_over=option("optbench_save_over"),
            compare=option("optbench_compare"),
            rules=tuple(rule for text in option("optbench_compare_fail") for rule in parse(text)),
            versus=option("optbench_versus"),
            rounds=_positive("--optbench-rounds", option("optbench_rounds")),
            root=config.rootpath,
            chosen=_mentions_intensity(option("markexpr", "")),
        )
        _check_store(settings.store)
        _check_html(settings.html)
        settings.check_gate()
        return settings

    def check_gate(self) -> None:
        """Refuse a gate that could judge nothing, and a name that no baseline can have.

        Raises:
            InvalidInputError: rules about change without anything to compare with, or a bad name.
        """
        relative = next((rule.text for rule in self.rules if rule.relative), None)
        _refuse_unless(
            not relative or self.compare or self.versus,
            f"--optbench-compare-fail {relative}: a rule about change needs --optbench-compare or --optbench-versus",
        )
        if self.save:
            baseline.path_of(self.save, self.root)

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
        """Whether the command line alone tells that scenarios are to run."""
        explicit = self.metalab or self.store or self.asked or self.json or self.html
        judged = self.save or self.compare or self.rules or self.versus
        return bool(self.bundled or self.explain or self.chosen or explicit or judged)

    def shards_of(self, intensity: str) -> int:
        """How many items a sharded load becomes: a fixed number, so that item names never change with `-n`.

        Only an extreme load, which ends by its time budget and not by its size, has one shard a worker.
        """
        return self.shards or SHARDS.get(intensity) or max(1, self.processes)


def add_options(parser: pytest.Parser) -> None:
    """Declare every option and ini value of the plugin."""
    group = parser.getgroup("optbench", "stress scenarios for an experiment runner (pytest-optbench)")
    for name, keywords in _OPTIONS.items():
        group.addoption(name, **keywords)
    parser.addini("metalab", "the metalab under test, a module name (as --metalab)", default=None)


_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--metalab": {
        "metavar": "MODULE",
        "help": "the metalab under test: a module with metalab's interface (default: $OPTBENCH_METALAB, "
        "else the installed metalab, else the embedded engine)",
    },
    "--optbench": {"action": "store_true", "help": "collect the scenarios that are bundled with the plugin"},
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
        "type": int, "default": REPLICATES, "metavar": "N",
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
    "--optbench-versus": {
        "metavar": "PYTHON",
        "help": "measure the chosen scenarios by turns with the metalab of another interpreter, and tell the ratios "
        "(PYTHON:MODULE where the module has another name there)",
    },
    "--optbench-rounds": {
        "type": int, "default": ROUNDS, "metavar": "N",
        "help": f"most rounds of --optbench-versus; it ends earlier where all is settled (default: {ROUNDS})",
    },
}  # fmt: skip


def _refuse_unless(condition: object, message: str) -> None:
    if not condition:
        raise InvalidInputError(message)


def _positive(option: str, value: Any) -> Any:
    _refuse_unless(0 < value < float("inf"), f"{option} {value}: give a number above 0")
    return value


def _optional_positive(option: str, value: Any) -> Any:
    return None if value is None else _positive(option, value)


def _writable(option: str, path: str | None) -> Path | None:
    if path is None:
        return None
    target = Path(path)
    _refuse_unless(target.parent.is_dir(), f"{option} {path}: there is no folder {target.parent}; make it")
    _refuse_unless(not target.is_dir(), f"{option} {path}: that is a folder; name a file in it")
    return target


def _check_html(path: Path | None) -> None:
    missing = [name for name in ("jinja2", "matplotlib") if path is not None and find_spec(name) is None]
    _refuse_unless(not missing, f"--optbench-html needs {' and '.join(missing)}: pip install 'pytest-optbench[html]'")


def _check_store(locator: str | None) -> None:
    """Refuse a store folder that cannot be one; a locator with a scheme is for the target to judge."""
    if locator is None or "://" in locator:
        return
    folder = Path(locator)
    try:
        _refuse_unless(
            not folder.exists() or folder.is_dir(),
            f"--optbench-store {locator}: that is a file; name a folder, or one that does not exist yet",
        )
        if folder.is_dir():
            next(folder.iterdir(), None)
    except OSError as error:
        raise InvalidInputError(f"--optbench-store {locator}: cannot be read ({error.strerror})") from None


def _processes(config: pytest.Config) -> int:
    """How many xdist workers share this session; 0 where there are none."""
    workerinput: Mapping[str, Any] = getattr(config, "workerinput", {})
    asked = workerinput.get("workercount") or config.getoption("numprocesses", None) or 0
    return int(asked)


def _mentions_intensity(expression: str) -> bool:
    return any(intensity in expression for intensity in INTENSITIES)
