"""What automations can ask for."""
