"""Scripts of third parties that our pages load, each pinned by the hash of the bytes served.

To update one: replace the file, run `openssl dgst -sha384 -binary FILE | base64`, put the result
here, and read its change log. The map comment at the end of a script is removed, because the
hashed-name storage would rewrite it and so break the hash.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class VendorScript:
    """`path` is a static path; `sha384` is base64, as in the integrity attribute."""

    version: str
    licence: str
    path: str
    sha384: str

    @property
    def integrity(self) -> str:
        return f"sha384-{self.sha384}"


VENDOR_SCRIPTS: dict[str, VendorScript] = {
    # Shipped by django-htmx, which sets its version.
    "htmx": VendorScript(
        version="2.0.10",
        licence="0BSD",
        path="django_htmx/htmx-2.min.js",
        sha384="H5SrcfygHmAuTDZphMHqBJLc3FhssKjG7w/CeCpFReSfwBWDTKpkzPP8c+cLsK+V",
    ),
    # npm openseadragon@6.1.1, build/openseadragon/openseadragon.min.js.
    "openseadragon": VendorScript(
        version="6.1.1",
        licence="BSD-3-Clause",
        path="core/vendor/openseadragon.min.js",
        sha384="O9LQFtE4Q2w8ziqz3JQLAS34vYv/7gLihLjFV6pc1tdJ4d00RjJOsnTmm3QQwk21",
    ),
}
