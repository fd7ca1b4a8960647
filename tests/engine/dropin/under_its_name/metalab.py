"""The engine under the name `metalab`, with its modules under theirs: put this folder on the path to try it."""

import importlib
import pkgutil
import sys

import pytest_optbench.engine as engine

for _module in pkgutil.walk_packages(engine.__path__, f"{engine.__name__}."):
    importlib.import_module(_module.name)
for _name in [_name for _name in sys.modules if _name == engine.__name__ or _name.startswith(f"{engine.__name__}.")]:
    sys.modules["metalab" + _name.removeprefix(engine.__name__)] = sys.modules[_name]
