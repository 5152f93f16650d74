"""SMPP's octets: whatever comes is read, or refused as malformed, and never anything else."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.delivery.smpp import pdus
from radiusd.delivery.smpp.pdus import Delivered, Malformed, Pdu, Reader
from radiusd.delivery.smpp.receipts import ids_of, receipt_of
from tests.servers.message_centre import taken, tlv

NUMBERS = st.integers(0, 2**32 - 1)
PDUS = st.lists(st.builds(Pdu, NUMBERS, NUMBERS, NUMBERS, st.binary(max_size=80)), max_size=6)


@given(PDUS, st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_pdus_however_they_are_cut(sent, sizes):
    octets, read, at, reader = b"".join(pdu.encoded() for pdu in sent), [], 0, Reader()
    for size in sizes * (len(octets) + 1):
        read += reader.feed(octets[at : at + size])
        at += size
        if at >= len(octets):
            break
    assert read == sent


@given(st.one_of(st.integers(0, 15), st.integers(pdus.LONGEST + 1, 2**32 - 1)))
def test_a_length_that_none_has(length):
    with pytest.raises(Malformed):
        list(Reader().feed(struct.pack(">IIII", length, 5, 0, 1)))


@given(st.binary(max_size=300))
def test_a_body_of_any_octets(octets):
    try:
        found = pdus.delivered(octets)
    except Malformed:
        return
    receipt_of(found)


TEXTS = st.text(st.characters(max_codepoint=0x7F, exclude_characters="\0"), max_size=20).map(str.encode)


@given(TEXTS, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=160), st.dictionaries(st.integers(0, 0x400), st.binary(max_size=20), max_size=4))  # fmt: skip
def test_what_a_centre_delivers(source, esm_class, coding, text, tlvs):
    body = (
        b"\0\1\1"
        + source
        + b"\0\5\0EXAMPLE\0"
        + bytes([esm_class, 0, 0])
        + b"\0\0"
        + bytes([0, 0, coding, 0, len(text)])
    )
    body += text + b"".join(tlv(tag, value) for tag, value in tlvs.items())
    assert pdus.delivered(body) == Delivered(source.decode(), esm_class, coding, text, tlvs)


@given(st.binary(max_size=120), st.integers(0, 86_400 * 200))
def test_what_we_submit_is_read_as_it_was_written(octets, seconds):
    source, to = pdus.Address(5, 0, "EXAMPLE"), pdus.Address(1, 1, "905554443322")
    validity = pdus.relative(seconds)
    body = pdus.submit(source, to, octets, data_coding=8, has_header=False, receipt=1, validity=validity)
    read = taken(body, "1")
    assert (read.source, read.destination, read.short_message) == (tuple(source), tuple(to), octets)
    assert (read.esm_class, read.registered_delivery, read.data_coding, read.validity) == (0, 1, 8, validity)
    if seconds:
        assert validity[-4:] == "000R"
        years, months, days, hours, minutes, rest = (int(validity[at : at + 2]) for at in range(0, 12, 2))
        told = ((((years * 12 + months) * 30 + days) * 24 + hours) * 60 + minutes) * 60 + rest
        assert told == min(seconds, 99 * 86_400)


@given(st.integers(1, 2**60))
def test_a_number_is_known_again_however_it_is_written(number):
    """The answer has it in hex or in digits, with zeros in front or without, and the receipt the other way."""
    for told in (f"{number:020}", f"{number:x}", f"{number:016X}"):
        assert ids_of(f"{number}")[0] in ids_of(told)
    for told in (f"{number}", f"{number:020}", f"{number:016X}"):
        assert ids_of(f"{number:x}")[0] in ids_of(told)


def test_nothing_of_a_body_is_shown():
    assert repr(Pdu(4, 0, 7, b"837465")) == "Pdu(command=0x4, status=0x0, sequence=7)"
