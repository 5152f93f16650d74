"""YAML as YAML 1.2 has it, with places and limits; `include:`, `env:`, `file:`, `literal:`."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.reading import parse, scalar
from config.yaml.gathering import Unreadable
from config.yaml.nodes import plain
from tests.config.writing import CLIENTS, ENVIRONMENT, PROFILES, SMALL, faults_of, settings_of


def value_of(text: str) -> object:
    """What `key: text` holds."""
    root, faults = parse("radius.yaml", f"key: {text}\n")
    assert not faults
    return plain(root)["key"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("True", True), ("FALSE", False),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("", None), ("~", None), ("null", None), ("none", "none"),
        ("10", 10), ("010", 10), ("-7", -7), ("+7", 7), ("0o17", 15), ("0x1F", 31), ("0b11", "0b11"), ("1_000", "1_000"),
        ("12:30", "12:30"), ("1:2:3", "1:2:3"), ("2026-12-20", "2026-12-20"), ("2026-12-20T10:00:00Z", "2026-12-20T10:00:00Z"),
        ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), (".inf", math.inf), ("-.Inf", -math.inf), ("inf", "inf"),
        ("0.0.0.0", "0.0.0.0"), ("1.2.3", "1.2.3"), ("'10'", "10"), ('"true"', "true"), ("!!str 10", "10"), ("=", "="),
    ],
)  # fmt: skip
def test_scalars_of_the_core_schema(text, value):
    """YAML 1.2.2 section 10.3.2; PyYAML's own are those of YAML 1.1."""
    read = value_of(text)
    assert (read, type(read)) == (value, type(value))


def test_not_a_number():
    assert math.isnan(value_of(".nan"))


@given(st.integers())
def test_every_integer(number):
    if len(str(number)) <= 100:
        assert scalar(str(number)) == number
        assert scalar(f"0{abs(number)}") == abs(number)


@given(st.text(alphabet="0123456789abcdefoxXeE+-._: ynYNtrue~", max_size=12))
def test_only_the_core_schema_is_no_text(text):
    """Whatever the schema's own expressions do not have stays the text it is."""
    number = r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    other = r"||~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    assert isinstance(scalar(text), str) is not bool(re.fullmatch(number + other, text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("workers: 1\nworkers: 2\n", "2:1: `workers` is here for the second time; the first is in line 1"),
        ("listen: {web: [], web: []}\n", "1:19: `web` is here for the second time; the first is in line 1"),
        ("- a\n- b\n", "1:1: must be a map of sections, for example `clients:`"),
        ("workers: 1\n---\nworkers: 2\n", "2:1: a second document begins; a file has one"),
        ("a: *b\n", "1:4: is an alias (`*...`) of nothing before it; a text that begins so is put in quotes"),
        ("a: &b [*b]\n", "1:8: is an alias (`*...`) of nothing before it; a text that begins so is put in quotes"),
        ("a: !hush\n", "1:4: has a tag (`!...`), which means nothing here; a text that begins so is put in quotes"),
        ("? [a]\n: b\n", "1:3: a key must be a plain text"),
        ("a: b\x07c\n", "1:5: the character U+0007 may not be in a YAML file"),
        ("x: 1\na:\n\tb: 1\n", "3:1: is not YAML: a tab stands here; lines are indented by spaces"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1: is not YAML: a tab stands here; lines are indented by spaces"),
        ("a: [b\n", "1:4: is not YAML: the [ that opens here has no ] before line 2, or a comma is missing before it"),
        ("a: {b: 1, c: 2]\n", "1:4: is not YAML: the { that opens here has no } before column 15, or a comma is missing before it"),
        ("a: {{ code }}\n", "1:5: a key must be a plain text; a text with {{ ... }} in it is put in quotes"),
        ("a: {b: Code {{ code }}, c: 1}\n", "1:13: is not YAML: a text with {{ ... }} in it is put in quotes"),
        ('a: "b\nc: 1\nd: 2\n', "1:4: is not YAML: the quote that opens here is never closed"),
        ('a: "b\nc: "d"\n', "1:4: is not YAML: the quote that opens here is closed in line 2 only; close it where its text ends"),
        ('a: "b"c"\n', "1:7: is not YAML: a text ends with its closing quote, and more stands behind it; within quotes write '' for ' or \\\" for \""),
        ('a: "\\d"\n', "1:5: is not YAML: in double quotes \\ begins an escape, and this is none; single quotes leave it as it is"),
        ("a: b: c\n", "1:5: is not YAML: a text with a colon and a space in it is put in quotes"),
        ("a:1\nb: 2\n", "1:2: is not YAML: a space must stand behind the colon of a key"),
        ("a\nb: 2\n", "2:2: is not YAML: a key stands where the line before has no colon, or is its value"),
        ("a: @b\n", "1:4: is not YAML: a text that begins with @ is put in quotes"),
        ("a:\n  b: 1\n c: 2\n", "3:2: is not YAML: this line is not indented as those that it belongs to, from line 1 on"),
        ("a: " + "[" * 70 + "]" * 70 + "\n", "1:68: is nested more than 64 deep"),
    ],
)  # fmt: skip
def test_what_is_no_configuration(tmp_path, text, told):
    assert faults_of(tmp_path, text)[0] == told


def test_aliases_are_bounded():
    """Few lines that stand for 10^9 values are refused before they are made."""
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(Unreadable, match="aliases stand for more than"):
        parse("radius.yaml", "\n".join(lines))


def test_aliases_are_values(tmp_path):
    settings = settings_of(
        tmp_path, SMALL + "policies:\n- &p {profile: plain, directory: local, attribute: email, values: [a]}\n- *p\n"
    )
    assert settings.policies[0] == settings.policies[1]


def test_octets_that_are_not_utf_8(tmp_path):
    (tmp_path / "more.yaml").write_bytes("language: en\ntexts: {refused: Eri\xfe}\n".encode("latin-1"))
    (fault,) = faults_of(tmp_path, "include: more.yaml\n")
    assert fault == f"2:21: {tmp_path}/more.yaml is not UTF-8 from its line 2 on; save it as UTF-8"


def test_turkish_is_text(tmp_path):
    settings = settings_of(tmp_path, "texts: {refused: {en: Access denied., tr: Erişim reddedildi.}}")
    assert settings.texts == {"refused": {"en": "Access denied.", "tr": "Erişim reddedildi."}}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "policies:\nclients:\n"])
def test_nothing_is_all_defaults(tmp_path, text):
    assert settings_of(tmp_path, text).workers == 1


def test_too_large(tmp_path):
    assert "is larger than 16384 KiB" in faults_of(tmp_path, "#" * (16 * 1024 * 1024 + 1))[0]


def test_no_file(tmp_path):
    assert faults_of(tmp_path, "include: none.yaml\n") == [
        f"1:10: can not read {tmp_path}/none.yaml: No such file or directory"
    ]


def test_included_files_are_one(tmp_path):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "a.yaml").write_text("profiles: {one: {method: password, directories: local}}")
    (tmp_path / "profiles" / "b.yaml").write_text(
        "profiles: {two: {method: password, directories: local}}\nlanguage: tr"
    )
    settings = settings_of(tmp_path, 'include: ["profiles/*.yaml"]\n' + SMALL)
    assert set(settings.profiles) == {"plain", "one", "two"}
    assert settings.language == "tr"


def test_included_twice_by_name_and_pattern(tmp_path):
    (tmp_path / "a.yaml").write_text("language: tr")
    assert settings_of(tmp_path, 'include: [a.yaml, "*.yaml"]\n').language == "tr"


def test_no_key_twice_in_two_files(tmp_path):
    """The fault carries the file that repeats it."""
    (tmp_path / "more.yaml").write_text("language: tr\n" + PROFILES)
    (tmp_path / "radius.yaml").write_text("")
    text = "include: more.yaml\nlanguage: en\n" + SMALL
    assert faults_of(tmp_path, text) == [
        f"1:1: `language` is here for the second time; the first is in {tmp_path}/radius.yaml:2",
        f"3:3: `plain` is here for the second time; the first is in {tmp_path}/radius.yaml:9",
    ]


def test_a_fault_carries_its_own_file(tmp_path):
    (tmp_path / "more.yaml").write_text("profiles:\n  other: {method: password, directories: [lokal]}\n")
    with pytest.raises(Exception, match=r"more.yaml:2:43: unknown directory `lokal`; did you mean `local`\?"):
        settings_of(tmp_path, "include: more.yaml\n" + SMALL)


def test_a_file_that_includes_itself(tmp_path):
    (tmp_path / "more.yaml").write_text("include: radius.yaml\n")
    assert faults_of(tmp_path, "include: more.yaml\n") == ["1:10: `include`: radius.yaml includes itself"]


def test_from_the_environment_and_from_files(tmp_path):
    (tmp_path / "hush").touch(0o600)
    (tmp_path / "hush").write_text("a secret of a file\n")
    text = CLIENTS.replace('"a secret of twenty characters"', "{}") + SMALL.removeprefix(CLIENTS)

    def secret(written: str) -> str:
        environ = {
            **ENVIRONMENT,
            "OF_KUBERNETES": "a secret of the cluster\n",
            "OF_WINDOWS": "a secret of the desk\r\n",
        }
        settings = settings_of(tmp_path, text.replace("{}", written, 1), environ=environ)
        return settings.clients["nas"].secret.reveal()

    assert secret("file:hush") == "a secret of a file"  # the line end is the editor's
    assert secret("env:OF_KUBERNETES") == "a secret of the cluster"  # made with `echo` (X46)
    assert secret("env:OF_WINDOWS") == "a secret of the desk"
    assert secret("env:SMTP_PASSWORD") == "smtp-hush-hush"
    assert secret('"literal:env:SMTP_PASSWORD"') == "env:SMTP_PASSWORD"
    assert secret('"envy:SMTP"') == "envy:SMTP"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("env:NOWHERE", "the environment has no `NOWHERE`; set it, or write file:PATH"),
        ("env:SMTP_PASWORD", "the environment has no `SMTP_PASWORD`; did you mean `SMTP_PASSWORD`?"),
        ("file:nothing", "can not read {folder}/nothing: No such file or directory"),
        ("file:.", "{folder} is a folder"),
        ("file:fifo", "{folder}/fifo is no file"),  # it would be waited for without end, by a server too (X46)
        (
            "env:TWO_LINES",
            "`secret` has a line break or another control character in it, which no other side has; write it in one line",
        ),
        (
            '"a secret\\aof twenty"',
            "`secret` has a line break or another control character in it, which no other side has; write it in one line",
        ),
        ("env:EMPTY", "`secret` is empty"),
        ("env:OCTETS", "`OCTETS` of the environment is not UTF-8"),
    ],
)
def test_what_can_not_be_had(tmp_path, written, told):
    text = SMALL.replace('"a secret of twenty characters"', written)
    environ = {"EMPTY": "", "SMTP_PASSWORD": "x", "OCTETS": "a\udcff", "TWO_LINES": "a secret\nand another\n"}
    os.mkfifo(tmp_path / "fifo")
    assert faults_of(tmp_path, text, environ=environ) == ["2:37: " + told.format(folder=tmp_path)]


def test_names_are_beside_the_file_or_in_the_folder(tmp_path):
    """`--demo` reads a file of the package with its database in the current folder."""
    (tmp_path / "data").mkdir()
    text = "key_file: my.key\ndictionaries: dictionary.mine\n"
    settings = settings_of(tmp_path, text, folder=tmp_path / "data")
    assert settings.key_file == tmp_path / "data" / "my.key"
    assert settings.database == f"sqlite:///{tmp_path}/data/radiusd.db"
    assert settings.dictionaries == (tmp_path / "data" / "dictionary.mine",)
    assert settings.folder == tmp_path / "data"
    assert settings.path == tmp_path / "radius.yaml"
    assert settings_of(tmp_path, "key_file: /etc/our.key\n", folder=tmp_path / "data").key_file == Path("/etc/our.key")
