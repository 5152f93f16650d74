"""What the libraries do with nothing around them: the bar for hashing and LDAP."""

import threading
import time
from collections.abc import Callable

BASE, READER = "ou=people,dc=example,dc=org", "cn=reader,dc=example,dc=org"


def rate(make: Callable[[], Callable[[int], None]], threads: int, seconds: float) -> float:
    """Calls a second of what `make` gives each thread."""
    done: list[tuple[int, float]] = []
    begin = time.perf_counter()

    def work(number: int) -> None:
        call, count = make(), 0
        start = time.perf_counter()
        while time.perf_counter() - begin < seconds:
            call(number * 1000 + count)
            count += 1
        done.append((count, time.perf_counter() - start))

    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    return sum(count / took for count, took in done)


def hashing(stored: str) -> Callable[[], Callable[[int], None]]:
    """Verifies a password against an argon2id hash."""
    from argon2.low_level import Type, verify_secret

    def make() -> Callable[[int], None]:
        return lambda _number: verify_secret(stored.encode(), b"password", Type.ID) and None

    return make


def ldap(port: int, users: int) -> Callable[[], Callable[[int], None]]:
    """Searches the user on one kept connection, binds as the user on another."""
    import ldap3

    def make() -> Callable[[int], None]:
        server = ldap3.Server("127.0.0.1", port, get_info=ldap3.NONE)
        search = ldap3.Connection(server, READER, "reader", auto_bind=True)
        bind = ldap3.Connection(server, auto_bind=True)

        def login(number: int) -> None:
            search.search(
                BASE, f"(uid=user{number * 7919 % users:06d})", attributes=["entryUUID", "mail", "objectClass"]
            )
            if not bind.rebind(search.response[0]["dn"], "password"):
                raise RuntimeError(bind.result)

        return login

    return make
