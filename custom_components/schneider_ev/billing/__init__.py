"""Costs and shares of sessions, by what flowed and what it cost; no Home Assistant."""

from .account import SessionAccount, Supply, supply

__all__ = ["SessionAccount", "Supply", "supply"]
