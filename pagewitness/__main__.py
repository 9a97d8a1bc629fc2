"""Entry point of `python -m pagewitness`."""

from pagewitness.cli import main

# Child processes that a command starts import this module too.
if __name__ == "__main__":
    main()
