"""Costs and shares of sessions, by what flowed and what it cost; no Home Assistant."""

from .account import SessionAccount, Supply, supply
from .totals import LifetimeTotals

__all__ = ["LifetimeTotals", "SessionAccount", "Supply", "supply"]
