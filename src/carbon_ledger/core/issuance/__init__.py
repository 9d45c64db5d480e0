"""From readings to units, and back."""
