"""Starts PostgreSQL, Valkey, the mail catcher, web and workers, and starts again what died.

Nouns: a *service* is a server we bring along (PostgreSQL, Valkey); a *process* is anything the
supervisor keeps alive; *var* is the folder with all that the program writes, held by one supervisor at
a time. Imports core and config only; the command line calls it.
"""

from volunteer_hub.supervise.embedded import EmbeddedServices, InUse, reachable
from volunteer_hub.supervise.processes import ServiceError

__all__ = ["EmbeddedServices", "InUse", "ServiceError", "reachable"]
