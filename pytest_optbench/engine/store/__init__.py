"""Stores: where runs are kept."""

from .file import ExperimentStore
from .opening import FileStore, FileStoreConfig, open_store
from .protocol import Draft, Problem, Store

__all__ = ["Draft", "ExperimentStore", "FileStore", "FileStoreConfig", "Problem", "Store", "open_store"]
