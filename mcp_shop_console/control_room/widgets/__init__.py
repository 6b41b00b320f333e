"""What the control room's screens are made of."""
