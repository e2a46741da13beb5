"""Timestamps of OCPP."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


def stamp(time: datetime) -> str:
    """Format a time: UTC, whole seconds, with a Z."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def parse(text: str) -> datetime:
    """Parse a timestamp; without a time zone it is UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
