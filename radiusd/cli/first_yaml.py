"""The radius.yaml that `radiusd init` writes: few answers in, commented text out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from config.patience import DECIDING
from radiusd.cli.answered import THIS_MACHINE, Answers, Ldap, MailServer, SmsGateway, secret_file
from radiusd.nas import advice

WIDTH = 41  # columns before a comment, as in docs/radius.example.yaml
SUBMISSIONS_PORT = 465  # the port that is TLS from its first octet (RFC 8314)
PLAIN = re.compile(r"[A-Za-z]([\w.@/:=,+-]*[\w/=])?|[0-9]+(\.[0-9]+){3}(/[0-9]+)?", re.ASCII)
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}  # that YAML takes for something else
PROFILES = {
    "password": "password-only",
    "mail": "mailed-code",
    "sms": "sms-code",
    "app": "authenticator",
    "approval": "manager-approval",
    "link": "mailed-link",
}


def text(answers: Answers, schema: str) -> str:
    """The whole file. `schema` is that for editors, a file beside it."""
    return "\n".join(_lines(answers, schema)) + "\n"


def _lines(answers: Answers, schema: str) -> Iterator[str]:
    yield f"# yaml-language-server: $schema=./{schema}"
    yield "# Made by `radiusd init`. After each change: `radiusd check`, then `radiusd reload`."
    yield "# docs/radius.example.yaml has every key with its meaning and its default."
    yield ""
    yield from _server(answers)
    yield ""
    yield from _clients(answers)
    yield ""
    yield from _directories(answers)
    if answers.mail is not None:
        yield ""
        yield from _mail(answers.mail)
    if answers.sms is not None:
        yield ""
        yield from _sms(answers.sms)
    yield ""
    yield from _profiles(answers)
    yield ""
    yield from _applications(answers)


def _server(answers: Answers) -> Iterator[str]:
    yield "listen:"
    for key, port in (("authentication", 1812), ("accounting", 1813)):
        both = f', "[::]:{port}"' if answers.ipv6 else ""
        yield f"  {key}: [0.0.0.0:{port}{both}]"
    yield _told("  web: [127.0.0.1:8080]", "links; a proxy with a certificate makes them reachable")
    yield ""
    yield _told("database: sqlite:///radiusd.db", "beside this file; or postgresql://user@host/name")
    yield _told("key_file: radiusd.key", "made at the first start: keep a copy, apart from the database")
    if answers.public_url:
        yield _told(f"public_url: {_value(answers.public_url)}", "base of the links that are sent")
        if answers.public_url.startswith("https:"):
            yield _told("trusted_proxies: [127.0.0.1]", "the proxy with the certificate, before the port of `web`")
    if answers.sms is not None and answers.sms.phone_country:
        country = json.dumps(answers.sms.phone_country)  # NO is not false
        yield _told(f"phone_country: {country}", "how a number without a country code is read; SMS goes there alone")
    yield _told("logging: {format: console}", "or json, for programs")


def _clients(answers: Answers) -> Iterator[str]:
    yield _told("clients:", "the devices that ask; the most specific address wins")
    yield f"  {answers.client}:"
    if answers.is_this_machine:
        yield _told(f"    address: {_loopback(answers)}", "this machine; add the address of your NAS")
    else:
        yield _told(f"    address: {_value(answers.address)}", "or several: [192.0.2.10, 2001:db8:10::/64]")
    yield _told(f"    secret: file:{secret_file(answers.client)}", "the same is set on the NAS")
    yield "    application: vpn"
    for key, value in _of_the_nas(answers).items():
        yield _told(f"    {key}: {value}", WHY[key])
    if answers.product is not None:
        yield f"    # What to set on it: radiusd client advice {answers.client} --nas {answers.product.key}"
    if not answers.is_this_machine:
        yield _told(f"  {THIS_MACHINE}:", "`radiusd login` and radclient on this machine, to try it")
        yield f"    address: {_loopback(answers)}"
        yield f"    secret: file:{secret_file(THIS_MACHINE)}"
        yield "    application: vpn"
        if answers.holds:
            yield f"    hold: {DECIDING:g}s"


def _loopback(answers: Answers) -> str:
    return '[127.0.0.0/8, "::1"]' if answers.ipv6 else "127.0.0.0/8"


WHY = {
    "hold": "so long it waits for an answer, once it is set so",
    "challenge": "it can show no question",
    "one_at_a_time": "it serves nobody else while it waits, so nobody is held",
    "message_authenticator": "of each request: required; optional; auto: required once seen",
}


def _of_the_nas(answers: Answers) -> dict[str, str]:
    """The keys that are this product's."""
    from config.models.clients import ClientSettings

    product, holds = answers.product, answers.holds
    if product is None:
        told = {"hold": f"{DECIDING:g}s"} if holds and answers.is_this_machine else {}
        return {**told, "message_authenticator": "auto"}
    plain = {"address": answers.address, "secret": "s", "application": "vpn", "message_authenticator": "auto"}
    need = DECIDING if holds else advice.PASSWORD_SECONDS
    waits = min(product.recommended_wait(need), need)
    told = advice.to_write(product, ClientSettings.model_validate(plain), waits)
    return {**told, "message_authenticator": told.get("message_authenticator", SIGNING[product.signs])}


SIGNING = {"always": "auto", "when set": "auto", "never": "optional", "unknown": "auto"}


def _directories(answers: Answers) -> Iterator[str]:
    yield _told("directories:", "where users are looked up")
    if answers.ldap is not None:
        yield from _ldap(answers.ldap)
    yield _told("  local: {type: local}", "`radiusd user add`, `radiusd user import`")


def _ldap(ldap: Ldap) -> Iterator[str]:
    yield "  corp:"
    yield "    type: ldap"
    urls = ", ".join(_value(url, inside=True) for url in ldap.urls)
    yield _told(f"    urls: [{urls}]", "in order; one that is down is passed over")
    if any(url.startswith("ldap:") for url in ldap.urls):
        yield "    start_tls: true"
    if ldap.ca_file:
        yield _told(f"    ca_file: {_value(ldap.ca_file)}", "the authority of its certificate")
    else:
        yield _told("    # ca_file: corp-ca.pem", "the authority of its certificate, where this machine has it not")
    if ldap.bind_dn:
        yield f"    bind_dn: {_value(ldap.bind_dn)}"
        yield f"    bind_password: {_value(ldap.password)}"
    yield f"    base_dn: {_value(ldap.base_dn)}"
    name = "sAMAccountName" if ldap.active_directory else "uid"
    yield f"    user_filter: (&(objectClass=person)({name}={{username}}))"
    lists = {"domains": ldap.domain, "realms": ldap.realm}
    names = ", ".join(f"{key}: [{json.dumps(name)}]" for key, name in lists.items() if name)
    if names:
        forms = [f"{ldap.domain}\\ann"] * bool(ldap.domain) + [f"ann@{ldap.realm}"] * bool(ldap.realm)
        are = "are" if len(forms) > 1 else "is"
        yield f"    # {' and '.join(forms)} {are} ann; names with another domain are unknown"
        yield f"    user_names: {{{names}}}"


def _mail(server: MailServer) -> Iterator[str]:
    yield "mail_servers:"
    yield "  primary:"
    yield f"    host: {_value(server.host)}"
    yield f"    port: {server.port}"
    encryption = "tls" if server.port == SUBMISSIONS_PORT else "starttls"
    yield _told(f"    encryption: {encryption}", "starttls; tls: from the start, port 465")
    if server.username:
        yield f"    username: {_value(server.username)}"
        yield f"    password: {_value(server.password)}"
    yield f"    from_address: {_value(server.from_address)}"


def _sms(gateway: SmsGateway) -> Iterator[str]:
    yield _told("sms_gateways:", "say here what your gateway wants: docs/delivery.md")
    yield "  primary:"
    yield "    type: http"
    yield f"    url: {_value(gateway.url)}"
    if gateway.token:
        yield f"    headers: {{Authorization: {_value(gateway.token, inside=True)}}}"
    yield _told('    json: {to: "{{ recipient }}", text: "{{ message }}"}', "or form: {...}")


def _profiles(answers: Answers) -> Iterator[str]:
    directories = "[corp, local]" if answers.ldap else "[local]"
    yield _told("profiles:", "ways to sign in")
    name = PROFILES[answers.sign_in]
    match answers.sign_in:
        case "password":
            yield f"  {name}: {{method: password, directories: {directories}}}"
        case "mail":
            yield _told(f"  {name}:", "the password, then a code")
            yield "    method: mail_otp"
            yield f"    directories: {directories}"
            yield _told("    mail_servers: [primary]", "several: the next one where one fails")
        case "sms":
            yield _told(f"  {name}:", "the password, then a code")
            yield "    method: sms_otp"
            yield f"    directories: {directories}"
            yield _told("    sms_gateways: [primary]", "several: the next one where one fails")
        case "app":
            yield _told(f"  {name}:", "the password, then a code of the user's app")
            yield "    method: soft_otp"
            yield f"    directories: {directories}"
            yield _told("    # issuer: Example", "how the app names you; left out: radiusd")
        case "link":
            yield _told(f"  {name}:", "a link to the user's own address, and no password")
            yield "    method: mail_auth"
            yield f"    directories: {directories}"
            yield _told("    mail_servers: [primary]", "several: the next one where one fails")
        case "approval":
            yield _told(f"  {name}:", "the password, then the request is held until somebody decides")
            yield "    method: approved_otp"
            yield f"    directories: {directories}"
            yield "    mail_servers: [primary]"
            yield _told(f"    default_recipient: {_value(answers.default_recipient)}", "of users without a manager")


def _applications(answers: Answers) -> Iterator[str]:
    yield _told("applications:", "what a client belongs to")
    yield "  vpn:"
    yield f"    profiles: [{PROFILES[answers.sign_in]}]"
    yield _told("    # reply: {Session-Timeout: 28800}", "in every Access-Accept")


def _told(line: str, comment: str) -> str:
    return f"{line:<{WIDTH - 1}} # {comment}"


def _value(written: str, *, inside: bool = False) -> str:
    """A text as YAML has it, in quotes where it needs them; `inside` a list or map on one line, a comma does."""
    plain = PLAIN.fullmatch(written) and written.lower() not in WORDS and not (inside and "," in written)
    return written if plain else json.dumps(written, ensure_ascii=False)
