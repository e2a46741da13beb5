"""A short form of `scripts/soak`."""

from pathlib import Path

import pytest

from .soak import kill_in_mid_session


@pytest.mark.timeout(150)
async def test_sessions_survive_kills(tmp_path: Path) -> None:
    """No session lost, no id given twice, no watt-hour wrong."""
    report = await kill_in_mid_session(tmp_path, kills=2, seed=7)
    assert report.sessions
    assert not report.failures, str(report)
