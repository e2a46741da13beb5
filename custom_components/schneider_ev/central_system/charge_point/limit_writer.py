"""Writes limits to a charger as charging profiles, in the form that the charger takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ...products.model import Purpose, RateUnit
from ..charging.limiter import Target
from ..charging.profiles import STATION, ProfileForm, limit_profile, profile_forms
from ..charging.ratings import NOMINAL_VOLTAGE
from ..messages.errors import ChargerCallError, ChargerRefusedError
from ..state.configuration import Configuration
from ..values import Problem, Problems, Signal
from .link import Link


class LimitWriter:
    """Puts a limit to a connector, or to the station, in the unit of the product.

    The form of a profile that the charger took is remembered for each purpose, and so
    are the profiles that it holds. `limits_transactions` says whether a transaction can
    have a limit of its own, as far as is known. `changed` tells of another form or
    profile.
    """

    def __init__(
        self, link: Link, configuration: Configuration, problems: Problems
    ) -> None:
        """Start with no form that is known to be taken."""
        self.limits_transactions = True
        self.changed = Signal[()]()
        self._link = link
        self._configuration = configuration
        self._problems = problems
        self._taken: dict[Purpose, ProfileForm] = {}
        self._refused: set[Purpose] = set()
        self._profiles: set[int] = set()

    async def write(
        self,
        connector: int,
        limit: float,
        transaction_id: Target,
        *,
        phases: Callable[[], int],
        is_over: Callable[[], bool] = lambda: False,
    ) -> Target:
        """Write a limit; return for what it holds, the transaction or those to come.

        `phases` are those over which it is turned into another unit, if it has to be.
        The first form counts that the charger takes, but a transaction that `is_over` is
        refused in any form. Raises ChargerError where it takes none, or is offline.
        """
        purpose = _purpose(connector, transaction_id)
        product = self._configuration.product
        refusal: ChargerRefusedError | ChargerCallError | None = None
        for form in self._forms(purpose):
            payload = limit_profile(
                form,
                connector,
                self._converted(limit, form.unit, phases),
                transaction_id=transaction_id,
                now=datetime.now(UTC),
            )
            try:
                await self._link.command("SetChargingProfile", payload)
            except (ChargerRefusedError, ChargerCallError) as error:
                refusal = refusal or error
                if is_over():
                    raise refusal from None
            else:
                if product is self._configuration.product:
                    profile = payload["csChargingProfiles"]["chargingProfileId"]
                    self._take(purpose, form, profile)
                return transaction_id if self.limits_transactions else None
        if purpose is Purpose.TX_DEFAULT and Purpose.TX in self._taken:
            return None  # it takes limits of transactions alone
        refusal = refusal or ChargerRefusedError("SetChargingProfile", "NotSupported")
        self._refused.add(purpose)
        self._problems.set(Problem.LIMITS_REFUSED, {"answer": str(refusal)})
        raise refusal

    def _forms(self, purpose: Purpose) -> Iterator[ProfileForm]:
        """Yield the forms to try: the one that was taken, then the others.

        Where all were refused since the charger connected, that is the best one alone.
        """
        taken = self._taken.get(purpose)
        if taken is not None:
            yield taken
        elif purpose in self._refused:
            yield from profile_forms(purpose, self._configuration)[:1]
        if purpose not in self._refused:
            for form in profile_forms(purpose, self._configuration):
                if form != taken:
                    yield form

    def _take(self, purpose: Purpose, form: ProfileForm, profile: int) -> None:
        self._problems.set(Problem.LIMITS_REFUSED, None)
        self._refused.discard(purpose)
        taken = self._taken.get(purpose)
        if taken is not None and taken.purpose is purpose is not form.purpose:
            form = taken  # a transaction that ended meanwhile has no limit of its own
        if taken != form or profile not in self._profiles:
            self._taken[purpose] = form
            self._profiles.add(profile)
            self._note_purposes()
            self.changed.send()

    def _note_purposes(self) -> None:
        taken = self._taken.get(Purpose.TX)
        self.limits_transactions = taken is None or taken.purpose is Purpose.TX

    def _converted(
        self, limit: float, unit: RateUnit, phases: Callable[[], int]
    ) -> float:
        """Return a limit in the unit that the charger takes."""
        if unit is self._configuration.product.smart_charging.unit:
            return limit
        factor = NOMINAL_VOLTAGE * phases()
        return limit * factor if unit is RateUnit.WATT else limit / factor

    def unit(self, connector: int, transaction_id: Target) -> RateUnit:
        """Return the unit in which a limit goes over the wire."""
        purpose = _purpose(connector, transaction_id)
        form = next(self._forms(purpose), None)
        return form.unit if form else self._configuration.product.smart_charging.unit

    @property
    def profiles(self) -> frozenset[int]:
        """The ids of our profiles that the charger took."""
        return frozenset(self._profiles)

    async def clear(self, profiles: Iterable[int]) -> None:
        """Clear some of our profiles; the charger may have none of them.

        Raises ChargerError where it is offline or does not answer.
        """
        for profile in profiles:
            with suppress(ChargerRefusedError, ChargerCallError):
                await self._link.command("ClearChargingProfile", {"id": profile})
            self._profiles.discard(profile)
        self.changed.send()

    def try_all(self) -> None:
        """Try all forms again the next time: the charger may have changed its mind."""
        self._refused.clear()

    def forget_forms(self) -> None:
        """Find the forms anew: it is another firmware, product or charger."""
        self._taken.clear()
        self._refused.clear()
        self._note_purposes()

    # What is kept

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {
            "profile_forms": {
                purpose: form.data() for purpose, form in self._taken.items()
            },
            "profiles": sorted(self._profiles),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self._taken = {
            Purpose(purpose): ProfileForm.restored(form)
            for purpose, form in data.get("profile_forms", {}).items()
        }
        self._profiles = set(data.get("profiles", ()))
        self._note_purposes()


def _purpose(connector: int, transaction_id: Target) -> Purpose:
    if connector == STATION:
        return Purpose.CHARGE_POINT_MAX
    return Purpose.TX_DEFAULT if transaction_id is None else Purpose.TX
