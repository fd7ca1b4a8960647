"""A plugin for pytest that notes, for each scenario, the bytes and files of runs that its item left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def pytest_runtest_teardown(item: Any) -> None:
    """Append what lies in the stores of the item, before the session removes it."""
    scenario = item.funcargs.get("scenario")
    if scenario is None:
        return
    folders = (scenario.folder, Path(scenario.store))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    stored = [path.stat().st_size for path in files if "witness" not in path.name]
    with Path(os.environ["STORED_BYTES"]).open("a", encoding="utf-8") as notes:
        notes.write(json.dumps([item.originalname, sum(stored), len(stored)]) + "\n")
