"""Stores: where runs are kept."""

from .config import StoreConfig
from .file import ExperimentStore
from .opening import FileStore, FileStoreConfig, open_store
from .protocol import Draft, Problem, Store
from .sql.config import SqlStoreConfig
from .transfer import create_store, export_store, import_store, parse_to_config, transfer

__all__ = [
    "Draft",
    "ExperimentStore",
    "FileStore",
    "FileStoreConfig",
    "Problem",
    "SqlStoreConfig",
    "Store",
    "StoreConfig",
    "create_store",
    "export_store",
    "import_store",
    "open_store",
    "parse_to_config",
    "transfer",
]
