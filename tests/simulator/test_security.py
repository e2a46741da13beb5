"""Tests of the simulator: passwords, security profiles, certificates, fallback."""

from base64 import b64encode
from collections.abc import AsyncIterator
from ssl import SSLContext

import pytest

from custom_components.schneider_ev.central_system.transport.certificates import (
    KeyPair,
    make_root,
    make_server_pairs,
    server_context,
    sign_request,
)
from tests.simulator.notebook import IDENTITY, CentralSystem, build, listening

AC, DC = "evlink_pro_ac", "evlink_pro_dc"
PASSWORD = "0123456789abcdef"


@pytest.fixture(scope="module")
def root() -> KeyPair:
    """The certificate authority of the central system."""
    return make_root()


@pytest.fixture(scope="module")
def context(root: KeyPair) -> SSLContext:
    """The TLS context of a secured central system."""
    return server_context(make_server_pairs(root, ["127.0.0.1"]))


@pytest.fixture
async def central() -> AsyncIterator[CentralSystem]:
    """A central system without TLS, to which chargers connect first."""
    central = CentralSystem()
    async with listening(central):
        yield central


@pytest.fixture
async def secured(context: SSLContext) -> AsyncIterator[CentralSystem]:
    """A central system with TLS."""
    secured = CentralSystem()
    async with listening(secured, context):
        yield secured


def basic(password: str) -> str:
    """Return the Authorization header of a charger."""
    return f"Basic {b64encode(f'{IDENTITY}:{password}'.encode()).decode()}"


async def change(central: CentralSystem, key: str, value: str) -> str:
    """Change a key; return the status of the answer."""
    answer = await central.call("ChangeConfiguration", key=key, value=value)
    status: str = answer["status"]
    return status


async def install(central: CentralSystem, root: KeyPair) -> None:
    """Install the root certificate of the central system."""
    answer = await central.call(
        "InstallCertificate",
        certificateType="CentralSystemRootCertificate",
        certificate=root.certificate,
    )
    assert answer == {"status": "Accepted"}


async def test_password_of_its_own(central: CentralSystem) -> None:
    """A new password is used from the next connection."""
    async with build(central, product=DC, password="an older password") as simulator:
        await simulator.accepted.wait()
        assert await change(central, "AuthorizationKey", PASSWORD) == "Accepted"
        assert simulator.connected.is_set()
        await simulator.network_cut()
        await simulator.until(lambda: len(central.credentials) == 2)
    assert central.credentials == [basic("an older password"), basic(PASSWORD)]


async def test_profile_1(central: CentralSystem) -> None:
    """With a password, profile 1 can be set; the charger reconnects to sign in."""
    async with build(central, product=DC) as simulator:
        await simulator.accepted.wait()
        assert await change(central, "SecurityProfile", "1") == "Rejected"
        assert await change(central, "AuthorizationKey", "too short") == "Accepted"
        assert await change(central, "SecurityProfile", "1") == "Rejected"
        assert await change(central, "AuthorizationKey", PASSWORD) == "Accepted"
        await simulator.network_cut()
        await simulator.until(lambda: len(central.credentials) == 2)
        await simulator.connected.wait()
        assert await change(central, "SecurityProfile", "1") == "Accepted"
        await simulator.until(lambda: len(central.credentials) == 3)
        await simulator.connected.wait()
        for value in ("0", "1", "none", ""):
            assert await change(central, "SecurityProfile", value) == "Rejected"
    assert central.credentials == [None, None, basic(PASSWORD)]


async def test_profile_2(
    central: CentralSystem, secured: CentralSystem, root: KeyPair
) -> None:
    """Profile 2 requires a root certificate; URL and profile then change together."""
    async with build(central, product=DC) as simulator:
        await simulator.accepted.wait()
        await change(central, "AuthorizationKey", PASSWORD)
        assert await change(central, "SecurityProfile", "2") == "Rejected"
        await install(central, root)
        assert await change(central, "SupervisionUrl", secured.url) == "RebootRequired"
        assert await change(central, "SecurityProfile", "3") == "Rejected"
        assert await change(central, "SecurityProfile", "2") == "Accepted"
        await simulator.until(lambda: bool(secured.credentials))
        assert secured.credentials == [basic(PASSWORD)]
        await simulator.connected.wait()


async def test_profile_2_after_a_restart(
    central: CentralSystem, secured: CentralSystem, root: KeyPair
) -> None:
    """An EVlink Pro AC restarts before it uses another profile."""
    async with build(central, product=AC) as simulator:
        await simulator.accepted.wait()
        await install(central, root)
        assert await change(central, "AuthorizationKey", PASSWORD) == "Accepted"
        assert await change(central, "SupervisionUrl", secured.url) == "RebootRequired"
        assert await change(central, "SecurityProfile", "2") == "RebootRequired"
        assert await change(central, "SecurityProfile", "3") == "Rejected"
        assert len(central.credentials) == 1
        await central.call("Reset", type="Soft")
        await simulator.until(lambda: bool(secured["BootNotification"]))
        assert secured.credentials == [basic(PASSWORD)]


async def test_absent_key(central: CentralSystem) -> None:
    """A firmware without security profiles knows no such key."""
    async with build(central, product=AC, firmware="1.1.6") as simulator:
        await simulator.accepted.wait()
        assert await change(central, "SecurityProfile", "1") == "NotSupported"


@pytest.mark.parametrize("trusts", [True, False])
async def test_trust(secured: CentralSystem, root: KeyPair, *, trusts: bool) -> None:
    """A charger verifies the server; an EVlink Pro AC has a key that disables that."""
    configuration = {"SelfSignedCertificateAuthorized": str(trusts)}
    async with build(secured, product=AC, configuration=configuration) as simulator:
        if not trusts:
            with pytest.raises(TimeoutError):
                await simulator.until(simulator.connected.is_set, 0.3)
            simulator.certificates.install(
                "CentralSystemRootCertificate", make_root().certificate
            )
            with pytest.raises(TimeoutError):
                await simulator.until(simulator.connected.is_set, 0.3)
            simulator.certificates.install(
                "CentralSystemRootCertificate", root.certificate
            )
        await simulator.until(simulator.accepted.is_set)
    assert set(secured.credentials) == {None}


async def test_falls_back(central: CentralSystem, secured: CentralSystem) -> None:
    """A charger that cannot connect restores the last settings that worked."""
    async with build(central, product=DC, patience=0.3) as simulator:
        await simulator.accepted.wait()
        await change(central, "SupervisionUrl", secured.url)
        await central.call("Reset", type="Hard")
        await simulator.until(lambda: len(central["BootNotification"]) == 2)
        assert simulator.configuration["SupervisionUrl"] == central.url
    assert not secured.credentials


async def test_falls_back_to_a_lower_profile(
    central: CentralSystem, root: KeyPair
) -> None:
    """It also does so if the profile requires TLS and the URL is not wss."""
    async with build(
        central, product=DC, patience=0.2, password="an older password"
    ) as simulator:
        await simulator.accepted.wait()
        await install(central, root)
        await change(central, "AuthorizationKey", PASSWORD)
        assert await change(central, "SecurityProfile", "2") == "Accepted"
        await simulator.until(lambda: len(central.credentials) == 2)
        assert simulator.configuration["SecurityProfile"] == "0"
        assert central.credentials[1] == basic("an older password")


async def test_is_patient(central: CentralSystem) -> None:
    """Settings that have worked before are kept, however long the server is away."""
    async with build(central, product=DC, patience=0) as simulator:
        await simulator.accepted.wait()
        url = simulator.configuration["SupervisionUrl"]
        await simulator.network_cut(0.2)
        await simulator.until(lambda: len(central.credentials) == 2)
        assert simulator.configuration["SupervisionUrl"] == url


async def test_certificate(central: CentralSystem, root: KeyPair) -> None:
    """A charger accepts the certificate that it has requested, and no other."""
    async with build(central, product=DC) as simulator:
        await simulator.accepted.wait()

        async def offer(chain: str) -> str:
            answer = await central.call("CertificateSigned", certificateChain=chain)
            status: str = answer["status"]
            return status

        await central.call(
            "ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate"
        )
        await simulator.until(lambda: bool(central["SignCertificate"]))
        request = central["SignCertificate"][0]["csr"]
        assert (
            await offer(sign_request(root, request, [simulator.serial_number]))
            == "Rejected"
        )
        await install(central, root)
        assert await offer(root.certificate) == "Rejected"
        assert (
            await offer(sign_request(make_root(), request, [simulator.serial_number]))
            == "Rejected"
        )
        assert await offer("nonsense") == "Rejected"
        assert simulator.security.certificate is None
        assert (
            await offer(sign_request(root, request, [simulator.serial_number]))
            == "Accepted"
        )
        assert simulator.security.certificate is not None
        await simulator.until(lambda: len(central["SecurityEventNotification"]) == 4)
        assert {event["type"] for event in central["SecurityEventNotification"]} == {
            "InvalidChargePointCertificate"
        }
        await change(central, "AuthorizationKey", PASSWORD)
        assert await change(central, "SecurityProfile", "2") == "Accepted"
    violations = {text.partition(":")[0] for text in central.violations}
    assert violations == {"BootNotification"}  # its serial number is too long
