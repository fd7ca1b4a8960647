"""Stress scenarios for the experiment runner metalab, as pytest items."""

__version__ = "0.1.0"
