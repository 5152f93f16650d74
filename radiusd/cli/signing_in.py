"""`radiusd login`: signs in as a NAS would ask for it."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Coroutine
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from radiusd.cli import configuration
from radiusd.cli.passwords import from_terminal, next_line
from radiusd.cli.printing import REFUSED, USAGE, complain, fail, say

if TYPE_CHECKING:
    from config.models.clients import ClientSettings
    from config.settings import Settings
    from radiusd.nas.asking import NasReply

LOOPBACK = {4: IPv4Address("127.0.0.1"), 6: IPv6Address("::1")}
QUIET_SECONDS = 2.0  # after which it is said that an answer is waited for
HOLD_SECONDS = 15.0  # that a NAS waits whose client does not say
TRIES = 3
MOST_CHALLENGES = 20
HEADER = 20  # octets before the attributes
STATE = 24  # RFC 2865 section 5.24
NAS_IDENTIFIER = "radiusd-login"

Server = tuple[str, int]


def add_to(app: typer.Typer) -> None:
    app.command()(login)


def login(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", show_default=False)],
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Takes the password from the first line of the input.")
    ] = False,
    code: Annotated[str | None, typer.Option("--code", help="Answers the first question of the server.")] = None,
    client: Annotated[
        str | None, typer.Option("--client", metavar="NAME", help="Asks as this NAS; default: one on this machine.")
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", metavar="HOST:PORT", help="Default: the first listen.authentication.")
    ] = None,
    station: Annotated[
        str | None,
        typer.Option(
            "--station", help="The Calling-Station-Id that is sent; default: this machine's name, '' for none."
        ),
    ] = None,
) -> None:
    """Acts as a NAS: asks the server, answers its questions, prints the reply."""
    settings = configuration.settings(context)
    address = server_of(settings, server)
    name, chosen = client_of(settings, client, address)
    if chosen.secret is None:
        fail(f"the client {name} has no secret: it speaks RADIUS over TLS, which this command does not", USAGE)
    # Enter alone is an answer, too: where a link is mailed there is no password, and who waits asks again by it.
    password = next_line(may_be_empty=True) if password_stdin else from_terminal("Password", may_be_empty=True)
    secret = chosen.secret.reveal().encode()
    hold = HOLD_SECONDS if chosen.hold is None else chosen.hold.total_seconds()
    # Without a station a sign-in stands in line behind the user's others, as those of most NASes do not.
    station = socket.gethostname() if station is None else station
    nas = (address, secret, hold, source_of(chosen, address))
    accepted = asyncio.run(_ask(nas, name, user=user, password=password, code=code, station=station))
    raise typer.Exit(0 if accepted else REFUSED)


async def _ask(
    played: tuple[Server, bytes, float, str | None],
    name: str,
    *,
    user: str,
    password: str,
    code: str | None,
    station: str,
) -> bool:
    """Whether the server accepted the user."""
    from radiusd.nas.asking import ForgedReply, Nas, NoReply
    from radiusd.radius.attributes import walk
    from radiusd.radius.values import AttributeFault
    from radiusd.rules.passwords import MAX_OCTETS

    address, secret, hold, source = played
    nas = Nas(address, secret=secret, timeout=hold / TRIES, tries=TRIES, source=source)
    answer, states = password, list[bytes]()
    for _ in range(MOST_CHALLENGES):
        if len(answer.encode("utf-8", "surrogateescape")) > MAX_OCTETS:
            fail(f"a password of more than {MAX_OCTETS} octets cannot be sent (RFC 2865 section 5.2)", USAGE)
        try:
            asked = nas.asks(
                User_Name=user,
                User_Password=answer,
                NAS_Identifier=NAS_IDENTIFIER,
                Calling_Station_Id=[station] if station else [],
                State=states,
            )
            reply = await _told_meanwhile(asked, hold)
        except NoReply as silence:
            explain_silence(str(silence), name)
        except ForgedReply as forged:
            fail(f"{forged} (client {name})")
        except AttributeFault as fault:
            fail(str(fault), USAGE)
        if reply.code != "Access-Challenge":
            _print(reply)
            return reply.code == "Access-Accept"
        _print(reply)
        states = [value for kind, value in walk(reply.octets[HEADER:]) if kind == STATE]
        if code is not None:
            answer, code = code, None
        else:
            tty = sys.stdin.isatty()
            answer = from_terminal("Answer", may_be_empty=True) if tty else next_line("further", may_be_empty=True)
    return fail(f"the server asked {MOST_CHALLENGES} times; this command gives up")


async def _told_meanwhile(asked: Coroutine[Any, Any, NasReply], hold: float) -> NasReply:
    """The reply; whoever sits before a terminal is told that it is being waited for."""
    asking = asyncio.ensure_future(asked)
    await asyncio.wait({asking}, timeout=QUIET_SECONDS)
    if not asking.done() and sys.stderr.isatty():
        complain(f"no answer yet; waiting for up to {hold:g}s, since somebody may have to decide (Ctrl-C ends it)")
    return await asking


def _print(reply: NasReply) -> None:
    say(reply.code)
    for name, value in reply.attributes:
        if name not in {"Message-Authenticator", "State"}:
            say(f"  {name} = {value}")


def explain_silence(what: str, client: str) -> NoReturn:
    complain(f"radiusd: no answer to the client {client}: {what}. What to check:")
    complain("  Does the server run? `radiusd run` starts it, and says where it listens.")
    complain(f"  Is the address that this machine asks from among those of the client {client}?")
    complain("  Is the secret the same on both sides, and has the server been told of it (`radiusd reload`)?")
    complain("  The server's log names what it drops, and why.")
    raise typer.Exit(REFUSED)


def server_of(settings: Settings, given: str | None) -> Server:
    if given is not None:
        return _typed_server(given)
    if not settings.listen.authentication:
        fail("listen.authentication is empty: name a server with --server HOST:PORT", USAGE)
    listener = settings.listen.authentication[0]
    if not listener.port:
        fail("listen.authentication takes any free port: name it with --server HOST:PORT", USAGE)
    address = LOOPBACK[listener.address.version] if listener.address.is_unspecified else listener.address
    return str(address), listener.port


def _typed_server(given: str) -> Server:
    """HOST, HOST:PORT, [IPv6]:PORT or a bare IPv6 address."""
    host, port = given, "1812"
    if given.startswith("["):
        host, _, rest = given[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif given.count(":") == 1:
        host, _, port = given.partition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        fail(f"--server: {given} is no HOST:PORT", USAGE)
    return host, int(port)


def client_of(settings: Settings, given: str | None, server: Server) -> tuple[str, ClientSettings]:
    """The client that is played: the one named, else the first that has the loopback address."""
    if given is not None:
        if given not in settings.clients:
            from config.faults import instead

            fail(f"--client: there is no client {given}{instead(given, settings.clients)}", USAGE)
        return given, settings.clients[given]
    try:
        wanted = LOOPBACK[ip_address(server[0]).version]
    except ValueError:
        wanted = LOOPBACK[4]
    for name, client in settings.clients.items():
        if client.secret is not None and any(wanted in network for network in client.address):
            return name, client
    return fail(f"no client of {settings.path} has the address {wanted}; add one, or name one with --client", USAGE)


def source_of(client: ClientSettings, server: Server) -> str | None:
    """The loopback address that is the client's, so that several can be tried on one machine; None for the usual one."""
    try:
        host = ip_address(server[0])
    except ValueError:
        return None
    if not host.is_loopback or any(LOOPBACK[host.version] in network for network in client.address):
        return None
    own = (each for each in client.address if each.version == host.version and each.is_loopback)
    return next((str(next(iter(each.hosts()))) for each in own), None)
