"""Recordings of chargers: from a download of diagnostics to a fixture, and to the wire.

`python -m tests.recording DOWNLOAD NAME` writes tests/fixtures/NAME.json. The download
is that of a charger's device.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from custom_components.schneider_ev.central_system.transport.trace import Direction
from tests.fake_charger import FakeCharger, Payload

FIXTURES = Path(__file__).parent / "fixtures"

_CALL, _RESULT = 2, 3


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a charger, and what it was answered; None where that is not known."""

    action: str
    payload: Payload
    answer: Payload | None


def calls(download: Any) -> Iterator[Call]:
    """Yield the calls of a charger that its diagnostics hold whole, in order."""
    frames = [
        (way, message)
        for _, way, message in download["data"]["traffic"]["frames"]
        if isinstance(message, list)
    ]
    answers = {
        message[1]: message[2]
        for way, message in frames
        if way == Direction.SENT and message[0] == _RESULT
    }
    for way, message in frames:
        if way == Direction.RECEIVED and message[0] == _CALL:
            _, message_id, action, payload = message
            yield Call(action, payload, answers.get(message_id))


def written(recording: list[Call]) -> str:
    """Return a recording as the text of a fixture: one call a line."""
    lines = (json.dumps([call.action, call.payload, call.answer]) for call in recording)
    return f"[\n{',\n'.join(f'  {line}' for line in lines)}\n]\n"


def load(path: Path) -> list[Call]:
    """Return what a fixture holds."""
    return [Call(*call) for call in json.loads(path.read_text())]


async def replay(charger: FakeCharger, recording: list[Call]) -> None:
    """Call as was recorded, with the transactions as they are numbered now."""
    numbers: dict[int, int] = {}
    for call in recording:
        payload = dict(call.payload)
        if (number := payload.get("transactionId")) in numbers:
            payload["transactionId"] = numbers[number]
        answer = await charger.call(call.action, payload)
        if call.answer and (recorded := call.answer.get("transactionId")) is not None:
            numbers[recorded] = answer["transactionId"]


def main(arguments: list[str] | None = None) -> None:
    """Make a fixture of a download."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("download", type=Path, help="the file that was downloaded")
    parser.add_argument("name", help="what the fixture is to be called")
    given = parser.parse_args(arguments)
    recording = list(calls(json.loads(given.download.read_text())))
    (FIXTURES / f"{given.name}.json").write_text(written(recording))


if __name__ == "__main__":
    main()
