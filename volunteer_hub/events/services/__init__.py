"""Writes of events. They run inside the caller's transaction and never commit."""

from volunteer_hub.events.services.after import post_words
from volunteer_hub.events.services.calls import note_call, refuse_calls
from volunteer_hub.events.services.cancelling import can_undo as can_undo_cancelling
from volunteer_hub.events.services.cancelling import undo_cancel_event, undo_cancel_shift
from volunteer_hub.events.services.changing import change_shifts, merge_shift
from volunteer_hub.events.services.copying import copy_shift_to, copy_shifts
from volunteer_hub.events.services.cover import ask_for_cover
from volunteer_hub.events.services.feeds import feed_token, new_feed
from volunteer_hub.events.services.friends import MOST_FRIENDS, Friend, bring_friends
from volunteer_hub.events.services.guests import (
    confirm_address,
    has_lapsed,
    sign_up_by_link,
    sign_up_guest,
    sign_up_guest_many,
    sign_up_many_by_link,
)
from volunteer_hub.events.services.here import WrongCode, check_in_by_email, check_in_here, require_here
from volunteer_hub.events.services.notices import post_cover_asks, post_notices
from volunteer_hub.events.services.overbooking import adjust_places, overbook, overbooking_examples
from volunteer_hub.events.services.passing import ask_to_take_over, require_passable, take_over
from volunteer_hub.events.services.places import (
    hold_place,
    hold_places,
    lock_shifts,
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
from volunteer_hub.events.services.showing import keep_record, learn_showing, reckon
from volunteer_hub.events.services.sign_ups import (
    ATTENDANCE_OPENS,
    UNDO_FOR,
    Outcome,
    can_undo,
    cancel_sign_up,
    check_in,
    clear_attendance,
    confirm,
    lapse_unconfirmed,
    mark_no_show,
    mark_the_rest_absent,
    move,
    note_reminded,
    sign_up,
    sign_up_many,
    sign_up_or_refuse,
    undo_cancel,
)
from volunteer_hub.events.services.walk_ins import put_on_shift

__all__ = [
    "ATTENDANCE_OPENS",
    "MOST_FRIENDS",
    "UNDO_FOR",
    "Friend",
    "Outcome",
    "WrongCode",
    "add_event",
    "add_location",
    "add_shift",
    "add_shifts",
    "adjust_places",
    "ask_for_cover",
    "ask_to_take_over",
    "bring_friends",
    "can_undo",
    "can_undo_cancelling",
    "cancel_event",
    "cancel_shift",
    "cancel_sign_up",
    "change_shifts",
    "check_in",
    "check_in_by_email",
    "check_in_here",
    "clear_attendance",
    "confirm",
    "confirm_address",
    "copy_shift_to",
    "copy_shifts",
    "edit_event",
    "edit_location",
    "edit_shift",
    "feed_token",
    "has_lapsed",
    "hold_place",
    "hold_places",
    "keep_record",
    "lapse_unconfirmed",
    "learn_showing",
    "lock_shifts",
    "mark_no_show",
    "mark_the_rest_absent",
    "merge_shift",
    "move",
    "new_feed",
    "note_call",
    "note_reminded",
    "overbook",
    "overbooking_examples",
    "post_cover_asks",
    "post_notices",
    "post_words",
    "publish_event",
    "put_on_shift",
    "reckon",
    "refuse_calls",
    "release_place",
    "require_here",
    "require_passable",
    "sign_up",
    "sign_up_by_link",
    "sign_up_guest",
    "sign_up_guest_many",
    "sign_up_many",
    "sign_up_many_by_link",
    "sign_up_or_refuse",
    "take_held_place",
    "take_over",
    "undo_cancel",
    "undo_cancel_event",
    "undo_cancel_shift",
]
