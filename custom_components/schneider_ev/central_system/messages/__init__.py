"""What OCPP messages say: their words, their members, their errors."""
