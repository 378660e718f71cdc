"""Settings of link cards."""

from src.config import PackageSettings


class PreviewsSettings(PackageSettings):
    """From the environment."""

    # Whether this server looks up the links that people share; the sites see its address.
    link_cards: bool = True
