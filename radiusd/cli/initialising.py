"""`radiusd init`: a radius.yaml of one's own, by few questions."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from radiusd.cli import configuration, private_file
from radiusd.cli.answered import OTHER, SIGN_INS, USERS, Answers
from radiusd.cli.first_yaml import text
from radiusd.cli.printing import REFUSED, USAGE, fail, say
from radiusd.cli.questions import Questions
from radiusd.cli.serving import called
from radiusd.nas.products import BY_KEY
from radiusd.rules.passwords import word

SCHEMA = "radius.schema.json"
SECRET_LETTERS = 24  # of 5 bits; some NASes cut off what is longer than 31


def add_to(app: typer.Typer) -> None:
    app.command()(init)


def init(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", show_default=False, help="Default: ./radius.yaml, or --config.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Asks nothing; what no option says is the default.")] = False,
    nas: Annotated[str | None, typer.Option(help=f"One of {', '.join(BY_KEY)}, {OTHER}. Default: {OTHER}.")] = None,
    nas_address: Annotated[str | None, typer.Option(help="Address or network. Default: this machine.")] = None,
    users: Annotated[str | None, typer.Option(help=f"One of {', '.join(USERS)}. Default: local.")] = None,
    ldap_url: Annotated[str | None, typer.Option(help="ldaps://dc1.example.com; several with a comma between.")] = None,
    ldap_base_dn: Annotated[str | None, typer.Option(help="Below it are users and groups.")] = None,
    ldap_bind_dn: Annotated[str | None, typer.Option(help="Who looks users up.")] = None,
    ldap_password: Annotated[str | None, typer.Option(help="env:NAME or file:PATH.")] = None,
    ldap_ca_file: Annotated[str | None, typer.Option(help="Of its certificate's authority. Default: none.")] = None,
    ldap_domain: Annotated[str | None, typer.Option(help="The NetBIOS name: EXAMPLE of EXAMPLE\\ann.")] = None,
    sign_in: Annotated[str | None, typer.Option(help=f"One of {', '.join(SIGN_INS)}. Default: password.")] = None,
    mail_server: Annotated[str | None, typer.Option(help="HOST or HOST:PORT. Default port: 587.")] = None,
    mail_from: Annotated[str | None, typer.Option(help="The address that mails come from.")] = None,
    mail_user: Annotated[str | None, typer.Option(help="The name radiusd has at the mail server, if any.")] = None,
    mail_password: Annotated[str | None, typer.Option(help="env:NAME or file:PATH.")] = None,
    sms_url: Annotated[str | None, typer.Option(help="Where the SMS gateway takes messages.")] = None,
    sms_token: Annotated[str | None, typer.Option(help="Its Authorization header: env:NAME or file:PATH.")] = None,
    phone_country: Annotated[str | None, typer.Option(help="TR: how numbers without a country code are read.")] = None,
    default_recipient: Annotated[str | None, typer.Option(help="Who decides for users without a manager.")] = None,
    public_url: Annotated[str | None, typer.Option(help="The address of links, as https://mfa.example.com.")] = None,
) -> None:
    """Writes a commented radius.yaml by asking a few questions, each of which is an option too."""
    given = locals()  # the options, by the names that questions have for them
    from radiusd.cli.first_answers import asked

    file = _free(path, context.find_root().params.get("config"))
    answers, typed = asked(Questions(given, default_only=yes))
    made = {name: word(SECRET_LETTERS) for name in answers.secret_files}
    _write(file, answers, {**typed, **made})
    for line in _told(file, answers, made[answers.secret_files[0]]):
        say(line)


def _free(given: Path | None, config: Path | None) -> Path:
    """The file that is to be made; ends the command where it is there."""
    path = given or config or Path(configuration.HERE)
    if path.is_dir():
        path /= configuration.HERE
    if path.exists():
        fail(f"{path} exists already and stays as it is; name another file: radiusd init PATH", USAGE)
    if not path.parent.is_dir():
        fail(f"there is no folder {path.parent}; make it first, for the user that runs radiusd", USAGE)
    return path


def _write(file: Path, answers: Answers, secrets: Mapping[str, str]) -> None:
    """Makes all files, for their owner alone, radius.yaml the last; or none, and ends the command."""
    contents = {file.parent / name: f"{secret}\n" for name, secret in secrets.items()}
    schema = file.parent / SCHEMA
    if not schema.exists():
        contents[schema] = json.dumps(_schema(), indent=2) + "\n"
    contents[file] = text(answers, SCHEMA)
    made: list[Path] = []
    for path, content in contents.items():
        try:
            private_file.make(path, content)
        except OSError as error:
            for each in made:
                each.unlink()
            why = (
                "exists already and stays as it is; move it away"
                if path.exists()
                else f"cannot be made: {error.strerror}"
            )
            fail(f"{path} {why}. Nothing was written", REFUSED)
        made.append(path)


def _schema() -> dict[str, Any]:
    """What `radiusd schema` prints."""
    from config.schema import schema_of
    from radiusd.process.kinds import kinds

    return schema_of(kinds())


def _told(file: Path, answers: Answers, secret: str) -> Iterator[str]:
    """What was made, and the next commands to type."""
    yield ""
    yield f"{file} is written, and for its secrets: {', '.join(sorted(_files(answers)))}"
    if sys.stdout.isatty():
        yield f"Set this shared secret on the NAS (it is in {file.parent / answers.secret_files[0]}):"
        yield f"    {secret}"
    else:
        yield f"Set the shared secret on the NAS: it is in {file.parent / answers.secret_files[0]}"
    for name in sorted(_references("env", answers)):
        if name not in os.environ:
            yield f"Set {name} in the environment of radiusd and of its commands."
    yield ""
    yield from _commands(file, answers)


def _commands(file: Path, answers: Answers) -> Iterator[str]:
    found_by_itself = file in {Path(configuration.HERE), configuration.SYSTEM}
    radiusd = called() + ("" if found_by_itself else f" --config {shlex.quote(str(file))}")
    user = "YOUR-NAME" if answers.ldap else "ann"
    if not answers.ldap:
        yield "Add somebody who may sign in:"
        yield f"    {radiusd} user add {user}{MORE[answers.sign_in]}"
    yield "See whether everything is right:"
    # What opens the links is the server itself, which does not run yet.
    yield f"    {radiusd} check{'' if answers.public_url else ' --live'}"
    yield "Start it, and leave it running:"
    yield f"    {radiusd} run"
    if answers.sign_in == "app":
        yield "Set up the app of a user, in a second terminal:"
        yield f"    {radiusd} authenticator add {user}"
    yield "Sign in as a NAS would, in a second terminal:"
    yield f"    {radiusd} login {user}"
    if answers.sign_in == "password":
        attributes = f'User-Name={user},User-Password="PASSWORD",Message-Authenticator=0x00'
        client = file.parent / answers.secret_files[-1]
        yield f"    echo '{attributes}' | radclient -x -S {shlex.quote(str(client))} 127.0.0.1 auth"
    if answers.product is not None:
        yield "See what to set on the NAS:"
        yield f"    {radiusd} client advice {answers.client} --nas {answers.product.key}"


MORE = {
    "password": "",
    "mail": " --email ann@example.com",
    "sms": " --phone +905554443322",
    "app": "",
    "approval": " --sponsor-email boss@example.com",
    "link": " --email ann@example.com",
}


def _references(kind: str, answers: Answers) -> set[str]:
    """The names behind env: or file: of what radius.yaml takes from elsewhere."""
    given = [
        answers.ldap.password if answers.ldap else "",
        answers.mail.password if answers.mail else "",
        answers.sms.token if answers.sms else "",
    ]
    return {each.partition(":")[2] for each in given if each.startswith(f"{kind}:")}


def _files(answers: Answers) -> set[str]:
    return {*answers.secret_files, *_references("file", answers)}
