"""What is known of a charge point: configuration, sessions, badges, reservations, clock."""

from .badges import AuthorizationStatus, Badge, BadgePolicy, Badges, is_same_tag
from .configuration import ConfigurationItem, parse_boolean
from .journal import DEFAULT_RETENTION, Journal
from .session_database import NewerDatabaseError, Selection, SessionDatabase, take_over
from .sessions import Session, SessionCosts, StopReason, in_parts

__all__ = [
    "DEFAULT_RETENTION",
    "AuthorizationStatus",
    "Badge",
    "BadgePolicy",
    "Badges",
    "ConfigurationItem",
    "Journal",
    "NewerDatabaseError",
    "Selection",
    "Session",
    "SessionCosts",
    "SessionDatabase",
    "StopReason",
    "in_parts",
    "is_same_tag",
    "parse_boolean",
    "take_over",
]
