"""What Mastodon's files hand to the house."""

from src.archives import parts as archives_parts
from src.feature import Feature, Owned
from src.mastodon_archive import archive, exporting, models, service_restores, uploaded

FEATURE = Feature(
    "mastodon_archive",
    (
        archives_parts.ExportedFiles("mastodon", exporting.write),
        *uploaded.importers(),
        Owned(
            (models.ImportedPost,),
            export=archive.export,
            erase=archive.erase,
            restore={"mastodon_imported_posts": service_restores.restore},
        ),
    ),
)
