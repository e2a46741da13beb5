"""Costs and shares of sessions, by what flowed and what it cost; no Home Assistant."""
