"""A disk that fails, hangs, or loses what was not synced when the power is cut."""
