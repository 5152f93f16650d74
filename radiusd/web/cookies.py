"""The two cookies of the pages: who is signed in, and the sign-in that is under way. Nothing else is kept in a browser.

Over https their names have the prefix `__Host-`: the browser then keeps each for this very host alone, and takes it from
nobody over http (RFC 6265bis section 4.1.3.2).
"""

from __future__ import annotations

from fastapi import Request, Response

SESSION, UNDER_WAY = "radiusd-session", "radiusd-sign-in"


def read(request: Request, name: str, *, secure: bool) -> str:
    """Its value, "" where there is none."""
    return request.cookies.get(_name(name, secure), "")


def write(response: Response, name: str, value: str, *, secure: bool) -> None:
    """Until the browser is closed."""
    response.set_cookie(_name(name, secure), value, path="/", secure=secure, httponly=True, samesite="strict")


def remove(response: Response, name: str, *, secure: bool) -> None:
    response.delete_cookie(_name(name, secure), path="/", secure=secure, httponly=True, samesite="strict")


def _name(name: str, secure: bool) -> str:
    return f"__Host-{name}" if secure else name
