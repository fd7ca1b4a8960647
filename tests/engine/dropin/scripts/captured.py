"""All that an operation may hand over, and how it is read back."""

import logging
from pathlib import Path

import metalab
import numpy as np

LIBRARY = logging.getLogger("a.library")
QUIET = logging.getLogger("another.library")


class Drawing:
    """Whatever has savefig is a figure."""

    def savefig(self, target, **how):
        text = f"{how['format']} {how['dpi']} {how['bbox_inches']}".encode()
        target.write(text) if hasattr(target, "write") else Path(target).write_bytes(text)


@metalab.operation
def capturing(params, seeds, runtime: metalab.Runtime, capture: metalab.Capture):
    capture.metric("loss", 0.25)
    capture.metric(name="name", value="text")
    capture.log_metrics({"flag": True, "count": 3})
    for step in (2, 0, 1):
        capture.metric("curve", 1.0 / (step + 1), step=step)
    capture.log_metrics({"slope": 1.5}, step=7)
    print("so far", sorted(capture.metrics.items()))

    made = capture.artifact("summary", {"a": [1, 2]}, metadata={"of": 1})
    print(made.name, made.kind, made.format, made.size_bytes > 0)
    capture.artifact("array", np.arange(3.0), kind="numpy")
    capture.artifact("both", {"x": np.eye(2), "y": np.zeros(1)})
    capture.artifact("listed", [1, 2], kind="json", format="json")

    report = Path(runtime.scratch_dir) / "report.txt"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("a report")
    print(capture.file("report", report).format)
    capture.file(name="picture", path=str(report), kind="image", metadata={"from": "text"})
    drawn = capture.figure("plot", Drawing(), close=False)
    print(drawn.kind, drawn.format)
    capture.figure("plan", Drawing(), format="svg", dpi=30, bbox_inches=None, metadata={"n": 1}, close=False)
    print(sorted(one.name for one in capture.artifacts))

    capture.data("matrix", np.eye(2), metadata={"dim": 2})
    capture.data("scores", {"a": 0.5})

    capture.log("a line")
    capture.log("a warning", level="warning")
    capture.logger.info("from %s", "its logger")
    capture.subscribe_logger("a.library")
    capture.subscribe_logger("another.library", level=logging.WARNING)
    LIBRARY.info("heard")
    QUIET.info("not heard")
    QUIET.warning("heard as well")
    capture.unsubscribe_logger("a.library")
    LIBRARY.info("no more")
    capture.flush()


@metalab.operation
def missing(params, capture):
    capture.metric("before", 1)
    try:
        capture.file("gone", "nowhere.txt")
    except FileNotFoundError:
        capture.metric("missed", True)


sweep = metalab.Experiment(
    name="captured",
    version="1",
    context={},
    operation=capturing,
    params=metalab.manual([{"n": 1}]),
    seeds=metalab.seeds(base=1),
)
run = metalab.run(sweep, store="./runs", verbose=False).result()[0]
print(run.status.value, run.error)
print(sorted(run.metrics.items()))
print([[round(value, 3) for value in point] for point in run.data("curve")], run.data("slope"), sorted(run.list_data()))
print(run.data("matrix").tolist(), run.data("scores"))
for described in sorted(run.artifacts(), key=lambda one: one.name):
    about = dict(described.metadata)
    print(described.name, described.kind, about, Path(described.uri).is_file())
    print(bool(described.artifact_id), len(described.content_hash) >= 16, described.size_bytes > 0)
print(
    run.artifact("summary"), run.artifact("listed"), run.artifact("array").tolist(), run.artifact("both")["x"].tolist()
)
print(run.artifact("report"), run.artifact("picture"), run.artifact("plot"), run.artifact("plan"))
for ask, error in ((run.artifact, FileNotFoundError), (run.data, KeyError)):
    try:
        ask("nothing")
    except error:
        print("nothing is", error.__name__)
text = metalab.FileStoreConfig(root="./runs", experiment_id="captured:1").connect().get_log(run.run_id, "run")
for said in ("a line", "a warning", "from its logger", "heard", "not heard", "heard as well", "no more"):
    lines = [line for line in text.splitlines() if line.endswith(f" {said}")]
    named = [name for name in ("a.library", "another.library") if any(f"[{name}]" in line for line in lines)]
    print(said, len(lines), "WARNING" in "".join(lines), named)

other = metalab.Experiment(
    name="missing",
    version="1",
    context={},
    operation=missing,
    params=metalab.manual([{"n": 1}]),
    seeds=metalab.seeds(base=1),
)
print(sorted(metalab.run(other, store="./runs", verbose=False).result()[0].metrics.items()))
