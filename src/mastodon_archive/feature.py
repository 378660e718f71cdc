"""What the import of Mastodon archives hands to the house."""

from src.feature import Feature, Owned
from src.mastodon_archive import archive, models

FEATURE = Feature(
    "mastodon_archive",
    (Owned((models.ImportedPost,), export=archive.export, erase=archive.erase),),
)
