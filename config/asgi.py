"""What the web server runs: the live stream as a coroutine for each page, everything else by Django on threads."""

from django.conf import settings

from config.pages import Pages, Receive, Scope, Send
from config.wsgi import application as django
from incidents.live import stream  # needs the apps that the line above loaded

THREADS = 4
A_FORM = 4 * 1024 * 1024
"""What a form may hold besides its files, generously: Django's own limits are the ones people meet."""

pages = Pages(
    django,
    threads=THREADS,
    most_body=settings.ATTACHMENTS_PER_MESSAGE * settings.ATTACHMENT_MAX_BYTES + A_FORM,
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close"})
    elif scope["path"] == "/live/" and scope["method"] == "GET":
        await stream.endpoint(scope, receive, send)
    else:
        await pages(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """From the server's start to its end."""
    await receive()
    async with stream.running():
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})
