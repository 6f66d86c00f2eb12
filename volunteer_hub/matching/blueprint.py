"""The blueprint that the modules of views share."""

from flask import Blueprint

bp = Blueprint("matching", __name__)
