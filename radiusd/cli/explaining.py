"""`radiusd explain`: why a sign-in ended as it did, or what would come of one (B5)."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.administration.what_to_do import what_to_do
from radiusd.cli import configuration
from radiusd.cli.audit import plain
from radiusd.cli.database import opened
from radiusd.cli.printing import USAGE, as_json, fail, pairs, say
from radiusd.rules.moments import moment

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.administration.explanation import Foreseen
    from store import Store
    from store.records import AuditRow

DRY_RUN_SECONDS = 10.0  # for directories to be asked
WORDS = {
    "accept": "accepted",
    "reject": "rejected",
    "challenge": "asked",
    "waiting": "waited for a decision",
    "approved": "approved",
    "refused": "rejected by an approver",
    "revoked": "revoked",
    "informing": "is telling of a failure",
    "informed": "informed",
    "uninformed": "did not inform",
    "delivered": "delivered",
    "undelivered": "did not reach the phone",
    "blocked": "blocked",
    "admin": "changed by an administrator",
}
LOGIN_SECONDS = 86_400.0  # before its last step, in which a login began


def add_to(app: typer.Typer) -> None:
    app.command()(explain)


def explain(
    context: typer.Context,
    ref: Annotated[
        str | None, typer.Argument(metavar="[REF]", help="The reference that the user was shown.", show_default=False)
    ] = None,
    *,
    number: Annotated[
        int | None,
        typer.Option("--row", metavar="NUMBER", help="A row of the audit, such as of a user who was let in."),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="NAME", help="Tries a sign-in without making one.")
    ] = None,
    client: Annotated[
        str | None, typer.Option("--client", metavar="NAME", help="The NAS that the user would use.")
    ] = None,
    station: Annotated[str, typer.Option("--station", help="The user's device, as the NAS names it.")] = "",
    as_program: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tells why a sign-in was refused: explain REF. Any row of the audit: --row NUMBER. What would happen: --user, --client."""
    if number is not None:
        if ref is not None or user is not None or client is not None:
            fail("--row stands alone", USAGE)
        _row_told(configuration.settings(context), number, as_program=as_program)
        return
    if (ref is None) == (user is None and client is None) or (ref is None and (user is None or client is None)):
        fail("give either a reference (explain 7K3F9QXM), or both --user and --client", USAGE)
    if ref is not None:
        _told(configuration.settings(context), ref, as_program=as_program)
    elif user is not None and client is not None:
        _tried(configuration.settings(context), user, client, station, as_program=as_program)


def _told(settings: Settings, typed: str, *, as_program: bool) -> None:
    from radiusd.rules import references

    ref = references.normal(typed.removeprefix("Ref").removeprefix("ref"))
    if ref is None:
        fail(f"{typed} is no reference; one has {references.LENGTH} letters and digits, like 7K3F9QXM", USAGE)
    with opened(settings) as store:
        from store import audit

        rows = store.read_now(lambda connection: audit.find(connection, ref=ref, newest_first=False))
        before = _before(store, rows)
    if not rows:
        fail(
            f"nothing is recorded of {ref}. It is older than retention.audit, of another database, mistyped, or the "
            "database was gone at that time: then the log has it"
        )
    _tell(settings, rows, before, as_program=as_program)


def _row_told(settings: Settings, number: int, *, as_program: bool) -> None:
    with opened(settings) as store:
        from store import audit

        row = store.read_now(lambda connection: audit.get(connection, number))
        if row is None:
            fail(f"the audit has no row {number}; radiusd audit shows the last ones")
        before = _before(store, [row])
    _tell(settings, [row], before, as_program=as_program)


def _before(store: Store, rows: Sequence[AuditRow]) -> dict[str, list[AuditRow]]:
    """All steps of the sign-ins that these rows are of, by login."""
    from store import audit

    return {
        row.login: store.read_now(
            partial(audit.find, login=row.login, since=row.at - LOGIN_SECONDS, newest_first=False)
        )
        for row in rows
        if row.login
    }


def _tell(
    settings: Settings, rows: Sequence[AuditRow], before: Mapping[str, Sequence[AuditRow]], *, as_program: bool
) -> None:
    if as_program:
        as_json([plain(row) for row in rows])
        return
    for row in rows:
        _story(settings, row, [each for each in before.get(row.login, ()) if each.id != row.id])


def _story(settings: Settings, row: AuditRow, others: Sequence[AuditRow]) -> None:
    """`others` are the other steps of the same login. Only those before it belong to it, but for what phones got."""
    before = [each for each in others if each.id < row.id and each.step != "receipt"]
    receipts = [each for each in others if each.step == "receipt"]
    typed = row.user_name or "(no name)"
    person = f"{typed}, {found(row)}"
    at = [row.client, f"application {row.application}" if row.application else ""]
    pairs([
        ("Reference", row.ref or ""),
        ("When", moment(row.at, settings.time_zone)),
        ("Outcome", WORDS.get(row.outcome, row.outcome)),
        ("Reason", row.reason),
        ("User", person),
        ("Client", ", ".join(part for part in at if part)),
        ("NAS", ", ".join(part for part in (row.nas, f"packet from {row.source}" if row.source else "") if part)),
        ("Station", row.station or ("not named by the NAS" if row.client else "")),
        ("Profile", row.profile or ("none was chosen" if row.client else "")),
    ])  # fmt: skip
    for title, steps in (("Before, in the same sign-in:", before), ("What became of its messages:", receipts)):
        if steps:
            say("")
            say(title)
        for each in steps:
            said = f": {each.reason}" if each.reason else ""
            say(f"  {moment(each.at, settings.time_zone)}  {WORDS.get(each.outcome, each.outcome)}{said}")
    trail = json.loads(row.detail).get("trail", []) if row.detail else []
    if trail:
        say("")
        say("Step by step:")
        for number, step in enumerate(trail, 1):
            say(f"  {number}. {step}")
    advice = what_to_do(row)
    if advice:
        say("")
        say("What to do:")
        for line in advice:
            say(f"  {line}")
    say("")


def found(row: AuditRow) -> str:
    """What is known of whose the name is. Who was not looked up, or in vain, may well exist."""
    if row.directory:
        return f"of directory {row.directory}"
    if row.reason == "no such user":
        return "whom no directory has"
    return "who could not be looked up" if "is not available" in row.reason else "who was not looked up"


def _tried(settings: Settings, user: str, client: str, station: str, *, as_program: bool) -> None:
    if client not in settings.clients:
        from config.faults import instead

        fail(f"--client: there is no client {client}{instead(client, settings.clients)}", USAGE)
    foreseen = asyncio.run(_dry_run(settings, user, client, station))
    if as_program:
        as_json({
            "user": user, "client": client, "station": station, "outcome": foreseen.outcome, "reason": foreseen.reason,
            "profile": foreseen.profile, "steps": list(foreseen.steps),
        })  # fmt: skip
        return
    for step in foreseen.steps:
        say(step)


async def _dry_run(settings: Settings, user: str, client: str, station: str) -> Foreseen:
    from radiusd.administration.explanation import Explaining
    from radiusd.cli.database import directories
    from radiusd.enrollment.enrolled import Enrolled
    from radiusd.login.identities import Identities
    from radiusd.login.standing import Standing
    from radiusd.process.building import application_of, behaviour_of, dictionary_of, limits_of
    from radiusd.process.tools import tools_of

    with opened(settings) as store:
        async with directories(settings, store) as found:
            standing, enrolled = Standing(store, limits_of(settings)), Enrolled(store)
            await standing.load(time.time())
            await enrolled.load()
            keys = [secrets.token_bytes(32)]  # no link of its will ever work
            tools = tools_of(settings, store, found, keys, enrolled)
            explaining = Explaining(
                store=store,
                application=application_of(
                    settings, settings.clients[client].application, tools, dictionary_of(settings)
                ),
                behaviour=behaviour_of(settings.clients[client]),
                identities=Identities(store, None),
                standing=standing,
                client=client,
                station=station,
                now=time.time(),
                deadline=asyncio.get_running_loop().time() + DRY_RUN_SECONDS,
            )
            return await explaining.foresee(user)
