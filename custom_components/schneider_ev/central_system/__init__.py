"""The OCPP 1.6J central system: everything between a charger's socket and its state."""
