"""`python -m pagewitness`."""

from pagewitness.cli import main

# Processes that a command starts import this module too.
if __name__ == "__main__":
    main()
