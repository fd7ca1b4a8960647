"""Let the fault of the environment happen in an interpreter that the target started; Python imports this at its start.

A `sitecustomize` of the environment, which this one hides, is imported after it.
"""

import contextlib
import importlib
import os
import sys

if "OPTBENCH_FAULT" in os.environ:
    from pytest_optbench.stress.faults.injection import inject_from_environment

    inject_from_environment()

_folder = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != _folder]
_own = sys.modules.pop("sitecustomize")
with contextlib.suppress(ImportError):
    importlib.import_module("sitecustomize")
sys.modules.setdefault("sitecustomize", _own)
