"""`radiusd authenticator add`, `renew`, `verify` and `recovery-codes`: what shows a secret, once, and takes a first code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.cli import configuration
from radiusd.cli.authenticators import Json, Number, Of, Yes, person_of
from radiusd.cli.database import administrator, opened
from radiusd.cli.printing import as_json, complain, fail, refuse, say
from radiusd.rules.moments import moment

if TYPE_CHECKING:
    from config.secret import Secret
    from config.settings import Settings
    from radiusd.handlers.soft_otp.enrolling import Begun, Confirmed, Enrolling, NotConfirmed
    from store import Connection, Store
    from store.enrolled import Authenticator

Name = Annotated[str, typer.Argument(metavar="USER", show_default=False)]
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Writes the QR code as a picture, too.")]
Code = Annotated[str | None, typer.Option("--code", help="The first code that the app shows.")]
Profile = Annotated[
    str, typer.Option("--profile", metavar="NAME", help="Whose options it gets; default: the first of soft_otp.")
]
MOST_ASKED = 3  # first codes that are asked for in one go
WHITE_ON_BLACK = "\x1b[0;97;40m"  # the blocks are the light modules, whatever colours the terminal has
RESET = "\x1b[0m"
WHY = {
    "wrong_code": "this is not the code that the app shows; was the QR code of another account scanned?",
    "clock_off": "this is the code of another time: set the clock of the phone; it is {off}",
}


def add_to(app: typer.Typer) -> None:
    named: dict[str, Callable[..., None]] = {
        "add": add,
        "renew": renew,
        "verify": verify,
        "resync": resync,
        "recovery-codes": recovery_codes,
    }
    for name, command in named.items():
        app.command(name)(command)


def add(
    context: typer.Context,
    user: Name,
    label: Annotated[str, typer.Option("--label", help="By which the user knows it, for example: work phone.")] = "",
    directory: Of = "",
    profile: Profile = "",
    svg: Svg = None,
    code: Code = None,
) -> None:
    """Sets one up: shows its QR code, and asks for the first code that the app shows."""
    from radiusd.administration import authenticators, fields

    settings = configuration.settings(context)
    try:
        called = fields.line(label, "--label")
    except fields.FieldError as error:
        refuse(error)
    person = person_of(settings, user, directory)
    with opened(settings) as store:
        enrolling = _enrolling(settings, store, person.directory, profile)
        begun = store.write_now(
            lambda connection: authenticators.add(
                connection, administrator(), enrolling, person, time.time(),
                label=called, per_user=settings.enrollment.per_user,
            )
        )  # fmt: skip
        _present(settings, store, enrolling, begun, svg, code)


def renew(context: typer.Context, number: Number, profile: Profile = "", svg: Svg = None, code: Code = None) -> None:
    """Shows another QR code for one that was never verified; the one before is good no more."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        from radiusd.administration import authenticators

        row = store.read_now(lambda connection: authenticators.meant(connection, number))
        enrolling = _enrolling(settings, store, row.directory, profile)
        begun = store.write_now(
            lambda connection: authenticators.begin_again(connection, administrator(), enrolling, number, time.time())
        )
        _present(settings, store, enrolling, begun, svg, code)


def verify(context: typer.Context, number: Number, code: Code = None) -> None:
    """Takes the first code of one whose QR code was scanned."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        from radiusd.administration import authenticators

        row = store.read_now(lambda connection: authenticators.meant(connection, number))
        _verify(store, _enrolling(settings, store, row.directory, ""), number, code)


def resync(
    context: typer.Context,
    number: Number,
    codes: Annotated[
        tuple[str, str] | None,
        typer.Option("--codes", metavar="CODE CODE", help="Two that it shows one after the other."),
    ] = None,
) -> None:
    """Takes two codes in a row of one whose clock is too far off, such as a token that lay in a drawer."""
    settings = configuration.settings(context)
    typed = codes or (typer.prompt("First code"), typer.prompt("The code that follows it"))
    with opened(settings) as store:
        from radiusd.administration import authenticators
        from radiusd.cli.keys import in_use
        from radiusd.process.key_file import sealing
        from radiusd.rules.sealing import NotOpened

        sealed_by = sealing(in_use(settings, store))
        try:
            row = store.write_now(
                lambda connection: authenticators.resync(
                    connection, administrator(), sealed_by, number, typed, time.time()
                )
            )
        except NotOpened as why:
            fail(f"key_file: the secret of authenticator {number} can not be opened: {why}")
    say(f"authenticator {number} of {row.user_name}: its clock is {row.drift} steps ahead; that is known from now on")


def recovery_codes(
    context: typer.Context, user: Name, directory: Of = "", profile: Profile = "", json: Json = False, yes: Yes = False
) -> None:
    """Makes new recovery codes for a user, in the place of all before, and shows them once."""
    settings = configuration.settings(context)
    person = person_of(settings, user, directory)
    with opened(settings) as store:
        from radiusd.administration import authenticators

        if not yes and not typer.confirm(
            f"The recovery codes that {person.user_name} has are good no more then. Make new ones?"
        ):
            fail("nothing was changed")
        enrolling = _enrolling(settings, store, person.directory, profile)
        made = store.write_now(
            lambda connection: authenticators.recovery_codes(
                connection, administrator(), enrolling, person, time.time()
            )
        )
    if json:
        as_json([each.reveal() for each in made])
        return
    _tell_codes(made)


def _enrolling(settings: Settings, store: Store, directory: str, profile: str) -> Enrolling:
    from radiusd.administration import authenticators
    from radiusd.cli.keys import in_use
    from radiusd.handlers.soft_otp.enrolling import Enrolling
    from radiusd.process.key_file import derived, sealing

    _name, options = authenticators.profile_of(settings, directory, profile)
    keys = in_use(settings, store)
    return Enrolling(options, sealing(keys), derived(keys, b"codes and links"))


def _present(
    settings: Settings, store: Store, enrolling: Enrolling, begun: Begun, svg: Path | None, code: str | None
) -> None:
    """Shows the QR code, and takes the first code where there is a terminal, or one was given."""
    from radiusd.administration import authenticators
    from radiusd.cli import private_file
    from radiusd.rules import otpauth, qr

    address = begun.address.reveal()
    if svg is not None:
        private_file.replace(svg, qr.document(address))
        say(f"{svg} has the QR code; delete it once it was scanned")
    if svg is None or sys.stdout.isatty():
        _draw(qr.blocks(address))
        say("Scan it with an authenticator app. It is shown once.")
    say(f"Without a camera, type this secret into the app: {otpauth.grouped(otpauth.read(address).parameters.secret)}")
    say(
        f"Authenticator {begun.id} counts once its first code was typed, until {moment(begun.until, settings.time_zone)}"
    )
    store.write_now(lambda connection: authenticators.was_shown(connection, begun.id, time.time()))
    if code is None and not sys.stdin.isatty():
        say(f"radiusd authenticator verify {begun.id} takes it")
        return
    _verify(store, enrolling, begun.id, code)


def _draw(blocks: str) -> None:
    """Around `say`, which escapes what sets colours."""
    colours = sys.stdout.isatty()
    for line in blocks.splitlines():
        sys.stdout.write(f"{WHITE_ON_BLACK}{line}{RESET}\n" if colours else f"{line}\n")
    sys.stdout.flush()


def _verify(store: Store, enrolling: Enrolling, number: str, code: str | None) -> None:
    for _ in range(MOST_ASKED if code is None else 1):
        try:
            typed = code if code is not None else typer.prompt("First code")
        except typer.Abort:
            say("")
            break
        done = _confirmed(store, enrolling, number, typed)
        from radiusd.handlers.soft_otp.enrolling import Confirmed, lasting

        if isinstance(done, Confirmed):
            row = store.read_now(lambda connection: _meant(connection, number))
            say(f"authenticator {number} of {row.user_name} is verified")
            if done.off:
                complain(
                    f"radiusd: the clock of the app is {lasting(done.off * row.period)}; that is known from now on"
                )
            _tell_codes(done.recovery_codes)
            return
        off = "" if done.off is None else lasting(done.off * 30)
        complain(f"radiusd: {WHY.get(done.why, done.why).format(off=off)}")
    fail(f"authenticator {number} is not verified; radiusd authenticator verify {number} takes the code later")


def _confirmed(store: Store, enrolling: Enrolling, number: str, typed: str) -> Confirmed | NotConfirmed:
    from radiusd.administration import authenticators
    from radiusd.rules.sealing import NotOpened

    try:
        return store.write_now(
            lambda connection: authenticators.confirm(
                connection, administrator(), enrolling, number, typed, time.time()
            )
        )
    except NotOpened as why:
        fail(f"key_file: the secret of authenticator {number} can not be opened: {why}")


def _meant(connection: Connection, number: str) -> Authenticator:
    from radiusd.administration import authenticators

    return authenticators.meant(connection, number)


def _tell_codes(codes: Sequence[Secret]) -> None:
    if not codes:
        return
    say("Recovery codes, each good once where the app is lost. They are shown once:")
    for each in codes:
        say(f"  {each.reveal()}")
