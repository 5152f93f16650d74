"""The command line as a whole: what stands before the command, and the groups of commands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import radiusd
from radiusd.cli import (
    approvals,
    audit,
    authenticator_setup,
    authenticators,
    blocks,
    checking,
    clients,
    enrollments,
    explaining,
    initialising,
    page_sessions,
    reloading,
    sending,
    serving,
    signing_in,
    simulating,
    user_bulk_accounts,
    users,
)
from radiusd.cli.authenticator_import import import_authenticators
from radiusd.cli.enrollment_invitations import invitations, withdraw
from radiusd.cli.enrollment_inviting import invite
from radiusd.cli.enrollment_list import list_enrollments
from radiusd.cli.enrollment_missing import missing
from radiusd.cli.printing import complain
from radiusd.cli.tracing import trace
from radiusd.cli.user_bulk import app as user_bulk
from radiusd.cli.user_export import export_users
from radiusd.cli.user_import import import_users
from radiusd.cli.user_list import list_users, show
from radiusd.cli.user_reset import reset_password

app = typer.Typer(
    name="radiusd",
    help="A RADIUS authentication server for sign-ins that need more than a password.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"radiusd {radiusd.__version__}")
        raise typer.Exit


@app.callback()
def radius_yaml(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="The configuration. Default: $RADIUSD_CONFIG, ./radius.yaml, /etc/radiusd/radius.yaml.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Prints the version.")
    ] = False,
) -> None:
    """A RADIUS authentication server for sign-ins that need more than a password."""


initialising.add_to(app)
serving.add_to(app)
reloading.add_to(app)
checking.add_to(app)
signing_in.add_to(app)
simulating.add_to(app)
app.add_typer(users.app, name="user")
users.app.command("list")(list_users)
users.app.command()(show)
users.app.command("reset-password")(reset_password)
users.app.command("import")(import_users)
users.app.command("export")(export_users)
user_bulk_accounts.add_to(user_bulk)
users.app.add_typer(user_bulk, name="bulk")
authenticator_setup.add_to(authenticators.app)
authenticators.app.command("import")(import_authenticators)
app.add_typer(authenticators.app, name="authenticator")
app.add_typer(blocks.app, name="block")
app.add_typer(approvals.app, name="approval")
app.add_typer(page_sessions.app, name="page-session")
app.add_typer(enrollments.app, name="enrollment")
enrollments.app.command("list")(list_enrollments)
enrollments.app.command("invite")(invite)
enrollments.app.command("invitations")(invitations)
enrollments.app.command("withdraw")(withdraw)
enrollments.app.command("missing")(missing)
app.add_typer(clients.app, name="client")
clients.app.command("trace")(trace)
app.add_typer(sending.app, name="send-test")
audit.add_to(app)
explaining.add_to(app)


def run() -> None:
    """Runs the command line; what a user can cause ends in a sentence and an exit code, never in a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        complain(f"radiusd: {where}{error.strerror or error}")
        sys.exit(1)
