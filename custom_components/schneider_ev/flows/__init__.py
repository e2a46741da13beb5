"""The configuration flows of subentries."""
