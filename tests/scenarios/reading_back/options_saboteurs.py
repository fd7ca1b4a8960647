"""The options of reading notice one that is ignored."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "reading_back.ignores_tags",
        "test_selections",
        "0 runs match; 0 of them are listed, and 6 others",
        promise="reading-back.options",
    ),
)
