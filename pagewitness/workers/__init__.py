"""A pool of resource-limited worker processes, for code that handles bytes from outside.

A parser cannot be interrupted, and one that runs out of memory ends its process. So parsing runs in a child process with limited address space,
processor time and wall time. A child that exceeds a limit is killed and replaced, and the caller gets an error that names the limit.

A worker process is a new interpreter (a fork of a process with threads may inherit a lock that is never released) without our environment variables. It
runs many tasks of a closed set (`tasks`). Its results are unpickled through an allow-list of our own types (`answers`).
"""
