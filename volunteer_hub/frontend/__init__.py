"""Builds the browser side: `python -m volunteer_hub.frontend` bundles static/ into static/dist with esbuild.

Lives here: finding Node (node.py), when and what to build (build.py), the bundling itself (bundle.mjs).
Calls core.assets only. Without Node or the npm registry the program runs on its sources, without maps.
"""
