"""“Who will come”: how many are expected where, how many are needed, and how good that forecast is."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import format_percent
from flask_login import current_user

from geodata.showing import ENOUGH_SHIFTS, ENOUGH_SIGN_UPS, ReliabilityBin
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.events import pages, queries, services, showing
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import EXAMPLE_NEED
from volunteer_hub.priority import queries as priority


@bp.get("/organize/who-comes")
@access.needs(Role.ORGANIZER)
def who_comes() -> ResponseReturnValue:
    """Coming shifts, the emptiest important one first, and what the forecast rests on. Sums, never people."""
    campaign = pages.own_campaign()
    model = queries.show_model(campaign.id)
    contest = priority.active_contest(campaign.id)
    snapshot = priority.newest_snapshot(contest.id) if contest else None
    found = queries.outlook(
        campaign.id,
        pages.organizer_paths(),
        now=clock.now(),
        mean=model.mean,
        number=request.args.get("page", 1, type=int),
        snapshot_id=snapshot.id if snapshot else None,
    )
    return pages.page(
        "events/who_comes.html",
        campaign,
        found=found,
        model=model,
        learned=queries.learned_row(current_user.campaign_id),
        chart=showing.reliability_chart(model.judged) if model.judged else None,
        example_rows=[
            {"0": format_percent(risk), "1": places}
            for risk, places in services.overbooking_examples(campaign.id, EXAMPLE_NEED)
        ],
        bin_rows=[_bin(each) for each in model.judged.bins] if model.judged else [],
        effect_rows=[_effect(each) for each in showing.effects_of(model)],
        example_need=EXAMPLE_NEED,
        enough_sign_ups=ENOUGH_SIGN_UPS,
        enough_shifts=ENOUGH_SHIFTS,
    )


def _bin(each: ReliabilityBin) -> dict[str, Any]:
    came, low, high = (format_percent(share) for share in (each.came, each.low, each.high))
    return {"chance": format_percent(each.chance), "came": f"{came} ({low} – {high})", "rows": each.rows}


def _effect(each: showing.Effect) -> dict[str, Any]:
    low, points, high = (f"{number:+.0f}".replace("-", "−") for number in (each.low, each.points, each.high))
    return {"words": each.words, "points": points, "between": f"{low} … {high}"}
