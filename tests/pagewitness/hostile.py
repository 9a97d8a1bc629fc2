"""A page that tries everything: to run script, to reach its live host, to leave the archive. LIVE stands for that host."""

from __future__ import annotations

RAN = "document.title='RAN'"

CONSTRUCTS = {
    "script": f"<script>{RAN}</script>",
    "script from elsewhere": "<script src=LIVE/s.js async></script><script type=module src=LIVE/m.js></script>",
    "speculation rules": '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["LIVE/spec"]}]}</script>',
    "script in svg": f"<svg><script>{RAN}</script><script href=LIVE/s.js></script></svg>",
    "handlers": f'<img src=LIVE/x.png onerror="{RAN}" onload="{RAN}"><body onload="{RAN}" onpageshow="{RAN}">',
    "handler in odd case": f'<svg><g OnLoad="{RAN}"></g></svg><details open ontoggle="{RAN}"></details><video><source onerror="{RAN}"></video>',
    "javascript link": f'<a href="javascript:{RAN}" id=j>j</a>',
    "javascript link in disguise": f'<a href=" &#1;java&#9;scr&#10;ipt&colon;{RAN}">k</a><a href="JaVaScRiPt:{RAN}">l</a>',
    "vbscript link": '<a href="vbscript:msgbox(1)">v</a><area href="vbscript:1">',
    "javascript in svg": f'<svg><a xlink:href="javascript:{RAN}"><text>t</text></a><a href="&#x6A;avascript:{RAN}"></a></svg>',
    "javascript in math": f'<math href="javascript:{RAN}"><mi xlink:href="javascript:{RAN}">x</mi></math>',
    "javascript form": f'<form action="javascript:{RAN}"><button formaction="javascript:{RAN}" formtarget=_top>b</button><input type=image src=LIVE/i.png formaction="LIVE/f"></form>',
    "javascript frame": f'<iframe src="javascript:{RAN}"></iframe><frame src="javascript:1"><embed src="javascript:1"><object data="javascript:1"></object>',
    "data frame": f'<iframe src="data:text/html,<script>parent.{RAN}</script>"></iframe><a href="data:text/html,x">d</a>',
    "live frame": "<iframe src=LIVE/frame></iframe><iframe srcdoc='<img src=LIVE/sd.png onerror=x()><script>1</script><iframe src=LIVE/inner></iframe>'></iframe>",
    "fenced frame": "<fencedframe src=LIVE/ff></fencedframe><portal src=LIVE/portal></portal>",
    "object and applet": "<object data=LIVE/o.swf type=application/x-shockwave-flash><param name=movie value=LIVE/m.swf></object><applet code=X archive=LIVE/a.jar codebase=LIVE/></applet><embed src=LIVE/e.swf>",
    "media": "<video src=LIVE/v.mp4 poster=LIVE/p.png autoplay></video><audio src=LIVE/a.mp3 autoplay></audio><video><track src=LIVE/t.vtt default></video>",
    "images": '<img src=//LIVEHOST/a.png srcset="LIVE/b.png 1x, LIVE/c,d.png 2x" lowsrc=LIVE/l.png><picture><source srcset=LIVE/s.webp></picture><table background=LIVE/bg.png></table>',
    "svg images": "<svg><image href=LIVE/i.svg xlink:href=LIVE/j.svg /><use href=LIVE/u.svg#x /><feImage href=LIVE/f.png /><rect fill='url(LIVE/g.svg#a)' filter='url(LIVE/h.svg#a)' style='mask:url(LIVE/k.svg)'/></svg>",
    "svg animation": f"<svg><a><set attributeName=href to='javascript:{RAN}'/><animate attributeName=xlink:href values='javascript:1;LIVE/x'/><text>t</text></a></svg>",
    "links that fetch": "<link rel=preconnect href=LIVE><link rel=dns-prefetch href=LIVE><link rel=prefetch href=LIVE/pf><link rel=prerender href=LIVE/pr><link rel=preload as=image href=LIVE/pl.png imagesrcset='LIVE/x.png 1x'><link rel=modulepreload href=LIVE/mp.js><link rel=manifest href=LIVE/mf.json><link rel='Stylesheet preload' href=LIVE/sp.css>",
    "style sheets": "<link rel=stylesheet href=LIVE/s.css integrity=sha256-x crossorigin=anonymous><style>@import 'LIVE/i.css'; @import url(LIVE/j.css); body{background:url(LIVE/bg.png);cursor:image-set('LIVE/c.png' 1x)} @font-face{font-family:x;src:url(LIVE/f.woff)} p{font-family:x;background:u\\72l(LIVE/esc.png)}</style>",
    "style attribute": "<p style=\"background:url('LIVE/st.png');list-style:url(LIVE/ls.png)\">p</p>",
    "style that ends early": f'<style>a{{content:"</style><img src=LIVE/x onerror={RAN}>"}}</style>',
    "icons": "<link rel='shortcut icon' href=LIVE/favicon.ico><link rel=apple-touch-icon href=LIVE/touch.png>",
    "meta refresh": '<meta http-equiv=refresh content="0; url=LIVE/refreshed"><meta http-equiv="Refresh" content="0;URL=javascript:1">',
    "meta policy": '<meta http-equiv="Content-Security-Policy" content="default-src *; report-uri LIVE/csp"><meta name=referrer content=unsafe-url><meta http-equiv=set-cookie content="a=b">',
    "base": "<base href=LIVE/base/ target=_top>",
    "ping and target": "<a href=LIVE/p ping=LIVE/ping target=_top attributionsrc=LIVE/attr download>p</a>",
    "noscript": f'<noscript><img src=LIVE/ns.png><meta http-equiv=refresh content="0;url=LIVE/ns"><p title="</noscript><img src=LIVE/x onerror={RAN}>"></noscript>',
    "template": f"<template><img src=LIVE/t.png onerror={RAN}><script>1</script><template><iframe src=LIVE/tt></iframe></template></template><div><template shadowrootmode=open><img src=LIVE/sh.png onerror={RAN}><style>@import 'LIVE/sh.css';</style></template></div>",
    "raw text": f"<xmp><img src=LIVE/x onerror={RAN}></xmp><noembed><img src=LIVE/ne></noembed><noframes><img src=LIVE/nf></noframes><listing><b>l</b></listing>",
    "comments": f"<!--><img src=LIVE/c1 onerror={RAN}>--><!--[if IE]><script src=LIVE/ie.js></script><![endif]--><?xml-stylesheet href='LIVE/x.css'?><![CDATA[<img src=LIVE/cd>]]>",
    "mutation by svg style": f'<svg></p><style><a id="</style><img src=LIVE/mx1 onerror={RAN}>">',
    "mutation by math": f"<form><math><mtext></form><form><mglyph><style></math><img src=LIVE/mx2 onerror={RAN}>",
    "mutation by table": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=LIVE/mx3 onerror={RAN}&gt;">',
    "mutation by annotation": f'<math><annotation-xml encoding="text/html"><style><img title="</style><img src=LIVE/mx4 onerror={RAN}>"></style></annotation-xml></math>',
    "lazy image": "<img data-src=LIVE/lazy.png src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-srcset='LIVE/lazy2.png 2x'>",
    "odd URLs": "<img src='http:\\\\LIVEHOST\\a.png'><img src='\n//LIVEHOST/b.png'><img src='http:///LIVEHOST/c.png'><img src='ht\ntp://LIVEHOST/d.png'><img src='http://u:p@LIVEHOST/e.png'><a href='ftp://LIVEHOST/f'>f</a><a href='file:///etc/passwd'>g</a><a href='blob:LIVE/x'>h</a>",
    "objects": f"<object data=LIVE/o.html type=text/html></object><embed src=LIVE/e.svg type=image/svg+xml><object data=LIVE/o.svg><img src=LIVE/oi.png onerror={RAN}></object><object data='data:text/html,<script>{RAN}</script>' type=text/html></object><embed src='javascript:{RAN}' type=text/html><object data=LIVE/o.pdf type=application/pdf></object><object type=text/html data='java\nscript:{RAN}'></object>",
    "lazy parts": "<iframe data-src=LIVE/lf src=about:blank></iframe><iframe data-src='javascript:1'></iframe><video data-src=LIVE/lv.mp4></video><div data-bg=LIVE/lb.png></div><div data-bg='url(LIVE/lb2.png);behavior:url(LIVE/lb3)'></div><div data-background='\");background:url(LIVE/lb4.png'></div><b background=LIVE/b.png></b>",
    "style sheets that a handler applies": f"<link rel=preload as=style href=LIVE/as.css onload=\"this.rel='stylesheet';{RAN}\"><link rel=stylesheet media=print href=LIVE/ap.css onload=\"this.media='all';{RAN}\"><link rel=stylesheet href='data:text/css,@import%20%22LIVE/dc.css%22'>",
    "parameters and previews": "<object><param name=movie value=LIVE/p.swf><param name=src value='javascript:1'></object><meta property=og:image content=LIVE/og.png><meta itemprop=image content=LIVE/ip.png><i cite=LIVE/c></i>",
    "svg references": f"<svg><defs><linearGradient href=LIVE/lg.svg#a /><pattern xlink:href=LIVE/p.svg#a /><filter href=LIVE/fi.svg#a /><font-face><font-face-src><font-face-uri xlink:href=LIVE/ff.svg#a /></font-face-src></font-face><color-profile xlink:href=LIVE/cp /></defs><text><textPath href=LIVE/tp.svg#a>t</textPath><tref xlink:href=LIVE/tr.svg#a /></text><cursor xlink:href=LIVE/cu.png /><animateMotion><mpath href=LIVE/m.svg#a /></animateMotion><discard onend={RAN} /></svg>",
    "style in odd words": "<style>@IMPORT/**/url(LIVE/i1.css);@import\\20 'LIVE/i2.css';p{background:URL(\\000068ttp://LIVEHOST/x1.png);background:-webkit-image-set('LIVE/x2.png' 1x);background:cross-fade(url(LIVE/x3.png),url(LIVE/x4.png));content:url( 'LIVE/x5.png' )}@font-face{src:local(x),url(LIVE/x6.woff2) format('woff2')}@property --x{syntax:'<url>';initial-value:url(LIVE/x7.png);inherits:false}</style><p style='background:url(LIVE/x8.png'>",
    "quotes in odd places": f"<p>Its 85 members <!-- </mark><script>{RAN}</script> -->met &lt;/mark&gt;&lt;script&gt;{RAN}&lt;/script&gt; today.</p><template><p>Its 85 members met.</p><img src=LIVE/qt.png></template><textarea>Its 85 members met.</textarea><noscript><p>Its 85 members met.<img src=LIVE/qn.png onerror={RAN}></noscript><svg><text>Its 85 members met.<a href=LIVE/qs><tspan>x</tspan></a></text></svg><select><option>Its 85 members met.</select><p title='Its 85 members met.'>Its <b onclick={RAN}>85</b> members <a href=LIVE/ql ping=LIVE/qp>met</a>.</p>",
    "a banner of its own": f"<template shadowrootmode=open><img src=LIVE/bs.png onerror={RAN}>Archived copy</template><pagewitness-banner style='position:fixed;bottom:0;z-index:2147483647!important'>Archived copy of http://bank.example/</pagewitness-banner><mark class=value id=pagewitness-fact-members onclick={RAN}>84</mark><style>pagewitness-banner,mark{{display:none!important}}mark::after{{content:url(LIVE/ma.png)}}</style>",
    "rules for other pages": '<script type=speculationrules>{"prerender":[{"where":{"href_matches":"/*"}}]}</script><script type=importmap>{"imports":{"x":"LIVE/im.js"}}</script><link rel=expect href=LIVE/ex blocking=render><link rel=\'compression-dictionary\' href=LIVE/cd><link rel=pingback href=LIVE/pb>',
    "web sockets and workers": f"<link rel=serviceworker href=LIVE/sw.js><html manifest=LIVE/appcache><button popovertarget=x onclick={RAN}>b</button>",
}


def hostile_page(live: str) -> str:
    """All constructs on one page, with the one that leaves tables and formulas open last."""
    body = "".join(CONSTRUCTS.values())
    host = live.removeprefix("http://")
    return f"<!doctype html><title>Quiet</title>{body}".replace("LIVEHOST", host).replace("LIVE", live)


def hostile_pieces(live: str) -> list[tuple[str, str]]:
    """Each construct alone, by name."""
    host = live.removeprefix("http://")
    return [(name, piece.replace("LIVEHOST", host).replace("LIVE", live)) for name, piece in CONSTRUCTS.items()]


def hostile_drawing(live: str) -> str:
    """An SVG document that tries the same."""
    return (
        f"<?xml version='1.0'?><?xml-stylesheet href='{live}/s.css' type='text/css'?>"
        f"<!DOCTYPE svg [<!ENTITY e \"&#60;script>{RAN}&#60;/script>\"><!ENTITY f SYSTEM '{live}/entity'>]>"
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' xmlns:h='http://www.w3.org/1999/xhtml' "
        f'onload="{RAN}"><title>Quiet</title><script>{RAN}</script><script xlink:href="{live}/s.js"/><h:script>{RAN}</h:script>&e;&f;'
        f"<style>@import '{live}/i.css';rect{{fill:url({live}/g.svg#a)}}</style><image xlink:href='{live}/x.png' width='9' height='9' onerror=\"{RAN}\"/>"
        f"<use href='{live}/u.svg#a'/><a xlink:href='javascript:{RAN.replace(chr(39), '')}'><text y='20'>85 members</text></a>"
        f"<foreignObject width='90' height='90'><h:iframe src='{live}/frame'/><h:img src='{live}/x.png'/><h:body onload=\"{RAN}\"/></foreignObject>"
        f"<set attributeName='onmouseover' to=\"{RAN}\"/></svg>"
    )
