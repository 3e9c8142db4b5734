"""How much of the API was used lately, as all processes know it."""

from django.db import models

from accounts.models import User


class Usage(models.Model):
    """Requests of one token or network in one minute. Written by `limits` alone, in one statement."""

    subject = models.CharField(max_length=64, unique=True)
    minute = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["minute"], name="api_usage_by_minute")]

    def __str__(self) -> str:
        return f"{self.subject}: {self.count} in {self.minute}"


class Made(models.Model):
    """One key of one person, one thing made: what a program that asks again finds."""

    person = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    slug = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="api_made_at")]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="api_made_once")]

    def __str__(self) -> str:
        return self.key
