"""Run simulated chargers from the command line."""

from argparse import ArgumentParser, Namespace
import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
import signal
import ssl
import sys

from .control import Control
from .products import PRODUCTS
from .simulator import Simulator


def arguments_of(*words: str) -> Namespace:
    """Return the arguments of a command line."""
    parser = ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--product", choices=sorted(PRODUCTS), default="evlink_pro_ac")
    parser.add_argument("--url", default="ws://127.0.0.1:9000")
    parser.add_argument("--identity", help="the reference and a number by default")
    parser.add_argument("--count", type=int, default=1, help="chargers, with suffixes")
    parser.add_argument("--firmware", help="version; the newest by default")
    parser.add_argument(
        "--reference", help="commercial reference; that of the firmware by default"
    )
    parser.add_argument("--password", help="HTTP Basic password")
    parser.add_argument("--insecure", action="store_true", help="trust any certificate")
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--speed", type=float, default=1.0, help="of the car's clock")
    parser.add_argument("--redial", type=float, default=3.0)
    parser.add_argument("--phases", type=int, choices=(1, 3))
    parser.add_argument("--plugged", action="store_true", help="start with a car")
    parser.add_argument(
        "--charging", action="store_true", help="start with a car that charges"
    )
    parser.add_argument(
        "--connector",
        type=int,
        action="append",
        help="connector with a car, for --plugged or --charging; 1 by default",
    )
    parser.add_argument("--sample-interval", type=float, metavar="SECONDS")
    parser.add_argument("--sampled-data", metavar="MEASURANDS")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="value of a configuration key",
    )
    parser.add_argument(
        "--state-file", type=Path, help="file with the state of a single charger"
    )
    parser.add_argument("--control-port", type=int, help="0 for a free one")
    return parser.parse_args(words)


def simulator(arguments: Namespace, identity: str) -> Simulator:
    """Return a charger as the arguments say."""
    configuration = dict(pair.split("=", 1) for pair in arguments.set)
    if arguments.sample_interval is not None:
        configuration["MeterValueSampleInterval"] = f"{arguments.sample_interval:g}"
    if arguments.sampled_data:
        configuration["MeterValuesSampledData"] = arguments.sampled_data
    context = None
    if arguments.insecure and arguments.url.startswith("wss:"):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return Simulator(
        arguments.url,
        identity,
        arguments.product,
        firmware=arguments.firmware,
        reference=arguments.reference,
        latency=arguments.latency,
        speed=arguments.speed,
        redial=arguments.redial,
        phases=arguments.phases,
        free_charging=arguments.charging,
        configuration=configuration,
        password=arguments.password,
        ssl=context,
        state_file=arguments.state_file,
    )


@asynccontextmanager
async def running(
    arguments: Namespace, simulators: Iterable[Simulator]
) -> AsyncIterator[None]:
    """Let chargers dial, with their cars plugged in."""
    async with AsyncExitStack() as stack:
        for simulator in simulators:
            await stack.enter_async_context(simulator)
            if arguments.plugged or arguments.charging:
                for connector in arguments.connector or (1,):
                    await simulator.plug_in(connector=connector)
        yield


async def _main(arguments: Namespace) -> None:
    identity = arguments.identity
    if identity is None:
        firmware = PRODUCTS[arguments.product].firmware(arguments.firmware)
        identity = f"{arguments.reference or firmware.reference}-0001"
    identities = [identity]
    if arguments.count > 1:
        identities = [f"{identity}-{n:03d}" for n in range(1, arguments.count + 1)]
    simulators = {name: simulator(arguments, name) for name in identities}
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(arguments, simulators.values()))
        if arguments.control_port is not None:
            control = Control(simulators)
            stack.push_async_callback(control.stop)
            port = await control.start(arguments.control_port)
            print(f"control port {port}", flush=True)
        await stopping.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(arguments_of(*sys.argv[1:]))))
