"""What holds for every route, walked from the routes and the OpenAPI document themselves."""
