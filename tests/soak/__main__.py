"""What takes too long for the test suite, which does the same in short.

`python -m tests.soak` kills a real Home Assistant at 50 random points of its chargers'
sessions, `… frames` sends 100,000 malformed frames, `… day` the traffic of ten chargers
in a day. What was drawn by chance is drawn again for the same `--seed`.
"""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
import logging
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from . import fuzz, kills, traffic


class Report(Protocol):
    """What came of it, as a text as well."""

    failures: list[str]


type Soak = Callable[[Path, int, int], Coroutine[Any, Any, Report]]

SOAKS: dict[str, tuple[Soak, int]] = {
    "kills": (kills.kill_in_mid_session, 50),
    "frames": (fuzz.soak, 100_000),
    "day": (traffic.soak, 260_000),
}
"""What there is, and how many of it."""


def main() -> None:
    """Do as often as is asked for, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=SOAKS, default="kills")
    parser.add_argument("--count", type=int, help="how many of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="tell of each step")
    arguments = parser.parse_args()
    if arguments.verbose:
        logging.basicConfig(format="%(asctime)s %(message)s")
        logging.getLogger(__package__).setLevel(logging.INFO)
    soak, usual = SOAKS[arguments.what]
    count = usual if arguments.count is None else arguments.count
    with TemporaryDirectory() as directory:
        report = asyncio.run(soak(Path(directory), count, arguments.seed))
    sys.stdout.write(f"{report}\n")
    sys.exit(bool(report.failures))


if __name__ == "__main__":
    main()
