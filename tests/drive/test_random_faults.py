"""Random faults: the same seed draws the same ones, their name is enough to repeat them, and all kinds come up."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from pytest_optbench.drive.faults import fault_named
from pytest_optbench.drive.random_faults import DEADLY, KINDS, random_names
from pytest_optbench.errors import UnknownNameError


def kinds_of(names: list[str]) -> set[str]:
    return {name.split()[2] for name in names if name}


def test_a_seed_draws_the_same_again_and_another_seed_something_else() -> None:
    first, again, other = (list(random_names(seed, 50, deadly=True)) for seed in (3, 3, 4))
    assert first == again
    assert [name.split("(")[0] for name in first] != [name.split("(")[0] for name in other]


def test_all_kinds_come_up_among_healthy_runs() -> None:
    names = list(random_names(1, 500, deadly=False))
    assert kinds_of(names) == {*KINDS}
    assert 100 < names.count("") < 300
    assert kinds_of(list(random_names(1, 500, deadly=True))) == {*KINDS, *DEADLY}


def test_a_longer_sweep_begins_like_a_short_one() -> None:
    assert list(random_names(2, 40, deadly=True))[:10] == list(random_names(2, 10, deadly=True))


@pytest.mark.parametrize("kind", [*KINDS, *DEADLY])
def test_a_name_is_enough_to_repeat_a_mishap(kind: str) -> None:
    name = f"a random {kind} (12/7)"
    one, same = fault_named(name), fault_named(name)
    assert (one.ends, one.texts) == (same.ends, same.texts)
    assert one.ends == ("dies" if kind in DEADLY else "either" if not one.texts else "raises")


@pytest.mark.parametrize(("handling", "ended"), [("SIG_DFL", signal.SIGHUP), ("SIG_IGN", signal.SIGKILL)])
def test_a_signal_that_is_ignored_ends_the_process_too(handling: str, ended: signal.Signals) -> None:
    """Whatever `nohup` starts ignores SIGHUP."""
    dying = f"signal.signal(signal.SIGHUP, signal.{handling}); die_of(signal.SIGHUP)"
    needed = "import signal; from pytest_optbench.drive.fault_kinds import die_of"
    died = subprocess.run([sys.executable, "-c", f"{needed}; {dying}"], check=False)
    assert died.returncode == -ended


@pytest.mark.parametrize("name", ["a random error (1/x)", "a random war (1/2)", "nothing of the kind"])
def test_a_name_that_nobody_drew_is_refused(name: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown fault"):
        fault_named(name)
