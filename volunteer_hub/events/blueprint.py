"""The blueprint that the modules of views share."""

from flask import Blueprint

bp = Blueprint("events", __name__)
