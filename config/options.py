"""The base of every section's model: frozen, no unknown keys, and the value types that radius.yaml has."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """A section of radius.yaml. Frozen; a key it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
