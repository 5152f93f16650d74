"""`radiusd check --live`: what only trying can tell, against real servers; nothing is sent to anybody."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from store import Store, clients
from store.seen import NOTHING_SEEN
from tests.servers import message_centre
from tests.servers.daemon import daemon, folder
from tests.servers.gateway import gateway
from tests.servers.message_centre import centre
from tests.servers.samba import BASE, PASSWORD
from tests.servers.samba import READER as DOMAIN_READER
from tests.servers.slapd import PEOPLE, READER, READER_PASSWORD, SUFFIX, slapd, write_certificates
from tests.servers.smtp import HANG, mail_server


def test_live(here):
    """Binds, opens the database, asks the directories; and leaves nothing behind."""
    done = here.radiusd("check", "--live")
    assert done.code == 0, done.out + done.err
    told = dict(line.rsplit(": ", 1) for line in done.out.splitlines()[:-1])
    assert told[f"listen.authentication 127.0.0.1:{here.ports['authentication']}"] == "ok"
    assert told["directory local"] == "ok"
    assert not (here.path / "radiusd.db").exists()


def test_live_finds_a_port_in_use(here):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", here.ports["authentication"]))
        done = here.radiusd("check", "--live")
    assert done.code == 1
    assert f"listen.authentication 127.0.0.1:{here.ports['authentication']}: in use by another program\n" in done.out
    assert done.out.endswith("1 of what was tried failed\n")


LDAP = """
directories:
  corp:
    type: ldap
    urls: [ldap://127.0.0.1:{port}]
    bind_dn: cn=radius
    bind_password: not to be shown
    base_dn: dc=example
    user_filter: (uid={{username}})
    timeout: 1s
  local: {{type: local}}
"""


def test_live_finds_a_directory_that_is_down(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        here = folder(tmp_path)
        yaml = here.yaml.read_text().replace("\ndirectories:\n  local: {type: local}\n", LDAP.format(port=port))
        here.yaml.write_text(yaml.replace("directories: [local]", "directories: [corp, local]"))
        done = here.radiusd("check", "--live")
    assert done.code == 1
    assert f"directory corp, ldap://127.0.0.1:{port}: nothing listens there\n  What to do: Is the port in" in done.out
    assert "directory local: ok" in done.out
    assert "not to be shown" not in done.out + done.err


SENDING = """
public_url: http://127.0.0.1:{web}
mail_servers:
  post: {{host: localhost, port: {mail}, encryption: {encryption}, ca_file: {folder}/ca.pem, from_address: a@example.com{password}}}
sms_gateways:
  gate: {{type: http, url: "https://localhost:{sms}/send?password=not-to-be-shown", ca_file: {folder}/ca.pem,
         json: {{to: "{{{{ recipient }}}}", text: "{{{{ message }}}}"}}}}
profiles:
  code: {{method: mail_otp, directories: [local], mail_servers: [post]}}
  text: {{method: sms_otp, directories: [local], sms_gateways: [gate]}}
  boss: {{method: approved_otp, directories: [local], mail_servers: [post], default_recipient: it@example.com}}
"""


def sending(here, **values):
    """Its radius.yaml with one mail server, one gateway and links."""
    yaml = here.yaml.read_text().replace("\nprofiles:\n", SENDING.format(folder=here.path, **here.ports, **values), 1)
    here.yaml.write_text(yaml)


RIGHT = ', username: radius, password: "a password of the server"'


async def tried(here):
    """The lines of `check --live`, the command in a thread: the servers are in this one."""
    done = await asyncio.to_thread(here.radiusd, "check", "--live")
    assert "not-to-be-shown" not in done.out + done.err
    assert "password of" not in done.out + done.err
    return done.code, done.out.splitlines()


async def test_live_greets_mail_servers_and_reaches_gateways(here):
    """EHLO, STARTTLS, AUTH, QUIT; a connection with TLS. No message, no request."""
    write_certificates(here.path)
    async with mail_server(encryption="starttls", certificates=here.path) as mail, gateway(here.path) as sms:
        sending(here, mail=mail.port, sms=sms.port, encryption="starttls", password=RIGHT)
        code, lines = await tried(here)
        assert f"mail server post, localhost:{mail.port}: ok" in lines
        assert f"SMS gateway gate, localhost:{sms.port}: ok" in lines
        assert (
            f"links to http://127.0.0.1:{here.ports['web']}: not tried to the end: no server runs here; start it, and check again"
            in lines
        )
        assert code == 0
        assert (mail.tried, mail.goodbyes, mail.mails, sms.asked) == (["PLAIN"], 1, [], [])
        sms.connections.clear()  # the one there was has ended


@pytest.mark.row("S97")
async def test_live_says_which_mail_server_is_slow(here):
    write_certificates(here.path)
    async with mail_server(encryption="starttls", certificates=here.path) as mail, gateway(here.path) as sms:
        mail.pause = 1.6  # EHLO is said twice, before TLS and behind it
        sending(here, mail=mail.port, sms=sms.port, encryption="starttls", password=RIGHT)
        code, lines = await tried(here)
        (line,) = (each for each in lines if each.startswith("mail server post"))
        assert re.fullmatch(r"mail server post, localhost:\d+: slow: it took \d+\.\d s to say hello; .*", line), line
        assert code == 0


async def test_live_signs_in_at_a_message_centre_and_out(here):
    """With the password, and no message."""
    write_certificates(here.path)
    async with centre(here.path) as place:
        sending(here, mail=1, sms=1, encryption="starttls", password="")
        smpp = "{{type: smpp, host: localhost, port: {}, tls: true, ca_file: ca.pem, system_id: radius, password: {}, source_address: A}}"
        lines = here.yaml.read_text().splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if line.startswith("  gate: "))
        for password, said in (
            (message_centre.PASSWORD, "ok"),
            ("not-to-be-shown", "refused system_id and password (ESME_RINVPASWD)"),
        ):
            lines[at : at + 2] = [f"  gate: {smpp.format(place.port, password)}\n", "\n"]
            here.yaml.write_text("".join(lines))
            _code, told = await tried(here)
            assert f"SMS gateway gate, localhost:{place.port}: {said}" in told
        assert [command for command, _status in place.seen] == [0x09, message_centre.UNBIND, 0x09]


async def test_live_says_what_a_mail_server_refuses(here):
    write_certificates(here.path)
    async with mail_server(encryption="starttls", certificates=here.path) as mail:
        wrong = ', username: radius, password: "a password of another"'
        sending(here, mail=mail.port, sms=1, encryption="starttls", password=wrong)
        code, lines = await tried(here)
    assert code == 1
    at = lines.index(f"mail server post, localhost:{mail.port}: refused username and password (535)")
    assert lines[at + 1] == "  What to do: Are they right? Many services want a password made for programs."
    assert "SMS gateway gate, localhost:1: connection refused" in lines


async def test_live_tells_a_port_without_tls(here):
    write_certificates(here.path)
    async with mail_server() as mail:
        sending(here, mail=mail.port, sms=1, encryption="starttls", password="")
        _, lines = await tried(here)
    at = next(at for at, line in enumerate(lines) if line.startswith("mail server post"))
    assert "STARTTLS" in lines[at]
    assert lines[at + 1].startswith("  What to do: The server offers no STARTTLS at this port.")


async def test_live_waits_for_nobody_for_long(here):
    """A mail server that takes the connection and says nothing."""
    write_certificates(here.path)
    async with mail_server() as mail:
        mail.acts["greeting"] = HANG
        sending(here, mail=mail.port, sms=1, encryption="starttls", password=", timeout: 1s")
        _, lines = await tried(here)
        mail.acts.clear()
    assert f"mail server post, localhost:{mail.port}: did not answer in time" in lines


def test_live_opens_the_links_of_the_running_server(here):
    """And says of its ports that it has them, instead of that they are taken."""
    write_certificates(here.path)
    sending(here, mail=1, sms=1, encryption="starttls", password="")
    with daemon(here) as running:
        lines = running.radiusd("check", "--live").out.splitlines()
        assert f"links to http://127.0.0.1:{here.ports['web']}: ok" in lines
        assert f"listen.web 127.0.0.1:{here.ports['web']}: the running server of this configuration has it" in lines
        assert f"key_file {here.path}/radiusd.key: ok" in lines
    (here.path / "radiusd.key").write_text("A" * 43 + "\n")
    assert "radiusd.key is not the key file of" in here.radiusd("check", "--live").err


def test_live_finds_something_else_behind_the_links(here):
    write_certificates(here.path)
    with running_elsewhere() as port:
        sending(here, mail=1, sms=1, encryption="starttls", password="")
        here.yaml.write_text(
            here.yaml.read_text().replace(
                f"public_url: http://127.0.0.1:{here.ports['web']}", f"public_url: http://127.0.0.1:{port}"
            )
        )
        lines = here.radiusd("check", "--live").out.splitlines()
    at = lines.index(f"links to http://127.0.0.1:{port}: something else answers there (404)")
    assert lines[at + 1].startswith("  What to do: Let the proxy pass /a/ and /static/")


@contextmanager
def running_elsewhere():
    """Some other web server."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_live_finds_what_the_database_has_otherwise(here):
    """A user's own address that radius.yaml gives to others, and a NAS that gives up too soon."""
    add = here.radiusd(
        "user", "add", "ann", "--framed-ip-address", "10.8.0.10", "--password-stdin", input="green tulip 7\n"
    )
    assert add.code == 0, add.err
    yaml = here.yaml.read_text().replace("[password-only]}", "[password-only], reply: {Framed-IP-Address: 10.8.0.10}}")
    here.yaml.write_text(yaml.replace("application: vpn}", "application: vpn, hold: 60s}"))
    store = Store.open(f"sqlite:///{here.path}/radiusd.db", here.path)
    waits = NOTHING_SEEN._replace(timeout=5.0, tries=2, at_most=10.0)
    store.write_now(lambda connection: clients.learn_waits(connection, "nas", waits, 1.0))
    store.close_now()
    done = here.radiusd("check", "--live")
    assert done.code == 1
    assert "Framed-IP-Address 10.8.0.10: ann has it, and a `reply` of radius.yaml gives it to others\n" in done.out
    assert (
        "client nas, how long it waits: it was seen to give up after 10s, and needs 60s: radius.yaml says `hold` of it\n"
        in done.out
    )
    here.yaml.write_text(yaml.replace("10.8.0.10", "255.255.255.254"))
    assert here.radiusd("check", "--live").code == 0


@pytest.fixture(scope="module")
def slapd_server():
    with slapd() as server:
        server.user("jo", "tulip", mail="jo@example.org")
        server.user("ann", "tulip", manager=f"uid=jo,{PEOPLE}")
        yield server


def directory(here, server, **options):
    """Its radius.yaml with that slapd, whose users' managers are asked."""
    given = {
        "user_filter": "(uid={username})",
        "bind_dn": READER,
        "bind_password": READER_PASSWORD,
        "base_dn": SUFFIX,
        **options,
    }
    corp = {
        "type": "ldap",
        "start_tls": True,
        "ca_file": str(server.ca_file),
        "urls": [server.url, "ldap://127.0.0.1:1"],
        **given,
    }
    yaml = here.yaml.read_text().replace(
        "  local: {type: local}", f"  local: {{type: local}}\n  corp: {json.dumps(corp)}"
    )
    profile = (
        "  boss: {method: approved_otp, directories: [corp], mail_servers: [post], default_recipient: it@example.com}"
    )
    senders = "mail_servers:\n  post: {host: 127.0.0.1, port: 1, from_address: a@example.com}\npublic_url: http://127.0.0.1:1\n"
    here.yaml.write_text(senders + yaml.replace("\napplications:", f"\n{profile}\napplications:"))


def test_live_asks_each_server_for_users_and_a_manager(here, slapd_server):
    """That the second server is dead is told though the first one lives."""
    directory(here, slapd_server)
    lines = here.radiusd("check", "--live").out.splitlines()
    assert f"directory corp, {slapd_server.url}: ok" in lines
    assert "directory corp, ldap://127.0.0.1:1: nothing listens there" in lines
    assert "directory corp, its users: ok" in lines
    assert "directory corp, a user: ok" in lines
    assert "directory corp, a manager: ok" in lines


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"bind_password": "not-it"}, "bind_dn is refused: invalidCredentials"),
        ({"base_dn": "dc=nowhere"}, "base_dn can not be read"),
        ({"user_filter": "(sAMAccountName={username})"}, "`user_filter` finds nobody below `base_dn`"),
        ({"unique_id": "objectGUID"}, "so nobody can sign in: an entry has no objectGUID (`unique_id`)"),
        (
            {"user_names": {"realms": ["other.example"]}, "user_filter": "(mail={username})"},
            "is not found by its own name",
        ),
        ({"attributes": {"manager": "secretary"}}, "no user has a `secretary`"),
    ],
)
def test_live_says_what_is_wrong_with_a_directory(here, slapd_server, options, told):
    directory(here, slapd_server, **options)
    done = here.radiusd("check", "--live")
    lines = done.out.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("directory corp") and told in line)
    assert lines[at + 1].startswith("  What to do: ")
    assert "not-it" not in done.out + done.err


@pytest.mark.parametrize(
    ("options", "told", "advice"),
    [
        ({"bind_password": "not-it"}, "bind_dn is refused: password wrong, or no such account (data 52e)", "Are `bind_dn`"),
        ({"bind_dn": "CN=must-change,OU=people"}, "the password must be changed first (data 773)", "Give the account a password"),
        ({"start_tls": False}, "strongerAuthRequired: BindSimple: Transport encryption required.; it takes no password", "Is the server's port for TLS open?"),
    ],
)  # fmt: skip
def test_live_says_why_active_directory_refuses_the_service_account(here, domain, options, told, advice):
    """X53: its code, its words, and what to do."""
    of_samba = {"urls": [domain.plain_url], "ca_file": str(domain.ca_file), "base_dn": BASE, "bind_dn": DOMAIN_READER}
    given = of_samba | {"bind_password": PASSWORD} | options
    if "bind_dn" in options:
        given["bind_dn"] += f",{BASE}"
    directory(here, domain, **given)
    lines = here.radiusd("check", "--live").out.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith(f"directory corp, {domain.plain_url}"))
    assert told in lines[at]
    assert lines[at + 1].startswith(f"  What to do: {advice}")


def test_live_names_users_whom_a_change_of_radius_yaml_keeps_out(here):
    added = here.radiusd("user", "add", "ann", "--random", "--client", "nas", "--reply", "Filter-Id=x")
    assert (added.code, "local users" in here.radiusd("check", "--live").out) == (0, False)
    text = here.yaml.read_text()
    here.yaml.write_text(text.replace("  nas: {", "  gateway: {"))
    done = here.radiusd("check", "--live")
    here.yaml.write_text(text)
    assert done.code == 1
    assert (
        "local users, clients and applications: radius.yaml has no more all the clients and applications through which "
        "they may sign in: ann\n" in done.out
    )
