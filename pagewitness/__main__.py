"""`python -m pagewitness`."""

from pagewitness.cli import main

main()
