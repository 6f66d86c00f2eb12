"""The blueprint that all pages of people share; views.py gathers them."""

from flask import Blueprint

bp = Blueprint("people", __name__)
