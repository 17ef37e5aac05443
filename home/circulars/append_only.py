"""What of circulars the database itself keeps from changing: published versions."""

from core.registers.append_only import Guard

GUARDS = (Guard("circulars.CircularVersion"),)
