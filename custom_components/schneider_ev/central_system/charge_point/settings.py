"""What is said of a charger from outside: by its owner, and by the central system."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..state.badges import Badges
from ..state.journal import Journal

DEFAULT_HEARTBEAT_INTERVAL = 300

type SignRequest = Callable[[str, str], Awaitable[str]]
"""Signs the request of the charger with an identity; returns its certificate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargerSettings:
    """What the owner says of a charger. `maximum_current` is in A.

    A vehicle that sleeps may be woken by a change of availability where
    `wake_by_availability` says so. `reference` is the commercial reference on its type plate. `serial_number` is the one
    that the owner was shown when adding it.
    """

    product: str | None = None
    reference: str | None = None
    phases: int | None = None
    maximum_current: float | None = None
    manage_configuration: bool = True
    serial_number: str | None = None
    wake_by_availability: bool = False


@dataclass(kw_only=True, slots=True)
class Shared:
    """What the chargers of a central system have in common.

    `heartbeat_interval` is in seconds. `sign_request` signs a charger's request for a
    certificate, None refuses it.
    """

    journal: Journal
    badges: Badges
    heartbeat_interval: int = DEFAULT_HEARTBEAT_INTERVAL
    sign_request: SignRequest | None = None

    def configure(
        self,
        *,
        heartbeat_interval: int,
        sign_request: SignRequest | None,
    ) -> None:
        """Take over what the owner says now."""
        self.heartbeat_interval = heartbeat_interval
        self.sign_request = sign_request
