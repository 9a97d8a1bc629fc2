"""A pool of resource-limited worker processes, for code that handles bytes from outside.

A parser cannot be interrupted, and one that runs out of memory takes its process along. So the work is done by a child whose address space,
processor time and wall time are limited; when it exceeds one, the child is killed and replaced, and the caller gets an error that says which.

A worker is a fresh interpreter (a fork of a process with threads may inherit a lock that is never released), without our environment, and is used
for many tasks of a closed set (`tasks`). What it answers is taken only in the form of our own values (`answers`).
"""
