"""The demo: the real service monitors a scripted site under a simulated clock, and a proof compares its reports with the script."""
