"""The wire: sockets, TLS, passwords and OCPP-J frames."""
