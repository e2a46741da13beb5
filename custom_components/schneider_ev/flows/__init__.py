"""Flows of subentries, and form fields that flows share."""
