"""The scenario of throughput notices cost that grows, and workers that hold each other up."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

SABOTEURS = (
    Sabotage("throughput_looks_back", "test_growth", "grows linearly.*the cost of one more run grows"),
    Sabotage("throughput_gathers_again", "test_gathering", r"result\(\) takes .* skipped runs.*grows by", ("growth",)),
    Sabotage("throughput_crowds_threads", "test_more_threads", "never slower than one.*by 2 thread workers took"),
    Sabotage("throughput_crowds_processes", "test_more_processes", "never slower than one.*by 2 process workers took"),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_the_figures_notice(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_throughput", tmp_path)
