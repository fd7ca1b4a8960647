"""Grid algebra: parameter spaces that are counted, indexed, sliced and sampled without being listed."""

from pytest_optbench.grids.build import grid, grid_union, manual, product, with_resolver
from pytest_optbench.grids.case import Branch, Case
from pytest_optbench.grids.distributions import choice, loguniform, loguniform_int, randint, uniform
from pytest_optbench.grids.draws import random
from pytest_optbench.grids.source import Source
from pytest_optbench.grids.space import Space

__all__ = [
    "Branch",
    "Case",
    "Source",
    "Space",
    "choice",
    "grid",
    "grid_union",
    "loguniform",
    "loguniform_int",
    "manual",
    "product",
    "randint",
    "random",
    "uniform",
    "with_resolver",
]
