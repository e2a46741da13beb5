"""Web pages: requests that a browser made for a page, which no charger makes.

A page of any origin can have a browser in this network open a websocket, so the request
would reach us from inside. The browser then says where the page is from.
"""

from urllib.parse import urlsplit

from websockets.datastructures import Headers

_FETCH_METADATA = "sec-fetch-"
_BROWSER = "mozilla/"


def is_of_a_web_page(headers: Headers) -> bool:
    """Tell whether a browser made a request for a web page.

    Some chargers send an Origin, too: the host that they dial, with any scheme and port.
    An Origin without a host is not one of those: `null` is what a sandboxed frame of any
    page sends, `file://` a page that was downloaded. A page whose name was rebound to
    our address has the right host, but its browser gives itself away by its name.
    """
    if any(name.casefold().startswith(_FETCH_METADATA) for name in headers):
        return True
    origins = [origin for origin in headers.get_all("Origin") if origin]
    if not origins:
        return False
    hosts = {_host(host) for host in headers.get_all("Host")}
    if {_host(origin) for origin in origins} != hosts or None in hosts:
        return True
    agents = headers.get_all("User-Agent")
    return any(agent.casefold().startswith(_BROWSER) for agent in agents)


def _host(text: str) -> str | None:
    """Return the host of an Origin or of a Host header, None where it has none."""
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname
    except ValueError:
        return None
    return host.rstrip(".") or None if host else None
