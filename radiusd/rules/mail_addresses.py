"""What is a mail address: the form that is sent to, and the form that is compared (D16).

Whether there is such a mailbox is the mail server's to say.
"""

from __future__ import annotations

import re
import unicodedata

import idna
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, ValidatedEmail, validate_email

# Mail that stays in the house goes to ann@corp.local too.
if "local" in SPECIAL_USE_DOMAIN_NAMES:
    SPECIAL_USE_DOMAIN_NAMES.remove("local")


def read(address: str) -> ValidatedEmail:
    """The address in normal form. Nothing is looked up in the DNS. Raises ValueError with what is wrong with it."""
    try:
        return validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None


# What the envelope and a header can carry as it stands (RFC 5321 section 4.1.2: no quoted local part, no address literal).
_ADDRESS = re.compile(r"""[^\s@<>()\[\],;:\\"]{1,64}@[^\s@<>()\[\],;:\\"]{1,253}""")


def mailbox(text: str) -> str | None:
    """The address as it is sent to, its domain as the DNS has it (RFC 5891, UTS 46); None where it is none.

    What stands before the @ stays: beyond ASCII it needs a server that takes it (RFC 6531).
    """
    address = text.strip()
    if not _ADDRESS.fullmatch(address) or not address.isprintable():
        return None
    local, _, domain = address.partition("@")
    try:
        # An underscore or so is no name of a host, and mail servers of a house have such names all the same.
        sent = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        return None
    return f"{local}@{sent.lower()}"


def compared(text: str) -> str:
    """The form in which two addresses of one mailbox are equal, whichever way their domain is written.

    What stands behind a plus in an address is the same mailbox (RFC 5233).
    """
    local, _, domain = (mailbox(text) or text.strip()).rpartition("@")
    local = unicodedata.normalize("NFKC", local).casefold().partition("+")[0]
    return f"{local}@{domain.casefold().rstrip('.')}"
