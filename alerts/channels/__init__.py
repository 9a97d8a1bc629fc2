"""Channels that transmit deliveries, one module for each kind. Depends on rendering and the guarded transport of monitor."""
