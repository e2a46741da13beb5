"""What a process wrote and synced, and what of it a power cut leaves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
import random
import struct

_NOTE = struct.Struct("=QQIHcx")


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What happened to a file at `time` in ns.

    It was written (`w`), synced (`s`), truncated (`t`) or removed (`u`).
    """

    time: int
    operation: str
    name: str
    offset: int
    data: bytes


def read(trace: Path) -> Iterator[Note]:
    """Yield the notes of a trace."""
    content = trace.read_bytes()
    position = 0
    while position < len(content):
        time, offset, length, name_length, operation = _NOTE.unpack_from(
            content, position
        )
        position += _NOTE.size
        name = content[position : position + name_length].decode()
        position += name_length
        size = length if operation == b"w" else 0
        yield Note(
            time=time,
            operation=operation.decode(),
            name=name,
            offset=offset,
            data=content[position : position + size],
        )
        position += size


@dataclass
class Medium:
    """What is on the medium for certain, and what is only in memory yet."""

    files: dict[str, bytearray] = field(default_factory=dict)
    unsynced: dict[str, list[Note]] = field(default_factory=dict)

    def take(self, note: Note) -> None:
        """Take over a note: what is synced is there for certain, what is removed not."""
        if note.operation == "u":
            self.files.pop(note.name, None)
            self.unsynced.pop(note.name, None)
            return
        if note.operation != "s":
            self.unsynced.setdefault(note.name, []).append(note)
            return
        content = self.files.setdefault(note.name, bytearray())
        for pending in self.unsynced.pop(note.name, []):
            _apply(pending, content)

    def left(self, chance: random.Random | None) -> dict[str, bytes]:
        """Return the files after a power cut.

        Nothing that was not synced is there; with `chance`, any part of it is.
        """
        left = {name: bytearray(content) for name, content in self.files.items()}
        if chance is not None:
            for name, notes in self.unsynced.items():
                for note in notes:
                    if chance.random() < 0.5:
                        _apply(note, left.setdefault(name, bytearray()))
        return {name: bytes(content) for name, content in left.items()}


def _apply(note: Note, content: bytearray) -> None:
    if note.operation == "t":
        del content[note.offset :]
        content.extend(bytes(note.offset - len(content)))
        return
    content.extend(bytes(max(0, note.offset - len(content))))
    content[note.offset : note.offset + len(note.data)] = note.data
