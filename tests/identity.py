"""A small OpenID provider on loopback, in this process: it signs properly, or in whatever wrong way a test asks for."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "firebreak", "a client's secret"


def key(name="one"):
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(made.public_key()))
    return made, public | {"kid": name, "use": "sig", "alg": "RS256"}


KEY, PUBLIC = key()
OTHER_KEY, _OTHER_PUBLIC = key()
PUBLIC_PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


class OpenIDProvider:
    """Whoever asks is signed in as `person`. `wrong` changes the claims, `sign` makes another token of them."""

    def __init__(self):
        self.person = {
            "sub": "r-1",
            "email": "robin@example.com",
            "email_verified": True,
            "name": "Robin Kestrel",
        }
        self.wrong = lambda claims: claims
        self.sign = lambda claims: jwt.encode(claims, KEY, "RS256", headers={"kid": "one"})
        self.userinfo = {}
        self.published = {}
        self.answers = {}
        """Path → (status, body) instead of the right answer."""
        self.keys = [PUBLIC]
        self.codes = {}
        self.asked = []

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.port}"

    def document(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        } | self.published

    def authorize(self, asked):
        """Where the browser goes back to."""
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, sent):
        asked = self.codes.pop(sent.get("code"), None)
        verifier = base64.urlsafe_b64encode(
            hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        )
        fits = asked and asked["code_challenge"] == verifier.rstrip(b"=").decode()
        if not fits or (sent.get("client_id"), sent.get("client_secret")) != (CLIENT, SECRET):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        return 200, {
            "access_token": "an access token",
            "token_type": "Bearer",
            "id_token": self.sign(self.wrong(claims)),
        }

    def answer(self, method, path, sent):
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return 200, self.document()
        if path == "/jwks":
            return 200, {"keys": self.keys}
        if path == "/token" and method == "POST":
            return self.token(sent)
        if path == "/userinfo":
            return 200, {"sub": self.person["sub"], **self.userinfo}
        return 404, {}


@contextmanager
def openid_provider() -> Iterator[OpenIDProvider]:
    provider = OpenIDProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                back = provider.authorize(
                    {name: values[0] for name, values in parse_qs(parts.query).items()}
                )
                self.send_response(302)
                self.send_header("Location", back)
                self.end_headers()
                return
            self._answer("GET", parts.path, {})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(
                "POST", self.path, {name: values[0] for name, values in parse_qs(body).items()}
            )

        def _answer(self, method, path, sent):
            status, said = provider.answer(method, path, sent)
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.port = server.server_port
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
