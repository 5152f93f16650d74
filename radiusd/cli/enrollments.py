"""`radiusd enrollment ...`: addresses and numbers of users beside their directory's (S164 to S171)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.administration.changes import Administrator
from radiusd.cli import configuration
from radiusd.cli.database import administrator, opened
from radiusd.cli.enrollment_values import entry_of, numbers, plain
from radiusd.cli.one_message import sent
from radiusd.cli.printing import USAGE, as_json, complain, fail, refuse, say
from radiusd.cli.ways_in import waited, ways_in

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.administration.needs import Need
    from radiusd.enrollment.adding import Value
    from radiusd.model.entry import Entry
    from store import Connection
    from store.enrolled import Enrollment

app = typer.Typer(help="Mail addresses and mobile numbers of users, beside their directory's.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Does not ask.")]
User = Annotated[str, typer.Argument(metavar="USER", show_default=False)]
Which = Annotated[str, typer.Argument(metavar="ID|USER", show_default=False)]
Address = Annotated[
    str, typer.Argument(metavar="[ADDRESS|NUMBER]", show_default=False, help="With USER: which of theirs.")
]
Of = Annotated[str, typer.Option("--directory", metavar="NAME", help="Where several have a user of that name.")]
Step = Callable[["Connection", Administrator, int, float], "Enrollment"]


@app.command("add")
def add_enrollment(
    context: typer.Context,
    user: User,
    address: Annotated[str, typer.Argument(metavar="ADDRESS|NUMBER", show_default=False)],
    label: Annotated[str, typer.Option("--label", help="By which the user knows it, for example: at home.")] = "",
    directory: Of = "",
    tell: Annotated[bool, typer.Option(help="Whether what the user had before is written to.")] = True,
    json: Json = False,
) -> None:
    """Enrolls an address or number, which counts at once: you vouch for it. `invite` has the user prove their own."""
    from radiusd.administration import enrollments, fields
    from radiusd.administration.faults import Invalid

    settings = configuration.settings(context)
    try:
        value, called = enrollments.typed(address, *numbers(settings)), fields.line(label, "--label")
    except Invalid as wrong:
        refuse(wrong)
    made, untold = waited(_added(settings, user, directory, value, called, tell=tell))
    _done(made, "is enrolled", json=json)
    for why in untold:
        complain(f"radiusd: {why}")


async def _added(
    settings: Settings, user: str, directory: str, value: Value, label: str, *, tell: bool
) -> tuple[Enrollment, list[str]]:
    """What was enrolled, and which of the user's others could not be told, with why."""
    from radiusd.administration import enrollments
    from radiusd.delivery.carriers import NotSent
    from radiusd.process.enrolling import post_of

    async with ways_in(settings) as ways:
        entry, now, per_user = await ways.entry(user, directory), time.time(), settings.enrollment.per_user
        add = partial(
            enrollments.add, by=administrator(), entry=entry, value=value, now=now, per_user=per_user, label=label
        )
        made = await ways.store.write(add)
        untold = []
        for message in (
            post_of(settings, ways.tools).added(entry, value.kind, value.hidden, value.text, now) if tell else ()
        ):
            outcome = await sent(settings, message)
            if isinstance(outcome, NotSent):
                untold.append(f"{message.content.recipient} could not be told: {outcome.cause}")
        return made, untold


@app.command("verify")
def verify_enrollment(context: typer.Context, number: Annotated[int, typer.Argument(metavar="ID")], json: Json = False) -> None:  # fmt: skip
    """Lets one count that waits for its proof: you vouch for it."""
    from radiusd.administration import enrollments

    settings = configuration.settings(context)
    with opened(settings) as store:
        done = store.write_now(lambda connection: enrollments.verify(connection, administrator(), number, time.time()))
    _done(done, "is verified", json=json)


@app.command("disable")
def disable_enrollment(
    context: typer.Context, which: Which, address: Address = "", directory: Of = "", yes: Yes = False, json: Json = False
) -> None:  # fmt: skip
    """Nothing is sent there until it is enabled again. With USER and what the directory has of them, that too."""
    from radiusd.administration import enrollments

    _change(context, which, address, directory, enrollments.disable, "is disabled", yes=yes, json=json)


@app.command("enable")
def enable_enrollment(
    context: typer.Context, which: Which, address: Address = "", directory: Of = "", json: Json = False
) -> None:
    """It can be used again."""
    from radiusd.administration import enrollments

    _change(context, which, address, directory, enrollments.enable, "is enabled", yes=True, json=json)


@app.command("remove")
def remove_enrollment(
    context: typer.Context, which: Which, address: Address = "", directory: Of = "", yes: Yes = False, json: Json = False
) -> None:  # fmt: skip
    """Takes it away; the user's others go on as they are."""
    from radiusd.administration import enrollments

    _change(context, which, address, directory, enrollments.remove, "is removed", yes=yes, json=json)


def _change(
    context: typer.Context, which: str, address: str, directory: str, step: Step, said: str, *, yes: bool, json: bool
) -> None:
    """Looks which one is meant, asks where the user would be left without, and does it."""
    from radiusd.administration import enrollments

    settings = configuration.settings(context)
    there, entry, value = _meant(settings, which, address, directory)
    if not yes:
        _ask(settings, there, entry, value)
    with opened(settings) as store:
        if there is not None:
            done = store.write_now(lambda connection: step(connection, administrator(), there.id, time.time()))
        elif entry is not None and value is not None and step is enrollments.disable:
            done = store.write_now(
                lambda connection: enrollments.disable_own(connection, administrator(), entry, value, time.time())
            )
        else:
            fail("what the directory has can be disabled here, and else be changed there alone")
    _done(done, said, json=json)


def _meant(
    settings: Settings, which: str, address: str, directory: str
) -> tuple[Enrollment | None, Entry | None, Value | None]:
    """What is recorded of it; where nothing is and the directory has it, the user and what it has."""
    from radiusd.administration import enrollments
    from radiusd.administration.faults import Invalid
    from radiusd.enrollment.adding import of_value, own

    if not address:
        if not which.isdecimal():
            fail("say which one of the user's: its ID, or USER and the address or number", USAGE)
        with opened(settings) as store:
            return store.read_now(lambda connection: enrollments.meant(connection, int(which))), None, None
    try:
        value = enrollments.typed(address, *numbers(settings))
    except Invalid as wrong:
        refuse(wrong)
    entry = entry_of(settings, which, directory)
    with opened(settings) as store:
        there = store.read_now(lambda connection: of_value(connection, entry, value))
    if there is None and value.text not in [each.text for each in own(entry, *numbers(settings))]:
        fail(f"{entry.username} has not enrolled {value.text}; radiusd enrollment list {entry.username} shows all")
    return there, entry, value


def _ask(settings: Settings, there: Enrollment | None, entry: Entry | None, value: Value | None) -> None:
    """Asks where the user lacks something without it; ends the command where the answer is no."""
    needs = waited(_lost(settings, there, entry, value))
    if isinstance(needs, str):
        say(f"whether the user can sign in without it could not be told: {needs}")
    elif not needs:
        return
    else:
        name = there.user_name if there is not None else entry.username if entry is not None else ""
        for need in needs:
            say(f"without it {name} {need.told()}")
    if not typer.confirm("Do it all the same?"):
        fail("nothing was changed")


async def _lost(
    settings: Settings, there: Enrollment | None, entry: Entry | None, value: Value | None
) -> list[Need] | str:
    """What the user would lack without it; why that can not be told, in words."""
    from msgspec.structs import replace

    from radiusd.administration import needs
    from radiusd.administration.faults import Refused
    from radiusd.enrollment.destinations import own_row

    async with ways_in(settings) as ways:
        try:
            if entry is None and there is not None:
                entry = await ways.entry(
                    there.user_name, there.directory if there.directory in ways.directories else ""
                )
        except Refused as refused:
            return str(refused)
        if entry is None:
            return ""
        before = needs.of(ways.applications.values(), entry)
        rows = [row for row in ways.enrolled.addresses.of(entry) if there is None or row.id != there.id]
        if there is not None:
            rows.append(replace(there, status="disabled"))
        elif value is not None:
            rows.append(own_row(entry, value.kind, value.text, "disabled"))
        ways.enrolled.addresses.pretend((entry.directory, entry.unique_id), rows)
        return needs.lost(before, needs.of(ways.applications.values(), entry))


def _done(enrollment: Enrollment, said: str, *, json: bool) -> None:
    if json:
        as_json(plain(enrollment))
    else:
        say(f"{enrollment.value} of {enrollment.user_name} {said}: enrollment {enrollment.id}")
