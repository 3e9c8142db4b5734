"""Single sign-on: who somebody is, as an identity provider or a directory of the house says it."""
