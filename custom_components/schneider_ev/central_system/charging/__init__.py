"""Charging limits: what is asked, what is possible, what is sent and why."""
