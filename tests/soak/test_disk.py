"""A short form of `scripts/soak disk`."""

from pathlib import Path

import pytest

from .disk.cuts import cut_power

SESSIONS = 12
SEED = 1


@pytest.mark.timeout(300)
async def test_power_cuts_and_faults(tmp_path: Path) -> None:
    """What is answered is on disk, what cannot be recorded is refused."""
    report = await cut_power(tmp_path, SESSIONS, SEED)
    assert not report.failures, f"seed {SEED}: {report}"
    assert report.cuts == 2 * report.answers > 4 * SESSIONS
    assert report.refusals == 8
