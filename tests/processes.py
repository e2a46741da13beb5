"""Subprocesses of tests, and free ports."""

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
    """Return a port that no process listens on.

    It is below the ephemeral ports, so that no connection takes it meanwhile.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with suppress(OSError):
            ensure_free(port)
            return port


def ensure_free(port: int) -> None:
    """Raise OSError if a process listens on a port."""
    socket.create_server(("127.0.0.1", port)).close()


def _open_output(output: Path | None) -> BinaryIO:
    return Path(output or os.devnull).open("ab")


async def start(
    *arguments: str | Path,
    cwd: Path = REPOSITORY,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> asyncio.subprocess.Process:
    """Start a Python program in a new session, so that Ctrl-C does not reach it."""
    with _open_output(output) as stream:
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


async def stop(process: asyncio.subprocess.Process, timeout: float = 30) -> int:
    """Terminate a process, kill it after `timeout` seconds; return its exit code."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(timeout):
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
