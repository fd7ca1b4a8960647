"""Metrics that are derived from runs after their end, and kept next to their records."""

import logging

import metalab

logging.getLogger().addHandler(logging.NullHandler())


@metalab.operation
def squared(params, capture):
    capture.metric("square", params["n"] ** 2)
    capture.artifact("numbers", [params["n"], params["n"] + 1])


def total(run: metalab.Run) -> dict:
    return {"total": sum(run.artifact("numbers"))}


def cube(run):
    return {"cube": run.params["n"] ** 3}


def broken(run):
    return {"ratio": 1 / 0}


def sweep(name):
    return metalab.Experiment(
        name=name,
        version="1",
        context={},
        operation=squared,
        params=metalab.grid(n=[1, 2]),
        seeds=metalab.seeds(base=1),
    )


def shown(results):
    return sorted((run.params["n"], sorted(run.metrics.items()), sorted(run.derived.items())) for run in results)


if __name__ == "__main__":
    results = metalab.run(sweep("derived"), store="./runs", derived_metrics=[total], verbose=False).result()
    print(shown(results))
    print(shown(metalab.load_results("./runs/derived_1")))
    by_name = metalab.run(sweep("named"), store="./runs", derived_metrics=["derived:cube"], verbose=False)
    print(shown(by_name.result()))

    later = metalab.run(sweep("later"), store="./runs", verbose=False).result()
    print(shown(later))
    later.compute_derived([total])
    later.compute_derived([cube], overwrite=False)
    print(shown(later))
    later.compute_derived(metrics=[cube, broken], overwrite=True, progress=False)
    print(shown(later))

    store = later.store
    run_id = min(run.run_id for run in later)
    print(store.derived_exists(run_id), sorted(store.get_derived(run_id)))
    store.put_derived(run_id, {"by hand": 1.5})
    print(store.get_derived(run_id))
