"""The blueprint that the modules of views share."""

from flask import Blueprint

bp = Blueprint("canvass", __name__)
