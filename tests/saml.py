"""A small SAML identity provider: assertions as it signs them, and as a test wants them changed."""

import base64
import datetime as dt
import secrets
import zlib
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants as C
from onelogin.saml2.utils import OneLogin_Saml2_Utils

ISSUER = "https://idp.example/saml"


def made_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


KEY, CERTIFICATE = made_key()
OTHER_KEY, OTHER_CERTIFICATE = made_key()


def request_of(address):
    """ID and answering address of the request that a browser was sent with."""
    packed = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    root = etree.fromstring(zlib.decompress(base64.b64decode(packed), -15))
    return root.get("ID"), root.get("AssertionConsumerServiceURL")


def at(minutes):
    return (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def assertion(asked, acs, *, audience, **changed):
    said = {
        "name_id": "r-1", "format": C.NAMEID_PERSISTENT, "ends": 5, "begins": -5, "answers": asked, "to": acs,
        "issuer": ISSUER, "email": "robin@example.com", "groups": (), "id": f"_{secrets.token_hex(16)}",
        "context": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    } | changed  # fmt: skip
    for_us = f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>" if audience else ""  # fmt: skip
    answers = f'InResponseTo="{said["answers"]}"' if said["answers"] else ""
    groups = "".join(f"<saml:AttributeValue>{one}</saml:AttributeValue>" for one in said["groups"])
    return f"""<saml:Assertion xmlns:saml="{C.NS_SAML}" ID="{said["id"]}" Version="2.0" IssueInstant="{at(0)}">
<saml:Issuer>{said["issuer"]}</saml:Issuer>
<saml:Subject><saml:NameID Format="{said["format"]}">{said["name_id"]}</saml:NameID>
<saml:SubjectConfirmation Method="{C.CM_BEARER}"><saml:SubjectConfirmationData {answers} NotOnOrAfter="{at(said["ends"])}" Recipient="{said["to"]}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{at(said["begins"])}" NotOnOrAfter="{at(said["ends"])}">{for_us}</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{at(0)}" SessionIndex="_s"><saml:AuthnContext><saml:AuthnContextClassRef>{said["context"]}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>{said["email"]}</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="name"><saml:AttributeValue>Robin Kestrel</saml:AttributeValue></saml:Attribute>{f'<saml:Attribute Name="groups">{groups}</saml:Attribute>' if groups else ""}</saml:AttributeStatement>
</saml:Assertion>"""


def signed(xml, key=KEY, certificate=CERTIFICATE, **algorithms):
    return OneLogin_Saml2_Utils.add_sign(xml, key, certificate, **algorithms).decode()


def response(
    inner,
    asked,
    acs,
    *,
    status=C.STATUS_SUCCESS,
    destination=None,
    issuer=ISSUER,
    before="",
    after="",
):
    answers = f'InResponseTo="{asked}"' if asked else ""
    where = (
        f'Destination="{acs if destination is None else destination}"' if destination != "" else ""
    )
    inner = inner.partition("?>\n")[2] if inner.startswith("<?xml") else inner
    return f"""<samlp:Response xmlns:samlp="{C.NS_SAMLP}" xmlns:saml="{C.NS_SAML}" ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{at(0)}" {where} {answers}><saml:Issuer>{issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>{before}{inner}{after}</samlp:Response>"""


def packed(xml):
    return base64.b64encode(xml if isinstance(xml, bytes) else xml.encode()).decode()
