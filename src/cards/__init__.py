"""Cards: the port by which things of one package are shown in another's, which knows nothing of them."""
