"""A central system without Home Assistant, as a process: `python -m … PORT DATABASE`."""

import asyncio
from pathlib import Path
import signal
import sys

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.charge_point import (
    ChargerSettings,
    Shared,
)
from custom_components.schneider_ev.central_system.state import (
    Badges,
    Journal,
    SessionDatabase,
)

IDENTITIES = ("CP-1", "CP-2", "CP-3")


async def main(port: int, path: Path) -> None:
    """Run until the process is terminated."""
    journal = Journal(SessionDatabase(path))
    await journal.load()
    system = CentralSystem(
        host="127.0.0.1",
        port=port,
        shared=Shared(journal=journal, badges=Badges("HOME")),
    )
    for identity in IDENTITIES:
        system.add_charger(identity, ChargerSettings(manage_configuration=False))
    await system.start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await system.stop()
    await journal.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
