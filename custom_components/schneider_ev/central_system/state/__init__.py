"""What is known of a charge point: configuration, sessions, badges, reservations, clock."""
