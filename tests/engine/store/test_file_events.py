"""What one run asks of the file system, counted: no more than its files need, and a little for its claim.

By hand the same run costs an `open` for each of its files, one `mkdir` and one `rename`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import payload
import pytest

COUNTS = """
import json, sys
from collections import Counter
import payload
import pytest_optbench.engine as metalab

def count(event, arguments):
    if event.partition(".")[0] in ("open", "os", "fcntl"):
        counts[event] += 1

def look(event):
    if event.kind == "run_finished":
        finished.append(event.run_id)
        if len(finished) in (1_200, 1_300):  # every shard of the store is there by then
            ends.append(Counter(counts))

counts, finished, ends = Counter(), [], []
sys.addaudithook(count)
experiment = payload.TARGET.experiment(
    name="counted", version="1", operation=payload.OPERATIONS[sys.argv[2]], params=metalab.grid(n=list(range(1_300)))
)
metalab.run(experiment, store=sys.argv[1], executor=metalab.InlineExecutor(), on_event=look).result()
print(json.dumps({event: (ends[1][event] - ends[0][event]) / 100 for event in ends[1]}))
"""
# The run's own files, one `open` each, come on top.
OWN = {
    "open": 1,  # is the run finished by now? asked once its claim is held
    "fcntl.fcntl": 2,  # take the claim, give it back
    "os.mkdir": 1,  # the draft
    "os.rename": 1,  # its publication
}


@pytest.mark.parametrize("workload", payload.OPERATIONS)
def test_a_run_costs_its_files_and_five_events(tmp_path: Path, workload: str) -> None:
    command = [sys.executable, "-c", COUNTS, str(tmp_path / "store"), workload]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    counted = Counter({event: round(number) for event, number in json.loads(done.stdout).items() if number >= 0.5})
    files = len(payload.serialized(workload, 0))
    assert counted == Counter(OWN) + Counter({"open": files})
