"""QR codes: of an address, as a picture or for a terminal. Pure. What is in one is a secret: it is written nowhere else."""

from __future__ import annotations

import io

import segno

QUIET = 4  # modules around it (ISO/IEC 18004 section 9.1); some phones read none without
LIGHT = "#fff"  # in the picture, since a dark page would hide the quiet zone


def svg(text: str) -> str:
    """The picture, as one element to be put into a page; it has no size of its own."""
    out = io.BytesIO()
    _made(text).save(
        out,
        kind="svg",
        border=QUIET,
        light=LIGHT,
        xmldecl=False,
        nl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    return out.getvalue().decode()


def document(text: str) -> str:
    """The same as a file of its own."""
    out = io.BytesIO()
    _made(text).save(out, kind="svg", border=QUIET, light=LIGHT, scale=8)
    return out.getvalue().decode()


def blocks(text: str) -> str:
    """Lines of half blocks, two modules high each, in black on white whatever the terminal's colours are."""
    out = io.StringIO()
    _made(text).terminal(out, border=QUIET, compact=True)
    return out.getvalue()


def _made(text: str) -> segno.QRCode:
    # What is encoded is ASCII (percent-encoded), so that no reader guesses an encoding.
    return segno.make_qr(text, error="m", boost_error=False)
