"""Link cards."""
