"""The orders by name."""

from __future__ import annotations

from ..core.registry import Registry

#: Every order by name.
ORDERS: Registry[type] = Registry(
    "order",
    method="order",
    argument="order=",
    modules=tuple(
        f"{__package__}.{name}" for name in ("metric", "listed", "path_orders", "semantic", "interleave", "temporal")
    ),
)
