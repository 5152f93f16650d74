"""The `radiusd` command."""

from __future__ import annotations


def main() -> None:
    """Runs the command line and leaves with its exit code: 0 done, 1 refused or failed, 2 usage or configuration."""
    from radiusd.cli.app import run

    run()


if __name__ == "__main__":
    main()
