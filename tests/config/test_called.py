"""What people read in place of names: `organisation` and `title` (D28)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from config.difference import difference
from tests.config.writing import SMALL, changed, faults_of, settings_of

NAS = "application: vpn}"


def png(size: int = 0) -> bytes:
    """A picture of one white point, with so many octets of a text that nobody reads."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    filling = chunk(b"tEXt", b"x" * size) if size else b""
    return b"\x89PNG\r\n\x1a\n" + header + filling + chunk(b"IDAT", zlib.compress(b"\x00\xff")) + chunk(b"IEND", b"")


def with_logo(folder: Path, octets: bytes, logo: str = "file:logo.png") -> str:
    (folder / "logo.png").write_bytes(octets)
    return f"organisation: {{name: Example Ltd, logo: '{logo}'}}\n{SMALL}"


def test_the_organisation_has_a_name_and_the_octets_of_its_logo(tmp_path):
    settings = settings_of(tmp_path, with_logo(tmp_path, png()))
    assert settings.organisation.name == "Example Ltd"
    assert settings.organisation.logo == png()
    assert "PNG" not in repr(settings.organisation)


def test_it_needs_neither(tmp_path):
    organisation = settings_of(tmp_path).organisation
    assert (organisation.name, organisation.logo) == (None, None)


def test_of_a_new_logo_a_reload_says_only_that(tmp_path):
    before = settings_of(tmp_path, with_logo(tmp_path, png()))
    after = settings_of(tmp_path, with_logo(tmp_path, png(10)))
    assert difference(before, after) == ["organisation.logo: changed"]


@pytest.mark.parametrize(
    ("octets", "logo", "told"),
    [
        (b"\xff\xd8\xff\xe0 JFIF", "file:logo.png", "the content of file:logo.png is no PNG"),
        (b"\x89PNG\r\n\x1a\n", "file:logo.png", "the content of file:logo.png is no PNG"),
        (png(64 * 1024), "file:logo.png", "the content of file:logo.png is larger than 64 KiB"),
        (png(), "logo.png", "must be `file:` and the name of a PNG, for example file:logo.png"),
        (png(), "env:SMS_TOKEN", "must be `file:` and the name of a PNG, for example file:logo.png"),
    ],
    ids=["a JPEG", "a signature alone", "too large", "a name alone", "a variable"],
)
def test_a_logo_is_a_small_png_from_a_file(tmp_path, octets, logo, told):
    (fault,) = faults_of(tmp_path, with_logo(tmp_path, octets, logo))
    assert fault.startswith("1:41: `logo`")
    assert fault.endswith(told)


def test_a_logo_that_is_not_there_is_told(tmp_path):
    (fault,) = faults_of(tmp_path, f"organisation: {{logo: file:none.png}}\n{SMALL}")
    assert fault == f"1:22: can not read {tmp_path}/none.png: No such file or directory"


def test_only_a_logo_is_of_octets(tmp_path):
    (tmp_path / "name").write_bytes(png())
    (fault,) = faults_of(tmp_path, f"organisation: {{name: file:name}}\n{SMALL}")
    assert "is not UTF-8" in fault


TITLED = changed(
    SMALL,
    {
        NAS: "application: vpn, title: {en: VPN of the head office, tr: Merkez VPN}}",
        "plain: {method: password,": "plain: {title: Password alone, method: password,",
        "{profiles: [plain]}": "{profiles: [plain], title: {tr: Uzaktan erişim}}",
    },
)


def test_a_title_is_read_in_the_readers_language(tmp_path):
    settings = settings_of(tmp_path, TITLED)
    assert settings.clients["nas"].called("tr") == "Merkez VPN"
    assert settings.clients["nas"].called("tr-TR") == "Merkez VPN"
    assert settings.clients["nas"].called("en") == "VPN of the head office"
    assert settings.profiles["plain"].called("tr") == "Password alone"


def test_a_title_in_another_language_says_more_than_a_key(tmp_path):
    assert settings_of(tmp_path, TITLED).applications["vpn"].called("en") == "Uzaktan erişim"


def test_what_has_no_title_is_called_by_its_name(tmp_path):
    settings = settings_of(tmp_path)
    assert settings.clients["nas"].title is None
    assert settings.clients["nas"].called("en") == "nas"


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ('""', "`title` is empty"),
        ("{en: VPN, de: VPN}", "unknown key `de`"),
        ("{}", "`title` must be a text, or a map of languages: {en: ..., tr: ...}"),
        ("7", "`title` must be a text, or a map of languages: {en: ..., tr: ...}"),
        ('"a\\nb"', "`title` must be one line without control characters"),
        ("{en: " + "x" * 65 + "}", "`en` is longer than 64 characters"),
    ],
)
def test_a_title_is_one_short_line(tmp_path, title, told):
    (fault,) = faults_of(tmp_path, changed(SMALL, {NAS: f"application: vpn, title: {title}}}"}))
    assert told in fault


def test_a_title_is_no_template(tmp_path):
    settings = settings_of(tmp_path, changed(SMALL, {NAS: "application: vpn, title: '{{ VPN }}'}"}))
    assert settings.clients["nas"].called("en") == "{{ VPN }}"
