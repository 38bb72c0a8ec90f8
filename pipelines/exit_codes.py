"""What the process says to whoever started it."""

PUBLISHED = 0
ERROR = 1
BLOCKED = 2
