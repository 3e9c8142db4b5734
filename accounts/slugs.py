"""Addresses made from names."""

from typing import Any

from django.db import models
from django.utils.text import slugify


def free_slug(model: type[models.Model], wanted: str) -> str:
    """`wanted` as an address that no other row of the model has, with a number behind it where it is taken."""
    rows: models.QuerySet[Any] = model._default_manager.all()
    field: Any = model._meta.get_field("slug")
    stem = slugify(wanted)[: field.max_length - 5].strip("-") or str(model._meta.model_name)
    slug, again = stem, 1
    while rows.filter(slug=slug).exists():
        again += 1
        slug = f"{stem}-{again}"
    return slug
