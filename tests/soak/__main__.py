"""Soak tests: too long for the test suite, which runs short forms of them.

`python -m tests.soak` kills a real Home Assistant at 50 random points of its chargers'
sessions, `… frames` sends 100,000 malformed frames, `… day` the traffic of ten chargers
in a day, `… disk` cuts the power while 600 sessions are recorded, and has the disk fail,
`… neighbours` has strangers attack. The same `--seed` repeats the same random choices.
"""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
import logging
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from . import fuzz, kills, neighbours, traffic
from .disk import cuts


class Report(Protocol):
    """The results of a soak test, which str() formats."""

    failures: list[str]


type Soak = Callable[[Path, int, int], Coroutine[Any, Any, Report]]

SOAKS: dict[str, tuple[Soak, int]] = {
    "kills": (kills.kill_in_mid_session, 50),
    "frames": (fuzz.soak, 100_000),
    "day": (traffic.soak, 260_000),
    "disk": (cuts.cut_power, 600),
    "neighbours": (neighbours.soak, 11),
}
"""The soak tests, with their default `--count`."""


def main() -> None:
    """Run a soak test and print its results; exit with 1 if it failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=SOAKS, default="kills")
    parser.add_argument(
        "--count",
        type=int,
        help="of kills, frames, messages, sessions or strangers",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="log each step")
    arguments = parser.parse_args()
    if arguments.verbose:
        logging.basicConfig(format="%(asctime)s %(message)s")
        logging.getLogger(__package__).setLevel(logging.INFO)
    soak, default_count = SOAKS[arguments.what]
    count = default_count if arguments.count is None else arguments.count
    with TemporaryDirectory() as directory:
        report = asyncio.run(soak(Path(directory), count, arguments.seed))
    sys.stdout.write(f"{report}\n")
    sys.exit(bool(report.failures))


if __name__ == "__main__":
    main()
