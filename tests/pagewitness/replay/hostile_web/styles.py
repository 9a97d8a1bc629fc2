"""Hostile style sheets."""

from __future__ import annotations

from tests.pagewitness.replay.hostile_web.traps import File, HostilePage, Traps

_CSS = "text/css"


def style_sheets() -> HostilePage:
    """Return a page with style sheets that load from other hosts in every way that CSS has."""
    traps = Traps()
    url = traps.url
    private = ("127.0.0.1:8009", "169.254.169.254", "[::1]:8009", "10.0.0.1", "localhost:8009", "0x7f.1:8009")
    traps.sprung |= {f"private-{number}" for number in range(len(private))}
    files = {
        "import-chain.css": File("@import 'chain/1.css';", _CSS),
        **{f"chain/{n}.css": File(f"@import '{n + 1}.css' layer(l{n}) supports(display: grid);", _CSS) for n in range(1, 6)},
        "chain/6.css": File(f"@import url({url('import-chain', 'x.css')});.chain{{background:url({url('end-of-chain')})}}", _CSS),
        "import-loop.css": File(f"@import 'loop.css';.loop{{background:url({url('import-loop')})}}", _CSS),
        "loop.css": File(f"@import 'import-loop.css';@import 'loop.css';.loop2{{background:url({url('inner-loop')})}}", _CSS),
        "import-data.css": File(f"@import url(\"data:text/css,@import '{url('import-in-data', 'x.css')}'\");", _CSS),
        "private.css": File("".join(f".p{n}{{background:url(http://{host}/private-{n}/x.png)}}" for n, host in enumerate(private)), _CSS),
        "font.css": File(
            f"@font-face{{font-family:u;src:local(none),url({url('unicode-range', 'f.woff2')}) format('woff2');unicode-range:U+41}}"
            f"@font-face{{font-family:u;src:url({url('unused-range', 'f.woff2', inert=True)});unicode-range:U+5A}}.u{{font-family:u}}",
            _CSS,
        ),
        "exfiltrate.css": File(
            f"input[value^=s]{{background:url({url('attribute-selector', 's')})}}input[value^=t]{{background:url({url('other-value', 't', inert=True)})}}"
            f"html:has(input[value$=t]){{--a:url({url('has-selector', 't')});list-style:var(--a)}}",
            _CSS,
        ),
        "namespace.css": File(
            f"@namespace url({url('namespace-name', 'ns', inert=True)});@namespace h url(http://www.w3.org/1999/xhtml);h|b.n{{background:url({url('namespace')})}}",
            _CSS,
        ),
        "utf16.css": File(("@charset 'utf-8';" + f".w{{background:url({url('utf-16')})}}").encode("utf-16"), _CSS),
        "utf16be.css": File(f"\ufeff.we{{background:url({url('utf-16-mislabelled')})}}".encode("utf-16-be"), "text/css; charset=utf-8"),
        "utf16le-no-bom.css": File(f".wl{{background:url({url('utf-16-by-link')})}}".encode("utf-16-le"), _CSS),
        "utf7.css": File(
            f"@charset \"utf-7\";.s7+AHs-background:url({url('utf-7', inert=True)})+AH0-", "text/css; charset=utf-7"
        ),
        # ESC $ B: the quote is the first byte of a kanji in ISO-2022-JP, and a quote elsewhere.
        "jis.css": File(
            b'.j{content:"\x1b$B"}.x{content:"\x1b(B";background:url(' + url("iso-2022-jp").encode() + b")}",
            "text/css; charset=iso-2022-jp",
        ),
        "sjis.css": File(b'.k{content:"\x83\\";background:url(' + url("shift-jis").encode() + b')}"}', "text/css; charset=shift_jis"),
        "huge.css": File("".join(f".h{n}{{color:#123}}" for n in range(100_000)) + f".huge{{background:url({url('huge')})}}", _CSS),
        "deep.css": File("@media all{" * 400 + f".deep{{background:url({url('deep')})}}" + "}" * 400, _CSS),
        "unclosed.css": File(f".q{{background:url({url('unclosed-url')}", _CSS),
        "bad.css": File(f"}}}}<!-- </style><img src={url('markup-in-css', inert=True)}> -->{{}}.b{{background:url({url('after-errors')})}}", _CSS),
        "old.css": File(
            f".o{{width:expression({traps.script('expression', inert=True)});behavior:url({url('behavior', 'x.htc', inert=True)});"
            f"-moz-binding:url({url('binding', 'x.xml', inert=True)});background:url(\"javascript:{traps.script('javascript-url', inert=True)}\")}}",
            _CSS,
        ),
        "modern.css": File(
            f"ul{{container-type:inline-size}}.m{{& b{{background:image-set('{url('image-set')}' 1x)}}}}@layer a{{.m{{cursor:url({url('cursor')}),auto}}}}"
            f"@container (min-width:1px){{.m i{{border:1px solid;border-image:url({url('border-image')}) 1}}}}@scope (.m){{:scope{{list-style:url({url('list-style')})}}}}"
            f".m::before{{content:url({url('content')})}}.m s{{-webkit-mask:url({url('mask')});filter:url({url('filter', 'f.svg#f', inert=True)})}}"
            f".m u{{background:-webkit-cross-fade(url({url('cross-fade')}),url({url('cross-fade-2')}),50%);shape-outside:url({url('shape')});float:left}}"
            f".m em{{--v:url({url('variable')});background:var(--none,var(--v))}}.m q{{background:u\\72l({url('escape')})}}"
            f".m small{{background:URL( \"{url('upper-case')}\" )}}"
            f"@property --p{{syntax:'<image>';inherits:false;initial-value:url({url('property')})}}.m big{{background:var(--p)}}"
            f"@supports (color:red){{@media screen{{.m tt{{background:url('{url('supports')}')}}}}}}"
            f"@keyframes k{{from,to{{background:url({url('keyframes')})}}}}.m dfn{{animation:k 9s}}"
            f"@counter-style c{{system:fixed;symbols:url({url('counter-style', inert=True)}) 'x'}}",
            _CSS,
        ),
        "html-as-css": File(f"<p>{{}}.hc{{background:url({url('css-in-html')})}}</p>", "text/html"),
        "gif.css": File(b"GIF89a{}.g{background:url(" + url("gif-and-css").encode() + b")}", "image/gif"),
        "no-type": File(f".nt{{background:url({url('css-without-type')})}}", None),
        "redirected.css": File("", None, (("Location", url("redirected", "x.css")),), 302),
        "wrong-status.css": File(f".ws{{background:url({url('css-of-404', inert=True)})}}", _CSS, (), 404),
    }  # fmt: skip
    charset = {"utf16le-no-bom.css": " charset=utf-16le"}
    documents = [name for name in files if "chain/" not in name and name != "loop.css"]
    links = "".join(f"<link rel=stylesheet href={name}{charset.get(name, '')}>" for name in documents)
    classes = "chain loop loop2 u n w we wl s7 j x k huge deep q b o hc g nt ws".split()
    elements = "".join(f"<b class={name}>A</b>" for name in [*classes, *(f"p{n}" for n in range(len(private)))])
    modern = "".join(f"<{tag}>x</{tag}>" for tag in "b i s u em q small big tt dfn".split())
    # In quirks mode a style sheet of the same origin may have any type.
    page = f"{links}<title>Quiet</title><input value=secret>{elements}<ul><li class=m>{modern}</ul>"
    return traps.page("styles", {"/": File(page), **{f"/{name}": file for name, file in files.items()}})
