"""`radiusd simulate`: plays NASes against the running server, and draws what happened."""

from __future__ import annotations

import asyncio
import secrets
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.cli import configuration
from radiusd.cli.database import is_demo, opened
from radiusd.cli.passwords import from_terminal, next_line
from radiusd.cli.printing import USAGE, complain, fail
from radiusd.cli.signing_in import client_of, explain_silence, server_of
from radiusd.cli.simulated import show
from radiusd.nas import advice
from radiusd.nas.products import BY_KEY, PRODUCTS
from radiusd.nas.simulate.people import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.models.clients import ClientSettings
    from config.settings import Settings
    from radiusd.cli.signing_in import Server
    from radiusd.nas.product import NasProduct
    from radiusd.nas.simulate.outbox import Outbox
    from radiusd.nas.simulate.profiles import PlayedNas
    from radiusd.nas.simulate.results import Result
    from radiusd.nas.simulate.series import Play
    from store import Store

NETWORK = "198.51.100."  # for examples (RFC 5737): nobody's station
GREETING_SECONDS = 2.0
GREETINGS = 2
USUAL = Pace()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A NAS in one setting, the client that it is played as, and the address it asks from, None for the usual one."""

    nas: PlayedNas
    client: str
    secret: bytes = field(repr=False)
    source: str | None = None


def add_to(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(
    context: typer.Context,
    nas: Annotated[
        list[str] | None, typer.Argument(metavar="NAS", help=f"Any of {advice.keys()}.", show_default=False)
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every NAS that is known.")] = False,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="USER", help="Who signs in; default: accounts that the demonstration is given."),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Takes the user's password from the first line of the input.")
    ] = False,
    client: Annotated[
        str | None,
        typer.Option("--client", metavar="NAME", help="Asks as this one; default: one on this machine."),
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", metavar="HOST:PORT", help="Default: the first listen.authentication.")
    ] = None,
    types_after: Annotated[
        float, typer.Option(min=0, max=600, metavar="SECONDS", help="A user's, until a code that was sent is typed.")
    ] = USUAL.types_after,
    decides_after: Annotated[
        float, typer.Option(min=0, max=600, metavar="SECONDS", help="A manager's, until a sign-in is approved.")
    ] = USUAL.decides_after,
    choose: Annotated[
        str, typer.Option(metavar="TEXT", help="What is typed at a menu (`choose: ask`): a number or a name.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Plays NASes against the running server: who gets in, with default time-outs and with recommended ones.

    Each sign-in is drawn, as simulate-*.svg in the current folder.
    """
    settings = configuration.settings(context)
    if user is not None and not nas and not every:
        fail(f"name the NASes that {user} signs in by, or write --all: {advice.keys()}", USAGE)
    products = _products(nas or [])
    address = server_of(settings, server)
    outbox = _outbox(settings)
    if user is None and outbox is None:
        fail("no demonstration runs here: name a user with --user, or start one with `radiusd run --demo`", USAGE)
    name, asked = client_of(settings, client, address)
    if asked.secret is None:
        fail(f"the client {name} has no secret: it speaks RADIUS over TLS, which this command does not", USAGE)
    asyncio.run(_greet(address, name, asked))
    chosen = _chosen(settings, products, name, own=outbox is not None and client is None)
    pace = Pace(types_after=types_after, decides_after=decides_after if outbox is not None else 0.0, choice=choose)
    with ExitStack() as stack:
        store = stack.enter_context(opened(settings))
        plays = _of_demo(stack, store, chosen) if user is None else _of_user(chosen, user, stdin=password_stdin)
        if not json:
            _announce(plays, pace, in_demo=user is None, alone=outbox is None)
        results = asyncio.run(_played(plays, address, store, outbox, pace, side_by_side=user is None))
    show(plays, results, json=json)
    if not any(result.answered for result in results):
        explain_silence("none of these sign-ins had an answer", name)


def _products(names: Sequence[str]) -> Sequence[NasProduct]:
    """Those that are named, each once, or all; ends the command where one is not known."""
    unknown = next((name for name in names if name not in BY_KEY), None)
    if unknown is not None:
        from config.faults import nearest

        near = nearest(unknown, BY_KEY)
        hint = f"did you mean `{near}`?" if near else f"there are {advice.keys()}"
        fail(f"nothing is known of `{unknown}`; {hint}", USAGE)
    return [BY_KEY[name] for name in dict.fromkeys(names)] or PRODUCTS


def _outbox(settings: Settings) -> Outbox | None:
    """That of the demonstration that runs here; None where none does."""
    from radiusd.nas.simulate.outbox import Outbox, OutboxError

    if not is_demo(settings) or not settings.listen.web or not settings.listen.web[0].port:
        return None
    listener = settings.listen.web[0]
    found = Outbox(str(listener.address), listener.port)
    try:
        found.messages()
    except OutboxError:
        return None
    return found


async def _greet(server: Server, name: str, client: ClientSettings) -> None:
    """Ends the command where no server answers a Status-Server, before anybody waits for it.

    Not as a client that learns: a signed packet tells it that the NAS signs.
    """
    from radiusd.nas.asking import ForgedReply, Nas, NoReply

    if not client.status_server or client.message_authenticator == "auto" or client.secret is None:
        return
    nas = Nas(server, client.secret.reveal().encode(), timeout=GREETING_SECONDS, tries=GREETINGS)
    try:
        await nas.status()
    except NoReply as silence:
        explain_silence(str(silence), name)
    except ForgedReply as forged:
        fail(f"{forged} (client {name})")


def _chosen(settings: Settings, products: Sequence[NasProduct], name: str, *, own: bool) -> list[Chosen]:
    """Each product in both settings: as that client, or in a demonstration as the client that each has of its `own`."""
    from radiusd.nas.simulate import clients
    from radiusd.nas.simulate.profiles import as_it_comes, as_recommended

    client = settings.clients[name]
    secret = client.secret.reveal().encode() if client.secret is not None else b""
    if own:
        return [
            Chosen(nas, clients.client_name(nas), secret, str(address))
            for nas, address in clients.played()
            if any(product.key == nas.key for product in products)
        ]
    wait = max(advice.needed(settings, client).seconds, advice.PASSWORD_SECONDS)
    return [
        Chosen(nas, name, secret)
        for product in products
        for nas in (as_it_comes(product), as_recommended(product, wait))
    ]


def _of_demo(stack: ExitStack, store: Store, chosen: Sequence[Chosen]) -> list[Play]:
    """Each NAS with a code and with an approval; the accounts are there until the stack is left."""
    from radiusd.nas.simulate import accounts, clients
    from radiusd.nas.simulate.series import Play

    wanted = [(each, method) for each in chosen for method in accounts.USERS]
    names = [(method, clients.client_name(each.nas)) for each, method in wanted]
    made = stack.enter_context(accounts.added(store, names))
    stations = _stations(len(wanted))
    return [
        Play(each.nas, account, station, method, each.secret, each.source)
        for (each, method), account, station in zip(wanted, made, stations, strict=True)
    ]


def _of_user(chosen: Sequence[Chosen], user: str, *, stdin: bool) -> list[Play]:
    from radiusd.nas.simulate.people import Account
    from radiusd.nas.simulate.series import Play
    from radiusd.rules.passwords import MAX_OCTETS

    password = next_line() if stdin else from_terminal("Password")
    if len(password.encode("utf-8", "surrogateescape")) > MAX_OCTETS:
        fail(f"a password of more than {MAX_OCTETS} octets cannot be sent (RFC 2865 section 5.2)", USAGE)
    return [
        Play(each.nas, Account(user, password), station, "", each.secret, each.source)
        for each, station in zip(chosen, _stations(len(chosen)), strict=True)
    ]


def _stations(count: int) -> list[str]:
    """One for each sign-in, at random: an approval that an earlier run left must not let a later one in."""
    return [f"{NETWORK}{number}" for number in secrets.SystemRandom().sample(range(1, 255), count)]


def _announce(plays: Sequence[Play], pace: Pace, *, in_demo: bool, alone: bool) -> None:
    """`alone`: nobody but the person at the terminal types and decides."""
    told = f"{len(plays)} sign-ins, {'side by side' if in_demo else 'one after the other'}. "
    if alone:
        told += "Type here what the server asks for; who is asked to approve decides as always."
    else:
        told += f"A code is typed after {pace.types_after:g} s, an approval comes after {pace.decides_after:g} s."
    complain(told)


async def _played(
    plays: Sequence[Play], server: Server, store: Store, outbox: Outbox | None, pace: Pace, *, side_by_side: bool
) -> list[Result]:
    from radiusd.nas.simulate.bystanders import Bystanders
    from radiusd.nas.simulate.outbox import OutboxError
    from radiusd.nas.simulate.series import played
    from radiusd.radius.values import AttributeFault
    from store import Unavailable

    people = Bystanders(store, outbox, _asked, complain)
    store.start(asyncio.get_running_loop())
    try:
        await people.begin()
        return await played(plays, server, people, pace, side_by_side=side_by_side)
    except AttributeFault as fault:
        fail(str(fault), USAGE)
    except OutboxError as gone:
        fail(f"the outbox: {gone}")
    except Unavailable as gone:
        fail(f"the database cannot be used: {gone.cause}")
    finally:
        await store.close()


def _asked(prompt: str) -> str | None:
    """What the person at the terminal types, of standard input the next line; None where there is none."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(prompt, default="", show_default=False, hide_input=True, err=True)
        return typed
    complain(prompt)
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None
