"""Short forms of `scripts/soak`; that of the malformed frames is in test_fuzz.py."""

from pathlib import Path

import pytest

from .processes import running
from .soak.kills import kill_in_mid_session


@pytest.mark.timeout(150)
async def test_sessions_survive_kills(tmp_path: Path) -> None:
    """No session lost, no id given twice, no watt-hour wrong."""
    report = await kill_in_mid_session(tmp_path, kills=2, seed=7)
    assert report.sessions
    assert not report.failures, str(report)


async def test_traffic_leaves_nothing_behind(tmp_path: Path) -> None:
    """No task and no object is left of what was there before a reload.

    It has a process of its own: the test suite keeps whatever was logged.
    """
    output = tmp_path / "output"
    arguments = ("-m", "tests.soak", "day", "--count", "2600")
    async with running(*arguments, output=output) as process:
        assert await process.wait() == 0, output.read_text()
    assert "2600 messages and 10 reloads" in output.read_text()
