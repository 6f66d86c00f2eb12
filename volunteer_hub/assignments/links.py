"""The links of an offer: they work without signing in, and only opening them changes nothing."""

from __future__ import annotations

from volunteer_hub.core import secrets


def offer_path(assignment_id: int, nonce: str) -> str:
    """The path of an offer's page; append ?do=accept or ?do=decline to put that answer first."""
    return f"/offers/{assignment_id}/{secrets.signature('offer', assignment_id, nonce)}"


def is_offer_link(signature: str, assignment_id: int, nonce: str) -> bool:
    """Is this the signature of that offer?"""
    return secrets.signature_holds(signature, "offer", assignment_id, nonce)
