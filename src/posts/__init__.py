"""Posts: what people write. The model package: copy it to add a domain."""
