from typing import Any

app_name = "notify"
urlpatterns: list[Any] = []
