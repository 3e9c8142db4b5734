"""What stands in the test directory, and the certificates that its server shows."""

import datetime as dt
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BASE = "ou=people,dc=example,dc=com"
PORTAL, SECRET = "cn=portal,dc=example,dc=com", "portal's secret"
PASSWORD = "robin's own password"

ENTRIES = f"""dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: {PORTAL}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: portal
userPassword: {SECRET}

dn: {BASE}
objectClass: organizationalUnit
ou: people

dn: uid=robin,{BASE}
objectClass: inetOrgPerson
uid: robin
cn: Robin Kestrel
sn: Kestrel
displayName: Robin Kestrel
mail: robin@example.com
userPassword: {PASSWORD}
memberOf: cn=network,{BASE}

dn: uid=wren,{BASE}
objectClass: inetOrgPerson
uid: wren
cn: Wren Marsh
sn: Marsh
mail: wren@example.com
userPassword: wren's own password

dn: ou=elsewhere,{BASE}
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:1/ou=people,dc=elsewhere,dc=example

dn: cn=network,{BASE}
objectClass: groupOfNames
cn: network
member: uid=robin,{BASE}
"""


def _issued(name, key, issuer, issuer_key, *, is_authority=False, alternatives=()):
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=2))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if alternatives:
        made = made.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return made.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def certificates(*alternatives):
    """Authority, certificate and key of a server that is called so."""
    authority, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "authority": _issued(
            "Test authority", authority, "Test authority", authority, is_authority=True
        ),
        "certificate": _issued(
            "directory", key, "Test authority", authority, alternatives=alternatives
        ),
        "key": private.decode(),
    }


LOOPBACK = (x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
ELSEWHERE = (x509.DNSName("directory.elsewhere.example"),)
