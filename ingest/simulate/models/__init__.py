"""What the invented people use, in whole numbers, as pure functions of (seed, occupant, slot)."""
