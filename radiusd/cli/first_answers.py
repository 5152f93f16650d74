"""The few questions of `radiusd init`, and what may answer them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from config.models.addresses import Host, LinkBase, MailAddress, Net, Url
from config.models.values import Country, Port
from radiusd.cli.answered import OTHER, SIGN_INS, USERS, Answers, Ldap, MailServer, SignIn, SmsGateway
from radiusd.cli.questions import Fault, Questions
from radiusd.directories.ldap_options import Base, LdapOptions
from radiusd.nas.products import BY_KEY
from radiusd.process import demo

SUBMISSION_PORT = 587
LONGEST_NETBIOS = 15  # characters
NONE = "Enter for none"

Typed = dict[str, str]
"""The secrets that were typed, by the file for each."""


def asked(questions: Questions) -> tuple[Answers, Typed]:
    """The answers to all questions, in their order. Ends the command where an option can not be what it is."""
    typed: Typed = {}
    products = {key: product.name for key, product in BY_KEY.items()} | {OTHER: "any other, or none yet"}
    product = BY_KEY.get(questions.choice("nas", "What asks whether somebody may in?", products, OTHER))
    address = questions.text("nas_address", "Its address (127.0.0.1: this machine)", _of(Net), "127.0.0.1")
    users = questions.choice("users", "Where are the users?", USERS, "local")
    ldap = _ldap(questions, typed, active_directory=users == "ad") if users != "local" else None
    sign_in = cast("SignIn", questions.choice("sign_in", "How do they sign in?", SIGN_INS, "password"))
    mail = _mail(questions, typed, ldap) if sign_in in {"mail", "approval", "link"} else None
    sms = _sms(questions, typed) if sign_in == "sms" else None
    recipient = url = ""
    if sign_in == "approval":
        recipient = questions.text("default_recipient", "Who decides for users without a manager", _of(MailAddress))
    if sign_in in {"approval", "link"} or questions.given("public_url"):
        url = questions.text("public_url", "The address of the links, as https://mfa.example.com", _of(LinkBase))
    answers = Answers(
        product=product,
        address=address,
        ldap=ldap,
        sign_in=sign_in,
        mail=mail,
        sms=sms,
        default_recipient=recipient,
        public_url=url,
        ipv6=":" in address or demo.has_ipv6(),
    )
    return answers, typed


def _ldap(questions: Questions, typed: Typed, *, active_directory: bool) -> Ldap:
    urls = questions.text("ldap_url", "Its URL, as ldaps://dc1.example.com (several: a comma between)", _urls)
    base = questions.text("ldap_base_dn", "The base DN of users and groups", _of(Base), _base_of(urls))
    bind_dn = (
        questions.text("ldap_bind_dn", "The bind DN, of who looks users up", _present)
        if active_directory
        else questions.text("ldap_bind_dn", f"The bind DN, of who looks users up ({NONE})", _anything, "")
    )
    password = _secret(questions, typed, "ldap_password", "ldap.secret") if bind_dn else ""
    authority = f"The file with the authority of its certificate ({NONE}: this machine's authorities)"
    ca_file = questions.text("ldap_ca_file", authority, _file, "")
    domain = ""
    if active_directory or questions.given("ldap_domain"):
        # Not what DC= says: the two need not be alike.
        question = f"Its NetBIOS name, as EXAMPLE of EXAMPLE\\ann ({NONE})"
        domain = questions.text("ldap_domain", question, _no_domain, "")
    return Ldap(
        urls=_listed(urls), base_dn=base, bind_dn=bind_dn, password=password, active_directory=active_directory,
        ca_file=str(Path(ca_file).absolute()) if ca_file else "", domain=domain,
    )  # fmt: skip


def _mail(questions: Questions, typed: Typed, ldap: Ldap | None) -> MailServer:
    server = questions.text("mail_server", "The mail server, as smtp.example.com or smtp.example.com:465", _server)
    host, port = _host_and_port(server)
    ours = f"radiusd@{ldap.realm}" if ldap and ldap.realm else None
    sender = questions.text("mail_from", "The address that its mails come from", _of(MailAddress), ours)
    name = questions.text("mail_user", f"The name to sign in with there ({NONE})", _anything, "")
    password = _secret(questions, typed, "mail_password", "smtp.secret") if name else ""
    return MailServer(host=host, port=int(port), from_address=sender, username=name, password=password)


def _sms(questions: Questions, typed: Typed) -> SmsGateway:
    url = questions.text("sms_url", "Where the SMS gateway takes messages, as https://sms.example.com/send", _of(Url))
    token = _secret(questions, typed, "sms_token", "sms.secret", f"Its Authorization header ({NONE})", needed=False)
    country = questions.text(
        "phone_country", f"The country of numbers without a country code, as TR ({NONE})", _country, ""
    )
    return SmsGateway(url=url, token=token, phone_country=country)


def _secret(
    questions: Questions, typed: Typed, option: str, file: str, question: str = "Its password", *, needed: bool = True
) -> str:
    """env:NAME or file:PATH, or "" for none."""
    reference, secret = questions.secret(option, question, file, needed=needed)
    if secret is not None:
        typed[file] = secret
    return reference


def _of(kind: Any) -> Fault:
    """What radius.yaml has to say against a value of that type."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def fault(text: str) -> str | None:
        try:
            adapter.validate_python(text)
        except ValidationError as error:
            return _message(error, text)
        return None

    return fault


def _message(error: ValidationError, text: str) -> str:
    told = error.errors(include_url=False)[0]
    message = str(told.get("ctx", {}).get("text", told["msg"])).replace("{value}", text)
    return message if message.startswith(text) or not text else f"{text} {message}"


def _anything(_text: str) -> str | None:
    return None


def _present(text: str) -> str | None:
    return None if text else "it is empty"


def _file(text: str) -> str | None:
    return None if not text or Path(text).is_file() else f"there is no file {text}"


def _no_domain(text: str) -> str | None:
    """Source: MS-ADTS 1.1, of NetBIOS names."""
    fits = len(text) <= LONGEST_NETBIOS and not set(text) & set('\\/:*?"<>|@. ')
    return None if fits else f"{text} is no NetBIOS name; it has 15 characters at most, and no dot"


def _country(text: str) -> str | None:
    return _of(Country)(text) if text else None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _urls(text: str) -> str | None:
    try:
        LdapOptions.model_validate({"type": "ldap", "urls": _listed(text), "base_dn": "dc=example"})
    except ValidationError as error:
        return _message(error, text)
    return None


def _base_of(urls: str) -> str | None:
    """dc=example,dc=com of ldaps://dc1.example.com."""
    labels = (urlsplit(_listed(urls)[0]).hostname or "").split(".")[1:]
    return ",".join(f"dc={label}" for label in labels) if len(labels) > 1 and not labels[-1].isdigit() else None


def _host_and_port(text: str) -> tuple[str, str]:
    """HOST:PORT; a bare IPv6 address has no port."""
    host, colon, port = text.partition(":")
    return (host, port) if colon and ":" not in port else (text, str(SUBMISSION_PORT))


def _server(text: str) -> str | None:
    host, port = _host_and_port(text)
    return _of(Host)(host) or (_of(Port)(port) and f"{port} is no port; write for example {host}:{SUBMISSION_PORT}")
