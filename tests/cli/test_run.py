"""`radiusd run`, `login`, `explain` and `reload` end to end: the real processes, the real sockets."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.daemon import COMMAND, ROOT, Daemon, Folder, daemon, folder, free_ports
from tests.servers.terminal import terminal

USER = ("user", "add", "ann", "--password-stdin", "--framed-ip-address", "10.1.2.3")


@pytest.fixture
def with_ann(here):
    assert here.radiusd(*USER, input="long tulip 9\n").code == 0
    return here


@pytest.mark.row("S41")
def test_sign_in_and_be_refused_and_learn_why(with_ann):
    with daemon(with_ann) as running:
        right = running.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
        assert (right.code, right.err) == (0, "")
        assert right.out == "Access-Accept\n  Framed-IP-Address = 10.1.2.3\n"

        wrong = running.radiusd("login", "ann", "--password-stdin", "--station", "192.0.2.7", input="rose\n")
        assert (wrong.code, wrong.err) == (1, "")
        ref = re.fullmatch(
            r"Access-Reject\n  Reply-Message = Access denied\. Ref ([0-9A-HJKMNP-TV-Z]{8})\n", wrong.out
        )[1]

        for typed in (ref, ref.lower(), f"{ref[:4]}-{ref[4:]}", ref.replace("0", "O").replace("1", "I")):
            told = running.radiusd("explain", typed)
            assert told.code == 0
            facts = dict(re.findall(r"^([A-Z][A-Za-z]+) {2,}(.+)$", told.out, re.MULTILINE))
            assert facts["Reference"] == ref
            assert (facts["Outcome"], facts["Reason"]) == ("rejected", "password wrong")
            assert (facts["User"], facts["Profile"]) == ("ann, of directory local", "password-only")
            assert (facts["Client"], facts["Station"]) == ("nas, application vpn", "192.0.2.7")
            assert "packet from 127.0.0.1" in facts["NAS"]
            assert "Step by step:" in told.out
            assert "What to do:" in told.out

        assert "rose" not in running.out + running.err
        listed = running.radiusd("audit", "--user", "ann", "--outcome", "reject").out
        assert ref in listed


def test_login_names_a_station(with_ann):
    """D24: who tries something out does not stand in line for want of one, unless that is what they try."""
    with daemon(with_ann) as running:
        for words in ((), ("--station", "pc"), ("--station", "")):
            assert running.radiusd("login", "ann", "--password-stdin", *words, input="long tulip 9\n").code == 0
        rows = json.loads(running.radiusd("audit", "--user", "ann", "--outcome", "accept", "--json").out)
        assert sorted(row["station"] for row in rows) == sorted([socket.gethostname(), "pc", ""])


def test_explain_of_nothing(with_ann):
    done = with_ann.radiusd("explain", "7K3F9QXM")
    assert done.code == 1
    assert "nothing is recorded of 7K3F9QXM" in done.err
    assert with_ann.radiusd("explain", "7K3F9Q").code == 2
    assert with_ann.radiusd("explain").code == 2
    assert with_ann.radiusd("explain", "--user", "ann").code == 2
    assert with_ann.radiusd("explain", "7K3F9QXM", "--user", "ann", "--client", "nas").code == 2


def test_what_would_happen(with_ann):
    """Nothing is sent, and nothing is recorded."""
    before = with_ann.radiusd("audit", "--json").out
    done = with_ann.radiusd("explain", "--user", "ann", "--client", "nas")
    assert (done.code, done.err) == (0, "")
    assert "password-only" in done.out
    assert "10.1.2.3" in done.out
    with_ann.radiusd("user", "disable", "ann")
    after = with_ann.radiusd("explain", "--user", "ann", "--client", "nas")
    assert "disabled" in after.out
    told = json.loads(with_ann.radiusd("explain", "--user", "Ann", "--client", "nas", "--json").out)
    assert (told["outcome"], told["reason"], told["user"]) == ("reject", "the user is disabled", "Ann")
    assert told["steps"][-1] == "refused: the user is disabled"
    assert with_ann.radiusd("explain", "--user", "ann", "--client", "nsa").code == 2
    assert with_ann.radiusd("audit", "--json").out.count('"id"') == before.count('"id"') + 1


def test_no_server(with_ann):
    done = with_ann.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
    assert (done.code, done.out) == (1, "")
    assert f"no answer to the client nas: 127.0.0.1:{with_ann.ports['authentication']}" in done.err


def test_the_client_that_is_played(with_ann):
    other = "  nas: {address: 127.0.0.0/8"
    text = with_ann.yaml.read_text()
    with_ann.yaml.write_text(
        text.replace(other, '  far: {address: 192.0.2.1, secret: "another one here", application: vpn}\n' + other)
    )
    server = f"127.0.0.1:{with_ann.ports['authentication']}"
    with daemon(with_ann) as running:
        words = ("login", "ann", "--password-stdin", "--server", server)
        assert running.radiusd(*words, "--client", "nas", input="long tulip 9\n").code == 0
        assert running.radiusd(*words, "--client", "far", input="long tulip 9\n").code == 1  # by another's secret
        unknown = running.radiusd(*words, "--client", "nax", input="long tulip 9\n")
        assert (unknown.code, unknown.err) == (
            2,
            "radiusd: --client: there is no client nax; did you mean `nas`?\n",
        )
        bad = running.radiusd("login", "ann", "--password-stdin", "--server", "127.0.0.1:x", input="long tulip 9\n")
        assert (bad.code, bad.err) == (2, "radiusd: --server: 127.0.0.1:x is no HOST:PORT\n")


def test_changes_on_the_command_line_count_at_once(with_ann):
    with daemon(with_ann) as running:
        words = ("login", "ann", "--password-stdin")
        assert running.radiusd(*words, input="long tulip 9\n").code == 0
        running.radiusd("user", "disable", "ann")
        assert running.radiusd(*words, input="long tulip 9\n").code == 1
        running.radiusd("user", "enable", "ann")
        running.radiusd("user", "password", "ann", "--password-stdin", input="longer rose 7\n")
        assert running.radiusd(*words, input="long tulip 9\n").code == 1
        assert running.radiusd(*words, input="longer rose 7\n").code == 0


@pytest.mark.row("S265", "S271", "S272")
def test_a_manual_block_and_its_removal(with_ann):
    """S265, S271, S272."""
    with daemon(with_ann) as running:
        words = ("login", "ann", "--password-stdin")
        added = running.radiusd("block", "add", "Ann", "--for", "30m", "--reason", "lost laptop")
        assert added.code == 0
        number = re.search(r": block (\d+)\n", added.out)[1]
        assert running.radiusd(*words, input="long tulip 9\n").code == 1
        assert running.radiusd("block", "remove", number).out == "the block of ann is removed\n"
        assert running.radiusd(*words, input="long tulip 9\n").code == 0


def test_the_client_list(with_ann):
    with daemon(with_ann) as running:
        before = running.radiusd("client", "list").out
        assert re.search(r"^nas +127\.0\.0\.0/8 +vpn .* never$", before, re.MULTILINE)
        running.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
        running.stop()  # what was counted is written down at the latest now
    after = with_ann.radiusd("client", "list").out
    assert not re.search("never", after)


def test_it_ends_when_told(with_ann):
    for number in (signal.SIGTERM, signal.SIGINT):
        with daemon(with_ann) as running:
            assert running.stop(number) == 0
            assert "Traceback" not in running.err
            last = json.loads(running.err.splitlines()[-1])  # X73
            assert (last["level"], last["event"]) == ("info", "stopped")
            assert running.radiusd("reload").code == 1


def test_a_second_server_is_refused(with_ann):
    with daemon(with_ann) as running:
        second = running.radiusd("run")
        assert second.code == 1
        assert f"runs already on this database, as process {running.process.pid}" in second.err
        assert running.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n").code == 0


@pytest.mark.parametrize("listener", ["authentication", "accounting", "web"])
def test_a_port_in_use(with_ann, listener):
    kind = socket.SOCK_STREAM if listener == "web" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", with_ann.ports[listener]))
        if listener == "web":
            other.listen()
        done = with_ann.radiusd("run")
    assert done.code == 1
    assert f"127.0.0.1:{with_ann.ports[listener]} is in use" in done.err
    assert f"listen.{listener} in radius.yaml" in done.err
    assert "Traceback" not in done.err


def test_a_faulty_file_starts_nothing(here):
    here.yaml.write_text(here.yaml.read_text().replace("application: vpn", "application: vnp"))
    done = here.radiusd("run")
    assert (done.code, done.out) == (2, "")
    assert re.match(r"radius.yaml:\d+:\d+: ", done.err)
    assert sorted(path.name for path in here.path.iterdir()) == ["radius.yaml"]


def test_the_first_start_makes_the_key(here):
    with daemon(here):
        key = here.path / "radiusd.key"
        assert key.stat().st_mode & 0o777 == 0o600
        text = key.read_text()
        assert (here.path / "radiusd.db").stat().st_mode & 0o077 == 0
    with daemon(here):
        assert key.read_text() == text


def test_a_key_file_of_something_else(here):
    (here.path / "radiusd.key").write_text("nonsense\n")
    done = here.radiusd("run")
    assert done.code == 2
    assert "is not a key" in done.err


def test_reload(with_ann):
    """A change is applied, and the log says which."""
    with daemon(with_ann) as running:
        text = with_ann.yaml.read_text()
        with_ann.yaml.write_text(
            text.replace("{profiles: [password-only]}", "{profiles: [password-only], reply: {Class: new}}")
        )
        done = running.radiusd("reload")
        assert (done.code, done.err) == (0, "")
        assert f"process {running.process.pid}, applied radius.yaml" in done.out
        running.wait_for("applications.vpn.reply")
        accept = running.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
        assert "Class = new" in accept.out


def test_reload_of_a_faulty_file(with_ann):
    """The file is checked before anything is signalled; a signal keeps the old configuration and logs every fault."""
    with daemon(with_ann) as running:
        good = with_ann.yaml.read_text()
        with_ann.yaml.write_text(good.replace("type: local", "type: locl") + "languge: en\n")
        done = running.radiusd("reload")
        assert done.code == 2
        assert "radius.yaml has 2 faults" in done.err
        assert "locl" not in running.err
        running.process.send_signal(signal.SIGHUP)
        running.wait_for("reload refused")
        assert "locl" in running.err
        assert "languge" in running.err
        with_ann.yaml.write_text(good)
        assert running.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n").code == 0
        assert running.radiusd("reload").code == 0


def test_reload_says_what_needs_a_restart(with_ann):
    with daemon(with_ann) as running:
        with_ann.yaml.write_text(
            with_ann.yaml.read_text().replace(f"127.0.0.1:{with_ann.ports['accounting']}", "127.0.0.1:0")
        )
        for _ in range(2):  # it waits until it is restarted, however often it is asked
            done = running.radiusd("reload")
            assert (done.code, done.err) == (1, WAITS)
            assert f"process {running.process.pid}, applied radius.yaml" in done.out
        running.wait_for("restart needed")


WAITS = "radiusd: but `listen` as it is there now waits for a restart: a running server keeps the old value\n"


def test_reload_without_a_server(here):
    done = here.radiusd("reload")
    assert done.code == 1
    assert "no radiusd runs on this database" in done.err


def test_a_filter_that_is_none_is_told_where_it_is_written(with_ann):
    """X40: as Active Directory takes it; it ended the running server."""
    text = with_ann.yaml.read_text()
    line = 1 + text[: text.index("  local:")].count("\n")
    corp = (
        '  corp: {type: ldap, urls: "ldaps://127.0.0.1", base_dn: "dc=lab", user_filter: "(&(!a=b)(uid={username}))"}\n'
    )
    with daemon(with_ann) as running:
        with_ann.yaml.write_text(text.replace("  local:", corp + "  local:"))
        done = running.radiusd("check")
        assert (done.code, done.err.splitlines()[0]) == (
            2, f"radius.yaml:{line}:81: `user_filter` is not a filter of RFC 4515: write (!(a=b)) for (!a=b)"
        )  # fmt: skip
        assert running.radiusd("reload").code == 2
        running.process.send_signal(signal.SIGHUP)
        running.wait_for("reload refused")
        with_ann.yaml.write_text(text)
        assert running.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n").code == 0


@pytest.fixture
def shipped(tmp_path) -> Folder:
    """The radius.yaml of this project, on free ports."""
    ports = free_ports()
    text = (ROOT / "radius.yaml").read_text()
    text = text.replace("127.0.0.1:1812", f"127.0.0.1:{ports['authentication']}").replace('"[::1]:1812"', '"[::1]:0"')
    text = text.replace("127.0.0.1:1813", f"127.0.0.1:{ports['accounting']}").replace('"[::1]:1813"', '"[::1]:0"')
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{ports['web']}")
    (tmp_path / "radius.yaml").write_text(text)
    return Folder(tmp_path, ports)


def pasted(place: Folder, line: str) -> subprocess.CompletedProcess[str]:
    """What a second terminal in that folder says to a line."""
    return subprocess.run(
        ["bash", "-c", line], cwd=place.path, env=place.env(), capture_output=True, text=True, timeout=60, check=False
    )


def account(running: Daemon) -> str:
    """The password of the first one that the banner has."""
    return re.search(r"^ *demo +(\S+) +a password$", running.out, re.MULTILINE)[1]


def test_the_commands_of_the_banner_work_as_they_are_printed(shipped):
    with daemon(shipped, "--demo") as running:
        banner = running.out
        radclient = re.search(r"^ *(echo .*\|\n.*radclient .*)$", banner, re.MULTILINE)[1]
        [login] = re.findall(r"^ *(\S.* login demo)$", banner, re.MULTILINE)
        [explain] = re.findall(r"^ *(\S.* explain REF)$", banner, re.MULTILINE)

        done = pasted(shipped, radclient)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Received Access-Accept" in done.stdout
        assert "Framed-IP-Address = 192.0.2.10" in done.stdout

        with terminal(["bash", "-c", login], shipped.path, shipped.env()) as typed:
            typed.answers("Password: ", account(running))
        assert "Framed-IP-Address = 192.0.2.10" in typed.shown

        with terminal(["bash", "-c", login], shipped.path, shipped.env(), code=1) as typed:
            typed.answers("Password: ", "wrong")
        ref = re.search(r"Ref (\w{8})", typed.shown)[1]
        done = pasted(shipped, explain.replace("REF", ref))
        assert "password wrong" in done.stdout
        assert (shipped.path / "radiusd-demo.secret").stat().st_mode & 0o777 == 0o600


def test_the_demo_begins_with_what_to_do_in_lines_of_a_terminal(shipped):
    """X74: no warning of its own file, and nothing longer than 80 columns but the folder's name and this command's."""
    with daemon(shipped, "--demo") as running:
        lines = [line.replace(sys.executable, "").replace(str(shipped.path), "") for line in running.out.splitlines()]
        assert lines[1] == "radiusd runs as a demonstration, for this machine only. Ctrl-C ends it."
        assert [line for line in lines if len(line) > 80] == []
        assert running.out.count("http://") == 1
        assert len(lines) < 30
        told = [line for line in running.err.splitlines() if "warning" in line]
        assert [line for line in told if "port 0" not in line] == []  # which this test writes
        assert " ready " not in running.err  # the banner says that


def test_who_waits_for_an_answer_is_told_so(shipped):
    """X74: until a manager decides nothing comes, and a terminal that shows nothing looks dead."""
    with daemon(shipped, "--demo") as running:
        password = re.search(r"^ *demo-approval +(\S+) +", running.out, re.MULTILINE)[1]
        words = [*COMMAND, "login", "demo-approval"]
        with terminal(words, shipped.path, shipped.env(), code=1) as typed:
            typed.answers("Password: ", password)
            while "no answer yet; waiting for up to 60s" not in typed.shown:
                assert typed.reads()
            [one] = json.loads(shipped.radiusd("approval", "list", "--json").out)
            assert shipped.radiusd("approval", "decide", one["id"], "reject").code == 0


def test_demo_accounts_are_new_at_each_start_and_only_the_demos(shipped):
    """They cannot sign in without --demo."""

    def signs_in(password):
        return shipped.radiusd("login", "demo", "--password-stdin", input=f"{password}\n").code

    with daemon(shipped, "--demo") as running:
        first = account(running)
    with daemon(shipped, "--demo") as running:
        second = account(running)
        assert second != first
        assert (signs_in(first), signs_in(second)) == (1, 0)
    # Without --demo nothing is sent by an outbox, and no profile may name one.
    text = re.sub(r"mail_servers:.*?\nprofiles:", "profiles:", shipped.yaml.read_text(), flags=re.DOTALL)
    text = re.sub(r"  (mailed-code|sms-code|manager-approval): .*\n", "", text)
    text = re.sub(r"policies:.*?\napplications:", "applications:", text, flags=re.DOTALL)
    shipped.yaml.write_text(text.replace("[manager-approval, mailed-code, sms-code, password-only]", "[password-only]"))
    with daemon(shipped):
        assert signs_in(second) == 1


def test_a_demo_wants_a_database_of_its_own(shipped):
    with daemon(shipped, "--demo"):
        pass
    assert shipped.radiusd(*USER, input="long tulip 9\n").code == 0
    done = shipped.radiusd("run", "--demo")
    assert done.code == 1
    assert "this one has users: ann" in done.err


def test_a_demo_is_for_this_machine_alone(shipped):
    text = shipped.yaml.read_text()
    shipped.yaml.write_text(text.replace(f"web: [127.0.0.1:{shipped.ports['web']}]", "web: [0.0.0.0:0]"))
    done = shipped.radiusd("run", "--demo")
    assert (done.code, done.err.splitlines()[-1]) == (
        2,
        "radiusd: --demo listens to this machine alone; take out listen.web: 0.0.0.0:0, or leave out --demo",
    )


def test_a_demo_without_any_file(tmp_path):
    """The radius.yaml of the package, with everything it makes in the current folder. Its ports may be in use here."""
    place = Folder(tmp_path, {})
    process = subprocess.Popen(
        [*COMMAND, "run", "--demo"],
        cwd=tmp_path,
        env=place.env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = ""
        while "is ready" not in line and process.poll() is None:
            line = process.stdout.readline()
    finally:
        process.terminate()
        _out, err = process.communicate(timeout=15)
    made = {path.name for path in tmp_path.iterdir()}
    assert {"radiusd.db", "radiusd.key", "radiusd.pid", "radiusd-demo.secret"} <= made, err
    assert "radius.yaml" not in made
    assert not {path.name for path in Path(ROOT / "radiusd").iterdir()} & {"radiusd.db", "radiusd.key"}


def test_folders_of_their_own_run_side_by_side(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with daemon(folder(tmp_path / "one")) as one, daemon(folder(tmp_path / "two")) as two:
        assert one.process.pid != two.process.pid
