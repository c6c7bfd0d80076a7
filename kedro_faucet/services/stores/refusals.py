"""What object stores and what is between them and us say, as one sentence that tells what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedro_faucet.services.stores.store import Store

_MARKUP = re.compile(r"\x1b\[[0-9;]*m")
# In the order in which they are looked for: what a store says of itself before what the way to it does.
_REASONS = {
    r"169\.254\.|metadata|CredentialsNotLoaded|NoCredentialProviders|MissingCredential": (
        "{place} wants credentials, and neither the provider nor the environment has any. Name an entry of "
        "credentials.yml in providers.yml (credentials: {name}), with {secrets}."
    ),
    r"service account|decode credentials": (
        "The key file of {place} cannot be read, or is none: correct token: in {entry}."
    ),
    r"ExpiredToken|TokenRefreshRequired|RequestExpired|token (has )?expired": (
        "The token for {place} has expired: get a new one, and put it into {entry}."
    ),
    r"InvalidToken|InvalidSecurity|code: 407": "{place} does not know the token in {entry}: get a new one.",
    r"InvalidAccessKeyId|InvalidClientTokenId": ("{place} does not know the key in {entry}: correct the key."),
    r"SignatureDoesNotMatch|AuthenticationFailed": (
        "The secret in {entry} is not that of the key, says {place}: correct it."
    ),
    r"RequestTimeTooSkewed": "The clock of this machine is not that of {place}: set it (timedatectl set-ntp true).",
    r"NoSuchBucket|BucketNotFound|ContainerNotFound": (
        "There is no bucket '{bucket}' at {at}: create it, or correct path: in providers.yml."
    ),
    r"AuthorizationHeaderMalformed|PermanentRedirect|IllegalLocationConstraint|code: 301": (
        "{place} is in another region: correct region: in providers.yml."
    ),
    r"AccessDenied|code: 403|Forbidden|PermissionDenied|AllAccessDisabled": (
        "{place} does not allow it: {entry} may not do this there, or there is no bucket '{bucket}'. Ask for the right "
        "to list, get, put and delete objects there, or correct path: in providers.yml."
    ),
    r"Unauthorized|code: 401|Unauthenticated": ("{place} does not accept {entry}: correct its credentials."),
    r"QuotaExceeded|InsufficientStorage|code: 507|TooManyBuckets": "{place} is full: make room there, and run again.",
    r"SlowDown|ServiceUnavailable|code: 50[0-9]|InternalError": (
        "{place} is there and fails ({code}): wait until it is well again, and run again."
    ),
    r"certificate|InvalidContentType|CorruptMessage|TlsError|tls": (
        "{place} speaks no TLS, or shows a certificate that is not trusted: correct http:// or https:// of the "
        "endpoint, or trust its certificate."
    ),
    r"timed? ?out|Timeout|elapsed|HTTP error|sending request|[Cc]onnect|refused|unreachable|dns": (
        "{place} does not answer: start it, or correct {where} in providers.yml, or see to the network between."
    ),
    r"No space left|Disk quota": (
        "This machine's disk has no room for what goes to {place} or comes from it: make room, and run again."
    ),
}

_WHERE = {"endpoint": "endpoint:", "host": "host: and port:"}


def refusal(text: str, store: Store, key: str) -> str:
    """Return what went wrong with an object, with its store and what to do.

    Args:
        text: what the client says.
        store: which it speaks of.
        key: the object's path.
    """
    said = _MARKUP.sub("", text)
    code = re.search(r"<Code>(\w+)</Code>|status code: (\d+ [\w ]+)", said)
    found = next((told for pattern, told in _REASONS.items() if re.search(pattern, _own(said))), None)
    facts = {
        "place": store.reached,
        "at": getattr(store, "endpoint", None) or f"the service {store.service}",
        "bucket": key.partition("/")[0],
        "name": store.credentials or "NAME",
        "entry": f"the entry {store.credentials} of credentials.yml" if store.credentials else "the environment",
        "secrets": " and ".join(store.secrets.known_keys()[:2]),
        "where": next((said for name, said in _WHERE.items() if name in type(store).model_fields), "path:"),
        "code": next(filter(None, code.groups()), "?") if code else "?",
    }
    if found:
        return found.format(**facts)
    return f"{store.scheme}://{key} cannot be reached: {_first(said)}"


def _own(text: str) -> str:
    """Leave out what holds a user's words: addresses, and the names in a store's answer."""
    return re.sub(r"https?://\S+(?<!169\.254\.169\.254)|<(Resource|Key|BucketName)>.*?</\1>|path \S+", "", text)


def _first(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip(".")[:300] + "."
