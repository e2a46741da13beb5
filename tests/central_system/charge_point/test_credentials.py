"""Who may sign in as a charger, without a connection."""

from collections.abc import Callable

import pytest

from custom_components.schneider_ev.central_system.charge_point.credentials import (
    Credentials,
)


def presenting(password: str | None) -> Callable[[str], bool]:
    """Return what compares the password that somebody presents."""
    return lambda expected: expected == password


@pytest.fixture
def changing() -> Credentials:
    """A charger that is changing to a new password."""
    credentials = Credentials("old")
    credentials.admit_also("new")
    return credentials


@pytest.mark.parametrize(
    ("password", "presented", "admitted"),
    [
        (None, None, True),
        (None, "other", True),
        ("old", "old", True),
        ("old", "other", False),
        ("old", None, False),
    ],
)
def test_who_is_admitted(
    password: str | None, presented: str | None, *, admitted: bool
) -> None:
    """Everybody where there is no password, else who presents it."""
    credentials = Credentials(password)
    assert credentials.are_required is (password is not None)
    assert credentials.admits(presenting(presented)) is admitted


def test_both_passwords_are_admitted_during_a_change(changing: Credentials) -> None:
    """And no other."""
    admitted = [changing.admits(presenting(each)) for each in ("old", "new", "other")]
    assert admitted == [True, True, False]


@pytest.mark.parametrize("presented", ["old", "new", "other", None])
def test_all_passwords_are_compared(
    changing: Credentials, presented: str | None
) -> None:
    """Whichever matches, so that the time does not tell."""
    compared: list[str] = []

    def presents(password: str) -> bool:
        compared.append(password)
        return password == presented

    changing.admits(presents)
    assert compared == ["old", "new"]


def test_the_new_password_counts_alone_once_it_was_used(changing: Credentials) -> None:
    """The old one does not do that; only a password that is taken over is told of."""
    told: list[str | None] = []
    changing.password_changed.connect(lambda: told.append(changing.password))
    changing.signed_in(presenting("old"))
    assert (changing.password, changing.new_password) == ("old", "new")
    changing.signed_in(presenting("new"))
    assert (changing.password, changing.new_password) == ("new", None)
    assert not changing.admits(presenting("old"))
    assert told == ["new"]


def test_a_change_that_is_given_up(changing: Credentials) -> None:
    """The old password counts alone again; that is kept."""
    kept: list[str | None] = []
    changing.changed.connect(lambda: kept.append(changing.data()["new_password"]))
    changing.settle()
    changing.admit_also("newer")
    changing.settle()
    assert not changing.admits(presenting("newer"))
    assert kept == [None, "newer", None]


def test_a_charger_that_does_not_have_to_sign_in() -> None:
    """Does not have to once it has a password either, until the owner enters one."""
    credentials = Credentials(None)
    credentials.take("new")
    credentials.admit_also("new")
    assert (credentials.password, credentials.new_password) == (None, None)
    credentials.enter("entered")
    assert not credentials.admits(presenting("new"))
    credentials.take("")
    assert not credentials.are_required


def test_what_is_kept_is_restored(changing: Credentials) -> None:
    """The password itself is the owner's, and kept elsewhere."""
    other = Credentials("old")
    other.restore(changing.data())
    assert other.data() == changing.data() == {"new_password": "new"}
    assert other.admits(presenting("new"))


def test_tls_is_required_once_it_was_secured_with_it(changing: Credentials) -> None:
    """Until the owner allows otherwise; that is kept."""
    kept: list[bool] = []
    changing.changed.connect(lambda: kept.append("secured_with_tls" in changing.data()))
    assert not changing.require_tls
    changing.secured_with_tls(is_secured=True)
    assert changing.require_tls
    other = Credentials("old")
    other.restore(changing.data())
    assert other.require_tls
    changing.secured_with_tls(is_secured=False)
    assert not changing.require_tls
    assert kept == [True, False]


def test_no_tls_is_required_without_a_password() -> None:
    """Nor is it when the charger gets a password again, until it is secured again."""
    credentials = Credentials("old")
    credentials.secured_with_tls(is_secured=True)
    credentials.enter("new")
    assert credentials.require_tls
    credentials.enter(None)
    assert not credentials.require_tls
    credentials.enter("newer")
    assert not credentials.require_tls
