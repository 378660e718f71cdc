// Opens the API's description in Swagger UI. "Authorize" takes an access token or an API key and keeps it in this
// browser until "Logout", so that a reload does not lose it.
"use strict";

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  persistAuthorization: true,
  tagsSorter: "alpha",
  // Nothing is sent to anybody else.
  validatorUrl: "none",
});
