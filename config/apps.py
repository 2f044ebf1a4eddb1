"""The project itself as an application: its commands, and the checks it makes before it serves."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class GatehouseConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.checks import production_is_safe

        register(Tags.security, deploy=True)(production_is_safe)
