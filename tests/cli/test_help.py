"""The command line itself."""

from __future__ import annotations

import re

import radiusd


def test_version(here):
    assert here.radiusd("--version").out == f"radiusd {radiusd.__version__}\n"


def test_help_names_every_command(here):
    done = here.radiusd("--help")
    assert done.code == 0
    for command in ("run", "check", "reload", "login", "user", "block", "client", "audit", "explain"):
        assert f" {command} " in done.out
    assert here.radiusd("user", "--help").code == 0


def test_an_unknown_command_is_usage(here):
    done = here.radiusd("rum")
    assert (done.code, done.out) == (2, "")
    assert "rum" in done.err


def test_no_configuration(tmp_path, here):
    """Where it looked, and what to do."""
    here.yaml.unlink()
    done = here.radiusd("user", "list")
    assert done.code == 2
    assert str(tmp_path / "radius.yaml") in done.err
    assert "/etc/radiusd/radius.yaml" in done.err
    assert "radiusd run --demo" in done.err


def test_a_named_file_that_is_not_there(here):
    done = here.radiusd("--config", "other.yaml", "user", "list")
    assert (done.code, done.err) == (2, "radiusd: there is no file other.yaml (--config names it)\n")
    done = here.radiusd("user", "list", environment={"RADIUSD_CONFIG": "other.yaml"})
    assert (done.code, done.err) == (2, "radiusd: there is no file other.yaml ($RADIUSD_CONFIG names it)\n")


def test_which_file_is_read(here):
    """--config, then $RADIUSD_CONFIG, then ./radius.yaml."""
    for name in ("one", "two"):
        (here.path / name).mkdir()
        (here.path / name / "radius.yaml").write_text(here.yaml.read_text())
    here.radiusd("user", "add", "here", "--random")
    here.radiusd("--config", "one/radius.yaml", "user", "add", "first", "--random")
    environment = {"RADIUSD_CONFIG": "two/radius.yaml"}
    here.radiusd("user", "add", "second", "--random", environment=environment)
    assert "here" in here.radiusd("user", "list").out
    assert "second" in here.radiusd("user", "list", environment=environment).out
    both = here.radiusd("--config", "one/radius.yaml", "user", "list", environment=environment)
    assert "first" in both.out


def test_the_shipped_file_serves_only_where_a_demonstration_was_started(here):
    here.yaml.unlink()
    (here.path / "radiusd-demo.secret").write_text("abcdefghijkmnpqrstuvwxyz\n")
    done = here.radiusd("user", "list")
    assert (done.code, done.err) == (0, "")
    assert (here.path / "radiusd.db").exists()


def test_a_database_that_cannot_be_used(here):
    (here.path / "radiusd.db").write_text("no database at all\n" * 100)
    done = here.radiusd("user", "list")
    assert done.code == 1
    assert re.match(r"radiusd: .*radiusd\.db", done.err)
    assert "Traceback" not in done.err
