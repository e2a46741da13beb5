"""Charge points: chargers and their connectors, and the calls in both directions."""
