"""`radiusd init`: what it writes is right at once, whatever was answered."""

from __future__ import annotations

import itertools
import math
import re
import subprocess

import pytest

from config import reading
from config.patience import DECIDING
from radiusd.cli.answered import SIGN_INS, USERS, Answers, Ldap, MailServer, SmsGateway
from radiusd.cli.first_yaml import text
from radiusd.nas.advice import PASSWORD_SECONDS
from radiusd.nas.product import NasProduct
from radiusd.nas.products import BY_KEY, PRODUCTS
from radiusd.process.kinds import kinds
from radiusd.process.server import Server
from tests.servers.daemon import COMMAND, ROOT, Folder, daemon, free_ports
from tests.servers.slapd import write_certificates
from tests.servers.terminal import terminal

LDAP = ("--ldap-url", "ldaps://dc1.example.com", "--ldap-bind-dn", "cn=radius", "--ldap-password", "env:LDAP_PASSWORD")
MAIL = ("--mail-server", "smtp.example.com", "--mail-from", "mfa@example.com")
PASSWORD = "long tulip 9"


@pytest.fixture
def here(tmp_path) -> Folder:
    """A folder with nothing in it."""
    return Folder(tmp_path, free_ports())


def on_free_ports(place: Folder) -> None:
    written = place.yaml.read_text()
    for port, listener in ((1812, "authentication"), (1813, "accounting"), (8080, "web")):
        written = written.replace(f"0.0.0.0:{port}", f"127.0.0.1:{place.ports[listener]}")
        written = written.replace(f', "[::]:{port}"', "").replace(
            f"127.0.0.1:{port}]", f"127.0.0.1:{place.ports[listener]}]"
        )
    place.yaml.write_text(written + "security: {reject_delay: 0s}\n")


def of(users: str, **others: object) -> Ldap | None:
    plain = {
        "urls": ["ldaps://dc1.example.com", "ldaps://dc2.example.com"],
        "base_dn": "dc=example,dc=com",
        "bind_dn": "cn=Last\\, First,ou=Service Accounts,dc=example,dc=com",
        "password": "file:secret",
        "active_directory": users == "ad",
    }
    return None if users == "local" else Ldap(**{**plain, **others})


def answered(product, address="192.0.2.10", users="local", sign_in="password", **others) -> Answers:
    mail = MailServer(
        host="smtp.example.com", port=587, from_address="mfa@example.com", username="radius", password="file:secret"
    )
    sms = SmsGateway(url="https://sms.example.com/send?a=1&b=#2", token="file:secret", phone_country="NO")
    plain = {
        "product": product,
        "address": address,
        "ldap": of(users),
        "sign_in": sign_in,
        "mail": mail if sign_in in {"mail", "approval", "link"} else None,
        "sms": sms if sign_in == "sms" else None,
        "default_recipient": "security@example.com" if sign_in == "approval" else "",
        "public_url": "https://mfa.example.com" if sign_in in {"approval", "link"} else "",
        "ipv6": ":" in address,
    }
    return Answers(**{**plain, **others})


def read(folder, answers: Answers):
    """The settings that the text means, as `radiusd check` reads them."""
    for name in (*answers.secret_files, "secret"):
        (folder / name).touch(0o600)
        (folder / name).write_text(f"a long secret of {name}\n")
    path = folder / "radius.yaml"
    path.write_text(text(answers, "radius.schema.json"))
    return reading.read(path, kinds(), folder=folder)


def needful(product: NasProduct, users: str, sign_in: str) -> list[str]:
    """How what should be told begins: about what the NAS cannot be made to do."""
    waits = min(product.recommended_wait(DECIDING), product.most_hold_seconds or math.inf)
    told = {
        "requests without Message-Authenticator are taken": product.signs == "never",
        "a `hold` under 5s leaves little time": waits < 5,
        "`hold` is too short for profile": sign_in in {"mail", "sms"} and waits < PASSWORD_SECONDS,
        "`timeout` of directory `corp` is 5s": users in {"ad", "ldap"} and waits < PASSWORD_SECONDS,
        "this NAS serves nobody else while it waits": sign_in in {"approval", "link"} and product.one_at_a_time,
        f"client `{product.key}` gives up after 1m and shows no challenge": (
            sign_in == "link" and waits >= DECIDING and not product.answers_challenges and not product.one_at_a_time
        ),
        f"this NAS waits {waits:g}s and shows no challenge: too short": (
            sign_in in {"approval", "link"}
            and waits < DECIDING
            and not product.answers_challenges
            and not product.one_at_a_time
        ),
    }
    return [beginning for beginning, needed in told.items() if needed]


@pytest.mark.parametrize("product", [None, *PRODUCTS], ids=lambda each: each.key if each else "other")
def test_no_answer_makes_a_fault_or_a_needless_warning(tmp_path, product):
    addresses = ("192.0.2.10", "10.1.0.0/16", "2001:db8::1", "127.0.0.1", "::1")
    for address, users, sign_in, ipv6 in itertools.product(addresses, USERS, SIGN_INS, (True, False)):
        if address != "192.0.2.10" and (users == "ldap" or not ipv6):
            continue  # these have nothing to do with each other
        settings = read(tmp_path, answered(product, address, users, sign_in, ipv6=ipv6 or ":" in address))
        told = [warning.message for warning in settings.warnings]
        expected = [] if product is None else needful(product, users, sign_in)
        assert len(told) == len(expected), told
        for message, beginning in zip(sorted(told), sorted(expected), strict=True):
            assert message.startswith(beginning)
        assert not settings.closed
        assert settings.path.read_text().isascii()


async def test_a_server_starts_on_every_answer(here):
    for users, sign_in in zip(itertools.cycle(USERS), SIGN_INS, strict=False):
        read(here.path, answered(BY_KEY["fortigate"], users=users, sign_in=sign_in))
        on_free_ports(here)
        server = Server(reading.read(here.yaml, kinds(), folder=here.path), keys=(b"k" * 32,), demo=False)
        await server.start()
        try:
            assert set(server.directories) == ({"local"} if users == "local" else {"corp", "local"})
        finally:
            await server.close()


def test_the_text_is_as_wide_as_the_others(tmp_path):
    """Comments stand under each other, as in docs/radius.example.yaml."""
    for sign_in in SIGN_INS:
        for line in text(answered(BY_KEY["fortigate"], users="ad", sign_in=sign_in), "s.json").splitlines():
            assert len(line) <= 120, line


def test_what_is_typed_cannot_become_something_else(tmp_path):
    """Values stay what they are, whatever YAML makes of them."""
    for odd in ("on", "no", "0x1f", "1e3", "a: b", "a #b", "'", "{a}", "- x", "ü,o=é", "*x", "!x", "%x", "~", "a:"):
        mail = MailServer(host="on", port=465, from_address="mfa@example.com", username=odd, password="file:secret")
        answers = answered(
            None, sign_in="mail", mail=mail, users="ldap", ldap=of("ldap", base_dn=f"o={odd}", bind_dn=odd)
        )
        settings = read(tmp_path, answers)
        assert settings.directories["corp"].base_dn == f"o={odd}"
        assert settings.directories["corp"].bind_dn == odd
        assert settings.mail_servers["primary"].username == odd
        assert (settings.mail_servers["primary"].host, settings.mail_servers["primary"].encryption) == ("on", "tls")


def test_what_the_answers_mean(tmp_path):
    settings = read(tmp_path, answered(BY_KEY["mikrotik"], users="ad", sign_in="sms"))
    nas = settings.clients["mikrotik"]
    assert (nas.challenge, nas.hold.total_seconds(), nas.message_authenticator) == (False, 10, "auto")
    assert settings.directories["corp"].unique_id == "auto"
    assert (settings.phone_country, settings.profiles["sms-code"].sms_gateways) == ("NO", ("primary",))
    settings = read(tmp_path, answered(BY_KEY["fortigate"], users="ldap", sign_in="approval"))
    assert settings.clients["fortigate"].hold.total_seconds() == 60
    assert settings.clients["localhost"].hold.total_seconds() == 60
    assert "uid={username}" in settings.directories["corp"].user_filter
    assert settings.profiles["manager-approval"].default_recipient == "security@example.com"
    # X59: the NetBIOS name is asked for, not made of DC=, and so is the authority of a domain's own certificate.
    names = settings.directories["corp"].user_names
    assert (names.domains, names.realms) == ((), ("example.com",))
    write_certificates(tmp_path)
    named = of("ad", domain="HQ", ca_file=f"{tmp_path}/ca.pem")
    settings = read(tmp_path, answered(None, users="ad", ldap=named))
    assert settings.directories["corp"].user_names.domains == ("HQ",)
    assert settings.directories["corp"].ca_file == tmp_path / "ca.pem"
    plain = read(tmp_path, answered(None, users="ldap", ldap=of("ldap", urls=["ldap://dc1"], bind_dn="", password="")))
    assert plain.directories["corp"].start_tls
    assert plain.directories["corp"].bind_dn is None


def test_the_first_sign_in(here):
    """From nothing to an Access-Accept of one's own user, with a secret of one's own."""
    done = here.radiusd("init", "--yes")
    assert (done.code, done.err) == (0, "")
    secret = (here.path / "nas.secret").read_text().strip()
    assert re.fullmatch(r"[a-z2-9]{24}", secret)
    assert secret not in here.yaml.read_text() + done.out  # it is no terminal, so it may be somebody's log
    assert {path.name: path.stat().st_mode & 0o777 for path in here.path.iterdir()} == {
        "radius.yaml": 0o600,
        "radius.schema.json": 0o600,
        "nas.secret": 0o600,
    }
    first = here.yaml.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./radius.schema.json"
    assert (here.path / "radius.schema.json").read_text() == here.radiusd("schema").out
    assert here.radiusd("check", "--strict").out == "radius.yaml: no faults, no warnings\n"
    assert here.radiusd("user", "add", "ann", "--password-stdin", input=f"{PASSWORD}\n").code == 0
    on_free_ports(here)
    with daemon(here) as running:
        assert running.radiusd("login", "ann", "--password-stdin", input=f"{PASSWORD}\n").out == "Access-Accept\n"
        assert running.radiusd("login", "ann", "--password-stdin", input="long tulip 8\n").code == 1
        [line] = [line.strip() for line in done.out.splitlines() if "radclient" in line]
        line = line.replace("127.0.0.1", f"127.0.0.1:{here.ports['authentication']}").replace("PASSWORD", PASSWORD)
        asked = subprocess.run(["bash", "-c", line], cwd=here.path, capture_output=True, text=True, check=False)
        assert "Received Access-Accept" in asked.stdout, asked.stderr


def test_a_whole_company(here):
    """What is named by env: has to be there."""
    options = (*LDAP, *MAIL, "--default-recipient", "security@example.com", "--public-url", "https://mfa.example.com")
    done = here.radiusd("init", "--yes", "--nas", "fortigate", "--nas-address", "192.0.2.10", "--users", "ad",
                        "--sign-in", "approval", *options)  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert "Set LDAP_PASSWORD in the environment" in done.out
    assert "radiusd client advice fortigate --nas fortigate" in done.out
    assert "the environment has no `LDAP_PASSWORD`" in here.radiusd("check").err
    here.environment["LDAP_PASSWORD"] = "lily"
    assert here.radiusd("check", "--strict").out == "radius.yaml: no faults, no warnings\n"
    assert "radius.yaml is right as it is." in here.radiusd("client", "advice", "fortigate", "--nas", "fortigate").out


def test_an_app_is_set_up_before_the_first_sign_in(here):
    done = here.radiusd("init", "--yes", "--sign-in", "app")
    steps = [line.split("radiusd ")[-1] for line in done.out.splitlines() if line.startswith("    ")]
    assert steps[-4:] == ["check --live", "run", "authenticator add ann", "login ann"]


def test_nothing_is_overwritten(here):
    here.yaml.write_text("mine\n")
    done = here.radiusd("init", "--yes")
    assert (done.code, done.out) == (2, "")
    assert done.err == "radiusd: radius.yaml exists already and stays as it is; name another file: radiusd init PATH\n"
    assert here.radiusd("init", "other.yaml", "--yes").code == 0
    (here.path / "other.yaml").unlink()
    again = here.radiusd("init", "other.yaml", "--yes")  # its secret may be set on a NAS already
    assert (again.code, again.out) == (1, "")
    assert again.err == "radiusd: nas.secret exists already and stays as it is; move it away. Nothing was written\n"
    assert here.yaml.read_text() == "mine\n"
    assert sorted(path.name for path in here.path.iterdir()) == ["nas.secret", "radius.schema.json", "radius.yaml"]


def test_what_is_written_is_all_or_nothing(here):
    (here.path / "localhost.secret").mkdir()
    done = here.radiusd("init", "--yes", "--nas-address", "192.0.2.10")
    assert done.code == 1
    assert [path.name for path in here.path.iterdir()] == ["localhost.secret"]


def test_another_place(here):
    """The commands that are printed name it."""
    (here.path / "etc").mkdir()
    done = here.radiusd("init", "etc", "--yes", "--nas", "asa", "--nas-address", "192.0.2.10")
    assert done.code == 0
    assert sorted(path.name for path in (here.path / "etc").iterdir()) == [
        "asa.secret",
        "localhost.secret",
        "radius.schema.json",
        "radius.yaml",
    ]
    assert "--config etc/radius.yaml user add ann" in done.out
    assert "-S etc/localhost.secret" in done.out
    assert here.radiusd("--config", "etc/radius.yaml", "check").code == 0
    assert here.radiusd("--config", "etc/other.yaml", "init", "--yes").code == 0
    assert here.radiusd("init", "nowhere/radius.yaml", "--yes").err.startswith("radiusd: there is no folder nowhere")


WRONG = [
    (("--nas", "fortigat"), "--nas: there is no `fortigat`; did you mean `fortigate`?"),
    (("--nas-address", "192.0.2.256"), "--nas-address: 192.0.2.256 is not an address or network"),
    (("--users", "ldap"), "--ldap-url must be given"),
    (("--users", "ldap", "--ldap-url", "dc1.example.com"), "--ldap-url: dc1.example.com is not a server's URL"),
    (("--users", "ad", "--ldap-url", "ldaps://dc1.example.com"), "--ldap-bind-dn must be given"),
    (("--users", "ad", *LDAP[:4]), "--ldap-password must be given"),
    (("--users", "ad", *LDAP[:5], "lily"), "--ldap-password: write env:NAME or file:PATH, never the secret itself"),
    (("--sign-in", "mail"), "--mail-server must be given"),
    (("--sign-in", "mail", "--mail-server", "smtp.example.com:x"), "--mail-server: x is no port"),
    (("--sign-in", "mail", "--mail-server", "smtp.example.com"), "--mail-from must be given"),
    (("--sign-in", "sms", "--sms-url", "sms"), "--sms-url: sms is not a URL"),
    (("--sign-in", "sms", "--sms-url", "https://sms.example.com", "--phone-country", "tr"), "did you mean `TR`?"),
    (("--sign-in", "approval", *MAIL), "--default-recipient must be given"),
    (("--sign-in", "approval", *MAIL, "--default-recipient", "a@example.com"), "--public-url must be given"),
    (("--public-url", "http://mfa.example.com"), "--public-url: http://mfa.example.com must be https"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=lambda each: each[:30] if isinstance(each, str) else "")
def test_what_is_lacking_or_wrong_is_named_by_its_option(here, options, message):
    done = here.radiusd("init", "--yes", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "lily" not in done.err
    assert list(here.path.iterdir()) == []


def test_without_a_terminal(here):
    done = here.radiusd("init")
    assert (done.code, done.err) == (
        2,
        "radiusd: there is no terminal to ask questions at: give --yes, and options for what differs (--help)\n",
    )


def test_the_questions(here):
    """A wrong answer is asked for again; a password that is typed is not shown, and stands in a file of its own."""
    write_certificates(here.path)
    with terminal([*COMMAND, "init", "--public-url", "https://mfa.example.com"], here.path, here.env()) as asked:
        asked.answers("Which [other]: ", "fortinet")
        asked.answers("Which [other]: ", "fortigate")
        asked.answers("Its address (127.0.0.1: this machine) [127.0.0.1]: ", "192.0.2.10")
        asked.answers("Which [local]: ", "ad")
        asked.answers("Its URL", "ldaps://dc1.corp.example.com")
        asked.answers("The base DN of users and groups [dc=corp,dc=example,dc=com]: ", "")
        asked.answers("The bind DN", "")
        asked.answers("The bind DN", "radius@corp.example.com")
        asked.answers("Its password, kept in ldap.secret: ", "lily of the valley")
        asked.answers("The file with the authority of its certificate (Enter for none", "corp.pem")
        asked.answers("The file with the authority", "ca.pem")
        asked.answers("Its NetBIOS name, as EXAMPLE of EXAMPLE\\ann (Enter for none): ", "corp.example.com")
        asked.answers("Its NetBIOS name", "HQ")
        asked.answers("Which [password]: ", "mail")
        asked.answers("The mail server", "smtp.example.com:465")
        asked.answers("The address that its mails come from [radiusd@corp.example.com]: ", "")
        asked.answers("The name to sign in with there (Enter for none)", "")
    assert "there is no `fortinet`; did you mean `fortigate`?" in asked.shown
    assert "corp.example.com is no NetBIOS name" in asked.shown
    assert "lily" not in asked.shown
    assert (here.path / "ldap.secret").read_text() == "lily of the valley\n"
    assert (here.path / "ldap.secret").stat().st_mode & 0o777 == 0o600
    secret = (here.path / "fortigate.secret").read_text().strip()
    assert asked.shown.count(secret) == 1
    assert "lily" not in here.yaml.read_text()
    assert secret not in here.yaml.read_text()
    assert here.radiusd("check", "--strict").out == "radius.yaml: no faults, no warnings\n"


def test_every_option_is_a_question():
    """None is forgotten by the one or by the other."""
    command = (ROOT / "radiusd/cli/initialising.py").read_text()
    questions = (ROOT / "radiusd/cli/first_answers.py").read_text()
    options = re.findall(r"^    (\w+): Annotated\[str \| None, typer\.Option", command, re.MULTILINE)
    assert len(options) == 19
    for option in options:
        assert f'"{option}"' in questions, option
