"""Where parameters come from: grids, lists, random draws, resolvers, and sources of one's own."""

import metalab
from metalab import ParamCase


class Pairs:
    """A source of one's own: whatever gives cases."""

    def __iter__(self):
        for n in range(2):
            yield ParamCase(params={"n": n, "square": n * n}, case_id=f"pair-{n}", tags=["own"])


class Doubling:
    """A resolver as an object."""

    def resolve(self, context_meta, params_raw):
        return {**params_raw, "double": 2 * params_raw["n"]}


def tripled(context_meta, params_raw):
    return {**params_raw, "triple": 3 * params_raw["n"] + context_meta.get("offset", 0)}


@metalab.operation
def keep(params, capture):
    capture.log_metrics(dict(params))


def metrics_of(source: metalab.ParamSource, resolver: metalab.ParamResolver | None = None):
    sweep = metalab.Experiment(
        name="sources",
        version="1",
        context={},
        operation=keep,
        params=source,
        seeds=metalab.seeds(base=1),
        param_resolver=resolver,
    )
    results = metalab.run(sweep, store="./runs", resume=False, verbose=False).result()
    return sorted(sorted(run.metrics.items()) for run in results)


grid = metalab.grid(a=[1, 2], b=["x", "y", "z"])
print(len(grid), sorted(sorted(case.params.items()) for case in grid))
print(
    grid[0].params, isinstance(grid, metalab.GridSource), isinstance(grid[0], metalab.ParamCase), grid[0].case_id != ""
)
print(len(metalab.GridSource(a=[1, 2, 3])))

listed = metalab.manual(cases=[{"n": 1}, {"n": 2}], tags=["by hand"])
print([case.params for case in listed], isinstance(listed, metalab.ManualSource), "by hand" in listed[0].tags)
print([case.params for case in metalab.ManualSource(cases=[{"n": 3}], tags=["tagged"])])

space = {
    "u": metalab.uniform(low=0.0, high=1.0),
    "l": metalab.loguniform(low=1e-3, high=1.0),
    "i": metalab.loguniform_int(low=1, high=1000),
    "r": metalab.randint(low=0, high=9),
    "c": metalab.choice(options=["a", "b"]),
}
drawn = metalab.random(space=space, n_trials=5, seed=7)
again = metalab.RandomSource(space=space, n_trials=5, seed=7)
print(
    len(drawn), [case.params for case in drawn] == [case.params for case in again], drawn[1].params == again[1].params
)
print(all(0 <= case.params["u"] <= 1 and 1e-3 <= case.params["l"] <= 1 for case in drawn))
print(all(1 <= case.params["i"] <= 1000 and 0 <= case.params["r"] <= 9 for case in drawn))
print({type(value).__name__ for value in drawn[0].params.values()} == {"float", "int", "str"})
print(isinstance(drawn, metalab.RandomSource), isinstance(drawn, metalab.GridSource))

numbers = metalab.grid(n=[1, 2])
resolved = metalab.with_resolver(source=numbers, resolver=tripled, context_meta={"offset": 100})
print([case.params for case in resolved], len(resolved), isinstance(resolved, metalab.ResolvedSource))
print([case.params for case in resolved.with_context({"offset": 5})])
print([case.params for case in metalab.ResolvedSource(source=numbers, resolver=Doubling(), context_meta=None)])
print(Doubling().resolve(context_meta={}, params_raw={"n": 4}))

print(metrics_of(metalab.with_resolver(numbers, tripled)))
print(metrics_of(numbers, Doubling()))
print(metrics_of(Pairs()))

plan = metalab.seeds(base=3, replicates=2)
print(isinstance(plan, metalab.SeedPlan), plan.base_seed, plan.replicates, len(plan), plan[1].replicate_index)
print([bundle.root_seed for bundle in metalab.SeedPlan(base=4, replicates=2)])
bundle = metalab.SeedBundle(root_seed=5, replicate_index=1)
print(bundle.derive("a") == bundle.derive(name="a"), bundle.derive("a") != bundle.derive("b"))
print(
    bundle.rng("a").random() == bundle.rng(name="a").random(), bundle.numpy("a").random() == bundle.numpy("a").random()
)
print(
    0 <= bundle.numpy_seed(name="a") < 2**32, bundle.to_dict(), metalab.SeedBundle.from_dict(bundle.to_dict()) == bundle
)
first, second = (metalab.SeedBundle.for_preprocessing(base_seed=5) for _ in range(2))
print(first == second, first != metalab.SeedBundle(5, 0), first.rng().random() == second.rng().random())
