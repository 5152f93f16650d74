"""radiusd: a RADIUS authentication server for sign-ins that need more than a password."""

__version__ = "0.1.0"
