"""The blueprint of turf's pages."""

from flask import Blueprint

bp = Blueprint("turf", __name__)
