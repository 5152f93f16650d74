"""Nothing is recorded as accepted that no packet holds (X42)."""

from __future__ import annotations

from tests.servers.running import LOCAL, running

TULIP = {"User_Name": "ann", "User_Password": "tulip"}


def classes(count, letter):
    return "[" + ", ".join(f"{letter}{number:03}{'x' * 249}" for number in range(count)) + "]"


def yaml(*counts):
    """Rules that mean ann, each with so many attributes of 255 octets."""
    rules = "".join(
        f"\n      - {{directory: local, attribute: username, values: [ann], reply: {{{name}: {classes(count, name[0])}}}}}"
        for name, count in zip(("Class", "Filter-Id"), counts, strict=True)
    )
    return LOCAL.replace(
        "  vpn: {profiles: [password-only]}", f"  vpn:\n    profiles: [password-only]\n    reply_rules:{rules}"
    )


async def test_what_no_packet_holds_is_refused_with_its_reference(tmp_path):
    """Before anything is asked, and `explain` says so beforehand."""
    async with running(tmp_path, yaml(8, 8)) as radiusd:
        await radiusd.user("ann")
        await radiusd.user("bob")
        reply = await radiusd.nas().asks(**TULIP)
        row = await radiusd.last()
        assert (reply.code, row.outcome) == ("Access-Reject", "reject")
        assert reply["Reply-Message"] == f"Access denied. Ref {row.ref}"
        assert row.reason == "the reply's attributes have 4080 octets, and there is room for 4058"
        assert (await radiusd.nas().asks(User_Name="bob", User_Password="tulip")).code == "Access-Accept"


async def test_what_fits_but_for_what_proxies_want_back_is_refused_likewise(tmp_path):
    """Also where the sign-in repeats one that was accepted."""
    async with running(tmp_path, yaml(8, 7)) as radiusd:
        await radiusd.user("ann")
        for _ in range(2):
            reply = await radiusd.nas().asks(**TULIP)
            assert (reply.code, len(reply.all("Class")), len(reply.all("Filter-Id"))) == ("Access-Accept", 8, 7)
        proxied = {**TULIP, "Proxy_State": bytes(250)}
        reply = await radiusd.nas().asks(**proxied)
        row = await radiusd.last()
        assert (reply.code, row.outcome) == ("Access-Reject", "reject")
        assert reply["Reply-Message"] == f"Access denied. Ref {row.ref}"
        assert row.reason == "the reply's attributes have 3825 octets, and there is room for 3806"
