"""Channels that send by Apprise: in a process of its own, whose only way out is a forward proxy that refuses private addresses."""
