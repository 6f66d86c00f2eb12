"""Writes of events. They run inside the caller's transaction and never commit."""

from volunteer_hub.events.services.cover import ask_for_cover
from volunteer_hub.events.services.feeds import feed_token, new_feed
from volunteer_hub.events.services.guests import confirm_address, sign_up_by_link, sign_up_guest
from volunteer_hub.events.services.notices import post_cover_asks, post_notices
from volunteer_hub.events.services.places import (
    hold_place,
    hold_places,
    release_place,
    take_held_place,
)
from volunteer_hub.events.services.planning import (
    add_event,
    add_location,
    add_shift,
    add_shifts,
    cancel_event,
    cancel_shift,
    edit_event,
    edit_location,
    edit_shift,
    publish_event,
)
from volunteer_hub.events.services.sign_ups import (
    ATTENDANCE_OPENS,
    cancel_sign_up,
    check_in,
    clear_attendance,
    confirm,
    lapse_unconfirmed,
    mark_no_show,
    move,
    note_reminded,
    sign_up,
    sign_up_or_refuse,
)
from volunteer_hub.events.services.walk_ins import put_on_shift

__all__ = [
    "ATTENDANCE_OPENS",
    "add_event",
    "add_location",
    "add_shift",
    "add_shifts",
    "ask_for_cover",
    "cancel_event",
    "cancel_shift",
    "cancel_sign_up",
    "check_in",
    "clear_attendance",
    "confirm",
    "confirm_address",
    "edit_event",
    "edit_location",
    "edit_shift",
    "feed_token",
    "hold_place",
    "hold_places",
    "lapse_unconfirmed",
    "mark_no_show",
    "move",
    "new_feed",
    "note_reminded",
    "post_cover_asks",
    "post_notices",
    "publish_event",
    "put_on_shift",
    "release_place",
    "sign_up",
    "sign_up_by_link",
    "sign_up_guest",
    "sign_up_or_refuse",
    "take_held_place",
]
