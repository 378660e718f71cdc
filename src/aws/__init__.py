"""The one door to S3 and whatever speaks its protocol."""
