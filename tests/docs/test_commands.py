"""The commands in the pages, run: each in a fresh clone, as it is told there.

Those that take many minutes are run in their short form.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
import shlex
import shutil
import signal
import subprocess

import pytest

from homeassistant.core import HomeAssistant
from tests.browser import CHROMIUM
from tests.conftest import DOMAIN
from tests.docs.examples import BLOCK, PAGES, prose
from tests.docs.markdown import ROOT
from tests.processes import free_port

INLINE = re.compile(r"`((?:\.venv/bin|scripts)/[^`]+)`")
ANYWHERE = "ADDRESS-OF-THIS-REPOSITORY"
STANDARD_PORT = "ws://127.0.0.1:9000"
MINUTES = pytest.mark.timeout(600)

DEMO = f"git clone {ANYWHERE} schneider-ev\ncd schneider-ev\nscripts/demo"
EVERY_DEMO = "scripts/demo --product all"
SIMULATOR = (
    ".venv/bin/python -m tests.simulator --product evlink_pro_dc "
    f"--url {STANDARD_PORT} --charging"
)
RECORDING = ".venv/bin/python -m tests.recording download.json my_charger_session"
SCREENSHOTS = "scripts/screenshots"
"""What is run by a test of its own."""

CHANGES_NOTHING = (
    "scripts/setup",
    "scripts/docs",
    "scripts/draw_brand",
    ".venv/bin/python -m tests.solar_days",
    ".venv/bin/pytest tests/platforms/test_snapshots.py --snapshot-update",
    "scripts/test tests/central_system/charging/test_limits.py",
)
"""What finds all as it makes it."""

IN_SHORT = {
    "scripts/bench": ("--brief", r"^\| CPU of a MeterValues \|"),
    "scripts/bench sessions": ("--brief", r"^\| a start: written \| \d"),
    "scripts/soak": (
        "--count 2 --seed 7",
        r"^2 kills, [1-9]\d* sessions.*, 0 failures",
    ),
    "scripts/soak frames": ("--count 100", r"frames, .*, 0 failures"),
    "scripts/soak disk": ("--count 3", r"power cut \d+ times, .*, 0 failures"),
    "scripts/soak neighbours": ("--count 1", r"^1 strangers, 0 failures"),
    "scripts/soak day": ("--count 2600", r"^2600 messages and 10 reloads.*0 failures"),
}
"""With what something is run in short, and what it says then."""


def documented() -> Iterator[str]:
    """Yield the commands of all pages: those that go on from one line to the next as one."""
    for text in PAGES.values():
        yield from INLINE.findall(prose(text))
        for language, block in BLOCK.findall(text):
            if language == "sh" and "\ncd " in block:
                yield block.strip()
            elif language == "sh":
                yield from block.splitlines()


def test_every_command_is_run() -> None:
    """By one of the tests here, of which none is left over."""
    known = {
        *(DEMO, EVERY_DEMO, SIMULATOR, RECORDING, SCREENSHOTS),
        *CHANGES_NOTHING,
        *IN_SHORT,
    }
    bare = {"scripts/demo", "scripts/test"}
    assert set(documented()) - bare == known


@dataclass(frozen=True, slots=True)
class Terminal:
    """A folder to type commands in, and what they print there."""

    folder: Path
    output: Path

    @asynccontextmanager
    async def typed(self, command: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run a command for as long as the context lasts; Ctrl-C ends it."""
        with self.output.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *("bash", "-ec", command),
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGINT)
                async with asyncio.timeout(40):
                    await process.wait()

    async def run(self, command: str) -> str:
        """Run a command to its end, and return what it printed."""
        async with self.typed(command) as process:
            assert await process.wait() == 0, self.printed()
        return self.printed()

    async def until(
        self, process: asyncio.subprocess.Process, condition: Callable[[], object]
    ) -> None:
        """Wait for something while a command runs."""
        while not condition():
            assert process.returncode is None, self.printed()
            await asyncio.sleep(0.1)

    def printed(self) -> str:
        """Return what has been printed."""
        return self.output.read_text()


def environment() -> dict[str, str]:
    """Return the environment of somebody who does not run tests, with free ports."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COV", "PYTEST"))
    } | {
        "DEMO_PORT": str(free_port()),
        "DEMO_OCPP_PORT": str(free_port()),
        "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache"),
    }


def git(folder: Path, *arguments: str) -> str:
    """Run git."""
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    return subprocess.run(
        ["git", *identity, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what is here now, set up already."""
    repository = tmp_path_factory.mktemp("repository")
    for name in git(ROOT, "ls-files", "-co", "--exclude-standard").splitlines():
        if (ROOT / name).exists():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, repository / name)
    (repository / ".venv").symlink_to(ROOT / ".venv")
    git(repository, "init", "--quiet")
    git(repository, "add", "--all", "--force")
    git(repository, "commit", "--quiet", "--message", "All of it")
    return repository


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal in an empty folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return Terminal(folder, tmp_path / "output")


@pytest.fixture
def in_clone(repository: Path, terminal: Terminal) -> Terminal:
    """A terminal in a fresh clone."""
    git(terminal.folder, "clone", "--quiet", str(repository), ".")
    return terminal


@MINUTES
async def test_demo(repository: Path, terminal: Terminal) -> None:
    """It is cloned, it comes up, and ends by Ctrl-C."""
    command = DEMO.replace(ANYWHERE, shlex.quote(str(repository)))
    async with terminal.typed(command) as process:
        await terminal.until(process, lambda: "Ctrl-C stops" in terminal.printed())
    assert process.returncode == 0
    assert "A simulated EVlink Pro AC 2.0.1 charges a car" in terminal.printed()


@MINUTES
async def test_every_demo(in_clone: Terminal) -> None:
    """All products come up."""
    async with in_clone.typed(EVERY_DEMO) as process:
        await in_clone.until(process, lambda: "Ctrl-C stops" in in_clone.printed())
    assert process.returncode == 0
    assert in_clone.printed().count("A simulated ") == 7


async def test_simulator(
    hass: HomeAssistant, central_system: str, in_clone: Terminal
) -> None:
    """The charger dials, and is discovered."""
    command = SIMULATOR.replace(STANDARD_PORT, central_system)
    async with in_clone.typed(command) as process:
        await in_clone.until(
            process, lambda: hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        )
    assert process.returncode == 0


async def test_recording(in_clone: Terminal) -> None:
    """A download becomes a fixture."""
    frames = [
        ["", "received", [2, "1", "Heartbeat", {}]],
        ["", "sent", [3, "1", {"currentTime": "2026-06-01T12:00:00Z"}]],
    ]
    download = {"data": {"traffic": {"frames": frames}}}
    (in_clone.folder / "download.json").write_text(json.dumps(download))
    await in_clone.run(RECORDING)
    made = in_clone.folder / "tests" / "fixtures" / "my_charger_session.json"
    assert json.loads(made.read_text()) == [["Heartbeat", {}, frames[1][2][2]]]


@MINUTES
@pytest.mark.parametrize("command", CHANGES_NOTHING)
async def test_changes_nothing(in_clone: Terminal, command: str) -> None:
    """What it makes is already there."""
    await in_clone.run(command)
    assert not git(in_clone.folder, "status", "--porcelain")


@MINUTES
@pytest.mark.parametrize("command", IN_SHORT)
async def test_in_short(in_clone: Terminal, command: str) -> None:
    """It says what came of it."""
    arguments, says = IN_SHORT[command]
    assert re.search(says, await in_clone.run(f"{command} {arguments}"), re.MULTILINE)


@pytest.mark.timeout(600)
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no browser")
async def test_screenshots(in_clone: Terminal) -> None:
    """Every picture that there is is taken anew."""
    folder = in_clone.folder / "docs" / "screenshots"
    pictures = {picture.name for picture in folder.iterdir()}
    shutil.rmtree(folder)
    await in_clone.run(SCREENSHOTS)
    assert {picture.name for picture in folder.iterdir()} == pictures
