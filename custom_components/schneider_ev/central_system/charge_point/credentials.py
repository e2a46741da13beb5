"""The password that a charger signs in with, and the one that it is changing to."""

from collections.abc import Callable, Mapping
from typing import Any

from ..values import Signal


class Credentials:
    """Who may sign in as a charger: one with a `password` has to.

    While it is not certain which of the two it has, a charger may also sign in with
    `new_password`. One that was secured with TLS has to connect by TLS, until its owner
    allows otherwise or takes the password away. `password_changed` tells of a password
    that the charger took over, `changed` of each change of what is kept.
    """

    def __init__(self, password: str | None) -> None:
        """Start with the password that the owner entered, None for none."""
        self.password = password
        self.new_password: str | None = None
        self._is_secured_with_tls = False
        self.password_changed = Signal[()]()
        self.changed = Signal[()]()

    @property
    def are_required(self) -> bool:
        """Whether the charger has to sign in."""
        return self.password is not None

    @property
    def require_tls(self) -> bool:
        """Whether the charger has to connect by TLS."""
        return self.are_required and self._is_secured_with_tls

    def secured_with_tls(self, *, is_secured: bool) -> None:
        """Note that the charger was secured with TLS, or need not be any more."""
        self._is_secured_with_tls = is_secured
        self.changed.send()

    def admits(self, presents: Callable[[str], bool]) -> bool:
        """Tell whether somebody may sign in, who presents a password or does not.

        All passwords are compared, so that the time does not tell which one matched.
        """
        matches = [
            presents(password)
            for password in (self.password, self.new_password)
            if password is not None
        ]
        return self.password is None or True in matches

    def signed_in(self, presents: Callable[[str], bool]) -> None:
        """Note who signed in: the new password counts alone once it was used."""
        if self.new_password is not None and presents(self.new_password):
            self.take(self.new_password)

    def enter(self, password: str | None) -> None:
        """Take over the password that the owner entered."""
        self.password = password
        if password is None:
            self.secured_with_tls(is_secured=False)

    def take(self, password: str) -> None:
        """Note that the charger has taken over a password, which is the only one now.

        A charger that does not have to sign in does not have to from now on either.
        """
        if self.password is None:
            return
        self.new_password = None
        self.password = password or None
        self.password_changed.send()

    def admit_also(self, password: str) -> None:
        """Admit a password as well, until it is certain which one the charger has."""
        if self.password is not None:
            self.new_password = password
            self.changed.send()

    def settle(self) -> None:
        """Admit only the password that the charger has."""
        self.new_password = None
        self.changed.send()

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        secured = {"secured_with_tls": True} if self._is_secured_with_tls else {}
        return {"new_password": self.new_password, **secured}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self.new_password = data.get("new_password")
        self._is_secured_with_tls = data.get("secured_with_tls", False)
