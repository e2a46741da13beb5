"""Other programs, run beside a test and ended with it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
import os
from pathlib import Path
import secrets
import socket
import subprocess
import sys
from typing import BinaryIO

REPOSITORY = Path(__file__).parent.parent


def free_port() -> int:
    """Return a port that nobody listens on.

    It is none of those that the kernel hands out to connections, which would have it
    taken before it is listened on.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with suppress(OSError):
            ensure_free(port)
            return port


def ensure_free(port: int) -> None:
    """Raise OSError where somebody listens on a port."""
    socket.create_server(("127.0.0.1", port)).close()


def _appending(output: Path | None) -> BinaryIO:
    return Path(output or os.devnull).open("ab")


async def start(
    *arguments: str | Path,
    cwd: Path = REPOSITORY,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> asyncio.subprocess.Process:
    """Start a Python program, out of reach of this terminal's Ctrl-C."""
    with _appending(output) as stream:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


async def stop(process: asyncio.subprocess.Process, patience: float = 30) -> int:
    """End a program and return its exit code."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(patience):
                await process.wait()
        except TimeoutError:
            process.kill()
    return await process.wait()


@asynccontextmanager
async def running(
    *arguments: str | Path, cwd: Path = REPOSITORY, output: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a Python program for as long as the context lasts."""
    process = await start(*arguments, cwd=cwd, output=output)
    try:
        yield process
    finally:
        await stop(process, 5)
