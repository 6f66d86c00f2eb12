"""The table of printed walk sheets: which doors stand on a sheet, so that its short codes can be read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db


class PaperSheet(InCampaign, db.Model):
    """A walk list as it was printed. Its doors' codes follow from its key and their order, for ever."""

    __tablename__ = "paper_sheets"

    turf_id: Mapped[int] = mapped_column(ForeignKey("turfs.id", ondelete="CASCADE"), index=True)
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"), index=True)
    walker_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    code_key: Mapped[str] = mapped_column(comment="random: codes of one sheet tell nothing of another's")
    doors: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="as printed, in walking order")
    printed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    printed_at: Mapped[datetime]
