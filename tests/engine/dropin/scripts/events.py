"""Events and progress: what a sweep says while it is under way, and who shows it."""

import contextlib
import io

import metalab
from metalab import Event, EventKind, MetricDisplay, Progress


@metalab.operation
def counted(params, capture):
    if params["n"] == 2:
        raise ValueError("two is refused")
    capture.metric("square", params["n"] ** 2)


def sweep(name):
    return metalab.Experiment(
        name=name,
        version="1",
        context={},
        operation=counted,
        params=metalab.grid(n=[1, 2, 3]),
        seeds=metalab.seeds(base=1),
    )


def quietly(action):
    """Do something whose output is not that of both."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return action()


heard = []
listener: metalab.EventCallback = heard.append
metalab.run(sweep("heard"), store="./runs", on_event=listener, verbose=False).result()
ends = [event for event in heard if event.kind in (EventKind.RUN_FINISHED, EventKind.RUN_FAILED)]
print(sorted(event.kind.value for event in ends), all(event.run_id and event.timestamp for event in ends))
print(sorted(event.payload["metrics"]["square"] for event in ends if event.kind == "run_finished"))
print([event.payload["error"] for event in ends if event.kind == EventKind.RUN_FAILED])
print(EventKind.RUN_STARTED.value, EventKind.ARTIFACT_SAVED.value, EventKind.PROGRESS.value)
print(all(event.payload["duration_ms"] >= 0 for event in ends if event.kind is EventKind.RUN_FINISHED))
skipped = []
metalab.run(sweep("heard"), store="./runs", on_event=skipped.append, verbose=False).result()
print([event.payload["reason"] for event in skipped if event.kind is EventKind.RUN_SKIPPED])
replaced = metalab.run(sweep("replaced"), store="./runs", verbose=False)
replaced.set_event_callback(None)
replaced.result()

made = [
    Event.run_started("a", n=1),
    Event.run_finished("a", metrics={"square": 4}),
    Event.run_failed("b", error="broken", attempt=2),
    Event.run_skipped("c"),
    Event.run_skipped("c", reason="not now"),
    Event.artifact_saved("a", name="x", uri="there", size=3),
    Event.progress(None, current=1, total=3, message="so far", running=1),
    Event.log("a", message="hello", level="warning"),
]
for event in made:
    print(event.kind.value, event.run_id, sorted(event.payload.items(), key=str))
print(
    Event(kind=EventKind.LOG, run_id=None, timestamp=made[0].timestamp, payload={"message": ""}).kind is EventKind.LOG
)

for style in ("simple", "auto"):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        tracker: metalab.ProgressTracker = metalab.create_progress_tracker(
            total=3, title="squares", style=style, display_metrics=["square"]
        )
        with tracker:
            metalab.run(sweep(f"tracked-{style}"), store="./runs", on_event=tracker, verbose=False).result()
    print(tracker.total, tracker.completed, tracker.failed, tracker.skipped)
simple = metalab.SimpleProgressTracker(
    total=3, title="t", show_failures=True, update_interval=2, display_metrics=["square:.2f"]
)
quietly(lambda: [simple(event) for event in made])
print(simple.completed, simple.failed, simple.skipped, simple.total, simple.title, simple.get_console())

shown = Progress(title="squares", style="simple", display_metrics=["square:.1f", MetricDisplay("other")])
print(shown.title, shown.style, len(shown.display_metrics), Progress().style)
for progress in (True, shown):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        metalab.run(sweep("shown"), store="./runs", resume=False, progress=progress, verbose=False).result()

for display, value in (
    (MetricDisplay("loss", format=".2f", label="L"), 0.125),
    (MetricDisplay.normalize("loss:.3e"), 12345.678),
    (MetricDisplay(name="state", formatter=lambda state: f"<{state}>"), "well"),
    (MetricDisplay.normalize("count"), 3),
):
    print(display.name, display.label, display.format, display.formatter is None, display.format_value(value))
print(MetricDisplay.normalize(spec=display) is display)

results = metalab.load_results("./runs/heard_1")
quietly(lambda: results.display())
quietly(lambda: results.successful.display(group_by=["square"], show_summary=True))
quietly(lambda: metalab.display_results(results, console=None, show_by_group=["square"]))
print("displayed")
