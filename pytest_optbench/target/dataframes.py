"""The runs of an experiment as the target's own pandas frame, in today's generation."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .locators import located


def results_frame(module: ModuleType, store: str, experiment_id: str) -> Any:
    """Return the frame of the target's results, from the store of the experiment where the module can name it."""
    place: Any = located(store)
    if hasattr(module, "FileStoreConfig") and "://" not in place:
        place = module.FileStoreConfig(root=place, experiment_id=experiment_id)
    return module.load_results(place, experiment_id=experiment_id).to_dataframe()
