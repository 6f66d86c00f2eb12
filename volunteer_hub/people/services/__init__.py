"""Writes of people: each inside the caller's transaction, knowing neither request nor session."""

from volunteer_hub.people.services.attendance import lock_records, records, set_records, set_show_chances
from volunteer_hub.people.services.buddy_rules import set_buddy_rules
from volunteer_hub.people.services.bulk import Added, NewPerson, add_many
from volunteer_hub.people.services.by_phone import (
    add_by_phone,
    is_placeholder,
    is_same_name,
    people_with_phone,
)
from volunteer_hub.people.services.campaigns import (
    CampaignSettings,
    add_area,
    change_settings,
    create_campaign,
    move_person,
    remove_area,
    rename_area,
)
from volunteer_hub.people.services.erasing import erase
from volunteer_hub.people.services.own_data import own_data
from volunteer_hub.people.services.papers import (
    mark_paper_seen,
    say,
    set_ways_to_papers,
    take_back,
    ways_to_papers,
)
from volunteer_hub.people.services.persons import (
    AlreadyThere,
    Profile,
    add_person,
    add_windows,
    change_email,
    change_phone,
    choose_language,
    edit_profile,
    remove_window,
    set_active,
    set_consent,
    set_windows,
)
from volunteer_hub.people.services.rights import AboveOwnRole, LastAdmin, grant, require_over, revoke
from volunteer_hub.people.services.sign_in import LinkGone, ask_for_link, join, link_for, open_link, use_link

__all__ = [
    "AboveOwnRole",
    "Added",
    "AlreadyThere",
    "CampaignSettings",
    "LastAdmin",
    "LinkGone",
    "NewPerson",
    "Profile",
    "add_area",
    "add_by_phone",
    "add_many",
    "add_person",
    "add_windows",
    "ask_for_link",
    "change_email",
    "change_phone",
    "change_settings",
    "choose_language",
    "create_campaign",
    "edit_profile",
    "erase",
    "grant",
    "is_placeholder",
    "is_same_name",
    "join",
    "link_for",
    "lock_records",
    "mark_paper_seen",
    "move_person",
    "open_link",
    "own_data",
    "people_with_phone",
    "records",
    "remove_area",
    "remove_window",
    "rename_area",
    "require_over",
    "revoke",
    "say",
    "set_active",
    "set_buddy_rules",
    "set_consent",
    "set_records",
    "set_show_chances",
    "set_ways_to_papers",
    "set_windows",
    "take_back",
    "use_link",
    "ways_to_papers",
]
