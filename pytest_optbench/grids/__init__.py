"""Grid algebra: parameter spaces that are counted, indexed, sliced and sampled without being listed."""

from .build import grid, grid_union, manual, product, with_resolver
from .case import Branch, Case
from .distributions import choice, loguniform, loguniform_int, randint, uniform
from .random_space import random
from .source import Source
from .space import Space

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
