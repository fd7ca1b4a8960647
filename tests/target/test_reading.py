"""What a store holds comes back as plain data, and what cannot be read as a problem."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lab_probe import build

from pytest_optbench.errors import MissingFeatureError
from pytest_optbench.target import Names, RunOptions, StoredArtifact, Target, Wanted, digest


@pytest.fixture
def store(target: Target, experiment: Any, tmp_path: Path) -> str:
    target.run(experiment, RunOptions(str(tmp_path)))
    return str(tmp_path)


def files(store: str, pattern: str) -> list[Path]:
    return sorted(Path(store).rglob(pattern))


def test_every_run_comes_back(target: Target, experiment: Any, store: str) -> None:
    snapshot = target.read(store, experiment)
    assert snapshot.problems == ()
    seen = sorted((run.metrics["a"], run.metrics["replicate"], run.status) for run in snapshot.runs)
    failed = [(3, 0, "failed"), (3, 1, "failed")]
    assert seen == [(a, index, "success") for a in (1, 2) for index in (0, 1)] + failed
    assert set(snapshot.by_id()) == {run.run_id for run in snapshot.runs}


def test_a_run_is_plain_data(target: Target, experiment: Any, store: str) -> None:
    run = next(run for run in target.read(store, experiment, logs=True).runs if run.metrics["a"] == 3)
    assert run.metrics == {
        "a": 3, "double": 6, "replicate": run.metrics["replicate"], "metadata": 0, "context": 7
    }  # fmt: skip
    assert run.error == {"type": "ValueError", "message": "three is refused"}
    assert (run.experiment_id, run.tags, run.problems) == ("probe:1", (), ())
    assert run.fingerprints == {"context": "", "params": "", "seed": ""}
    later = target.generation == "handle"
    assert run.params == ({"a": 3} if later else None)
    assert run.series == ({"series": ((0, 0.5), (1, 1.5), (2, 2.5))} if later else {})
    assert run.log == (f"run of {run.run_id}" if later else None)


def test_artifacts_come_back_with_the_digest_of_what_was_captured(target: Target, experiment: Any, store: str) -> None:
    for run in target.read(store, experiment).runs:
        expected = digest({"a": run.metrics["a"], "list": [1, None, "x"]})
        (summary,) = run.artifacts.values()
        assert (summary.kind, summary.digest, summary.problem) == ("json", expected, None)
        assert summary.size is not None
        assert summary.size > 20


def test_structured_results_are_told_from_stepped_metrics(handle: Target, tmp_path: Path) -> None:
    def both(capture: Any) -> None:
        capture.data("table", [[1, 2]])
        capture.metric("f", 1.0, step=0)

    experiment = build(handle, [{"a": 1}], both)
    handle.run(experiment, RunOptions(str(tmp_path)))
    run = handle.read(str(tmp_path), experiment).runs[0]
    assert run.data == {"table": StoredArtifact("data", None, digest([[1, 2]]))}
    assert run.series == {"series": ((0, 1.0),)}


def test_only_what_is_wanted_is_read(target: Target, experiment: Any, store: str) -> None:
    for path in files(store, "*.summary"):
        path.unlink()
    runs = list(target.iter_runs(store, experiment, wanted=Wanted(artifacts=False, series=False)))
    assert len(runs) == 6
    assert not any(run.artifacts or run.series or run.log for run in runs)
    assert all(artifact.problem for run in target.read(store, experiment).runs for artifact in run.artifacts.values())


def test_chosen_runs_are_read_without_the_others(target: Target, experiment: Any, store: str) -> None:
    chosen = target.read(store, experiment).runs[2]
    for path in files(store, "*.json"):
        if chosen.run_id not in path.name:
            path.write_text("{")
    snapshot = target.read(store, experiment, run_ids=[chosen.run_id])
    assert snapshot.runs == (chosen,)
    assert snapshot.problems == ()


def test_chosen_runs_that_cannot_be_read_are_problems(target: Target, experiment: Any, store: str) -> None:
    broken = files(store, "*.json")[0]
    broken.write_text("{")
    snapshot = target.read(store, experiment, run_ids=[broken.stem, "0" * 16])
    assert snapshot.runs == ()
    assert snapshot.problems[0].startswith(f"run {broken.stem} cannot be read: JSONDecodeError")
    assert snapshot.problems[1:] == (f"run {'0' * 16} is not in the store",)


def test_a_record_that_the_target_skips_is_a_problem(handle: Target, tmp_path: Path) -> None:
    experiment = build(handle)
    handle.run(experiment, RunOptions(str(tmp_path)))
    files(str(tmp_path), "*.json")[3].write_text("{")
    snapshot = handle.read(str(tmp_path), experiment)
    assert len(snapshot.runs) == 5
    assert [problem.split(":")[0] for problem in snapshot.problems] == ["WARNING"]
    problems: list[str] = []
    for _ in handle.iter_runs(str(tmp_path), experiment, problems=problems):
        logging.getLogger(handle.name).warning("logged between two runs")
    assert problems == list(snapshot.problems)


def test_a_store_that_cannot_be_listed_is_a_problem(facade: Target, tmp_path: Path) -> None:
    experiment = build(facade)
    facade.run(experiment, RunOptions(str(tmp_path)))
    files(str(tmp_path), "*.json")[3].write_text("{")
    snapshot = facade.read(str(tmp_path), experiment)
    assert snapshot.runs == ()
    assert snapshot.problems[0].startswith("the store cannot be listed: JSONDecodeError")


def test_an_artifact_that_cannot_be_loaded_keeps_its_place(target: Target, experiment: Any, store: str) -> None:
    files(store, "*.summary")[0].write_text("{")
    artifacts = [run.artifacts["summary"] for run in target.read(store, experiment).runs]
    (broken,) = [artifact for artifact in artifacts if artifact.problem]
    assert broken.problem is not None
    assert broken.problem.startswith("JSONDecodeError")
    assert broken.digest is None


def test_lists_that_contradict_each_other_are_problems(
    handle: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = build(handle, [{"a": 1}])
    handle.run(experiment, RunOptions(str(tmp_path)))
    twice = [SimpleNamespace(name="x", kind="json", size=9)] * 2
    monkeypatch.setattr(handle.module.Run, "artifacts", lambda run: twice)
    run = handle.read(str(tmp_path), experiment).runs[0]
    assert run.problems == ("the store lists artifact 'x' twice",)
    assert (run.artifacts["x"].size, run.artifacts["x"].digest) == (9, None)
    assert run.artifacts["summary"].problem == "the record lists it, the store does not, and it is read by its name"


@pytest.mark.parametrize("part", ["artifacts", "list_data"])
def test_a_part_that_cannot_be_read_leaves_the_others(
    handle: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    experiment = build(handle, [{"a": 1}])
    handle.run(experiment, RunOptions(str(tmp_path)))

    def fail(*arguments: Any) -> None:
        raise OSError("disk gone")

    owner = handle.module.Run if part == "artifacts" else handle.module.Store
    monkeypatch.setattr(owner, {"list_data": "list_results"}.get(part, part), fail)
    run = handle.read(str(tmp_path), experiment).runs[0]
    assert run.problems
    assert all("OSError: disk gone" in problem for problem in run.problems)
    assert run.params == {"a": 1}


def test_a_folder_that_is_not_there_is_a_problem_and_is_not_made(
    target: Target, experiment: Any, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere"
    snapshot = target.read(str(nowhere), experiment)
    assert snapshot.problems == (f"there is no store at {nowhere}",)
    assert not nowhere.exists()


def test_an_experiment_may_be_named_by_its_id(target: Target, experiment: Any, store: str) -> None:
    assert target.read(store, "probe:1") == target.read(store, experiment)
    assert target.read(store, "other:1").runs == ()


def test_a_run_is_deleted_by_the_targets_own_means(target: Target, experiment: Any, store: str) -> None:
    first, *others = target.read(store, experiment).runs
    target.delete_run(store, experiment, first.run_id)
    assert list(target.read(store, experiment).runs) == others


def test_a_target_without_a_check_says_so(target: Target, experiment: Any, store: str) -> None:
    with pytest.raises(MissingFeatureError, match="'check'"):
        target.check(store, experiment)


def test_a_record_is_found_by_its_content(target: Target, experiment: Any, store: str) -> None:
    run = target.read(store, experiment).runs[0]
    (Path(store) / f"aaa-{run.run_id}.json").write_text(f'{{"run_id": "{run.run_id}"}}')
    (Path(store) / f"bbb-{run.run_id}.json").write_text("{")
    found = target.record_file(store, run.run_id)
    assert found is not None
    assert found.name == f"{run.run_id}.json"
    assert target.record_file(store, "0" * 16) is None


def test_parts_are_read_by_their_names_without_a_list(
    handle: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = build(handle, [{"a": 1}])
    handle.run(experiment, RunOptions(str(tmp_path)))
    monkeypatch.setattr(handle.module.Run, "artifacts", lambda run: [])
    monkeypatch.setattr(handle.module.Store, "list_results", lambda store, run_id: [])
    run = handle.read(str(tmp_path), experiment).runs[0]
    assert run.series == {}
    names = Names(frozenset({"series", "none"}), frozenset({"summary", "none"}), frozenset({"none"}))
    found = handle.read_named(str(tmp_path), experiment, {run.run_id: names, "0" * 16: names})
    assert found.keys() == {run.run_id}
    assert found[run.run_id].series == {"series": ((0, 0.5), (1, 1.5), (2, 2.5))}
    assert found[run.run_id].artifacts["summary"].digest == digest({"a": 1, "list": [1, None, "x"]})
    assert (found[run.run_id].artifacts.keys(), dict(found[run.run_id].data)) == ({"summary"}, {})
    assert found[run.run_id].calls["series"] == ("list_results", "Run.data")
