"""Media: pictures, films and sounds that people upload, kept in a folder or in S3."""
