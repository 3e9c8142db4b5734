"""How the installation is: for balancers, for monitoring, and for whoever is called when it is not well."""
