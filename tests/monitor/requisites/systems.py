"""Pages written in the manner of common systems, with the requisites that they have."""

from __future__ import annotations

from typing import NamedTuple


class System(NamedTuple):
    """A page and its requisites.

    Attributes:
        markup: The page, at http://site.example/a/page?x=1.
        expected: "kind URL" a line, in the order of priority; "~" before alternatives.
    """

    markup: str
    expected: str


SYSTEMS = {
    "WordPress": System(
        """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Harbour news</title>
<link rel="dns-prefetch" href="//stats.example"><link rel="profile" href="https://gmpg.example/xfn/11">
<link rel="stylesheet" id="block-css" href="/wp-includes/css/block.min.css?ver=6.4" media="all">
<link rel="stylesheet" id="print-css" href="/wp-content/themes/harbour/print.css" media="print">
<link rel="stylesheet" id="late-css" href="/wp-content/themes/harbour/late.css" media="print" onload="this.media='all'">
<style>.hero{background-image:url(/wp-content/uploads/2024/05/pier.jpg)}
@font-face{font-family:Quay;src:url('/fonts/quay.eot');src:url('/fonts/quay.eot?#iefix') format('embedded-opentype'),url('/fonts/quay.woff2') format('woff2'),url('/fonts/quay.woff') format('woff'),url('/fonts/quay.svg#quay') format('svg')}</style>
<link rel="icon" href="/wp-content/uploads/icon-32.png" sizes="32x32"><link rel="apple-touch-icon" href="/wp-content/uploads/icon-180.png">
<meta property="og:image" content="/wp-content/uploads/share.jpg"><script src="/wp-includes/js/jquery.min.js"></script></head>
<body><figure class="wp-block-image"><img width="300" height="200" src="/wp-content/uploads/boat-300x200.jpg"
 srcset="/wp-content/uploads/boat-300x200.jpg 300w, /wp-content/uploads/boat-1024x683.jpg 1024w, /wp-content/uploads/boat.jpg 2048w" sizes="(max-width: 300px) 100vw, 300px"></figure>
<img class="lazyload" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/wp-content/uploads/gull.jpg" data-srcset="/wp-content/uploads/gull@2x.jpg 2x"><noscript><img src="/wp-content/uploads/gull-plain.jpg"></noscript>
<a href="/wp-content/uploads/2024/05/timetable.pdf">Timetable (PDF)</a> <a href="/wp-content/uploads/map.zip">Map</a></body></html>""",
        """style_sheet http://site.example/wp-includes/css/block.min.css?ver=6.4
style_sheet http://site.example/wp-content/themes/harbour/late.css
image http://site.example/wp-content/uploads/2024/05/pier.jpg
font http://site.example/fonts/quay.woff2
image http://site.example/wp-content/uploads/boat-300x200.jpg
image http://site.example/wp-content/uploads/boat.jpg
image http://site.example/wp-content/uploads/gull.jpg
image http://site.example/wp-content/uploads/gull@2x.jpg
image http://site.example/wp-content/uploads/gull-plain.jpg
icon http://site.example/wp-content/uploads/icon-32.png
icon http://site.example/wp-content/uploads/icon-180.png
~style_sheet http://site.example/wp-content/themes/harbour/print.css
~image http://site.example/wp-content/uploads/boat-1024x683.jpg
document http://site.example/wp-content/uploads/2024/05/timetable.pdf""",
    ),
    "Drupal": System(
        """<!DOCTYPE html><html lang="nl" dir="ltr"><head><meta charset="utf-8"><base href="http://site.example/nl/">
<style media="all">@import url("/core/modules/system/css/components.css?s1");
@import url("/themes/custom/kade/style.css?s1");</style>
<style media="print">@import url("/themes/custom/kade/afdruk.css?s1");</style>
<link rel="shortcut icon" href="/core/misc/favicon.ico" type="image/vnd.microsoft.icon"><link rel="canonical" href="/nl/leden"></head>
<body><picture><source srcset="/sites/default/files/styles/wide/haven.webp 1x" media="all and (min-width: 851px)" type="image/webp">
<source srcset="/sites/default/files/styles/narrow/haven.webp 1x" type="image/webp"><img src="/sites/default/files/haven.jpg" alt="Haven"></picture>
<div style="background: #fff url('plaatjes/golf.png') no-repeat">De groep heeft 12 leden.</div>
<table background="plaatjes/ruit.gif"><tr><td>Boten</td><td>14</td></tr></table>
<span class="file"><a href="/sites/default/files/verslag.pdf" type="application/pdf; length=28231">Verslag</a></span></body></html>""",
        """style_sheet http://site.example/core/modules/system/css/components.css?s1
style_sheet http://site.example/themes/custom/kade/style.css?s1
style_sheet http://site.example/themes/custom/kade/afdruk.css?s1
image http://site.example/sites/default/files/styles/wide/haven.webp
image http://site.example/sites/default/files/styles/narrow/haven.webp
image http://site.example/sites/default/files/haven.jpg
image http://site.example/nl/plaatjes/golf.png
image http://site.example/nl/plaatjes/ruit.gif
icon http://site.example/core/misc/favicon.ico
document http://site.example/sites/default/files/verslag.pdf""",
    ),
    "Wix": System(
        """<!DOCTYPE html><html><head><link rel="preload" href="https://static.media.example/fonts/wave.woff2" as="font" type="font/woff2" crossorigin>
<link rel="preload" as="script" href="https://static.media.example/app.js"><link rel="preload" as="style" href="https://static.media.example/late.css">
<style>@font-face{font-family:"Wave";unicode-range:U+0000-00FF;src:url("//static.media.example/fonts/wave.woff2") format("woff2"),url("//static.media.example/fonts/wave.woff") format("woff")}
.bg{background-image:-webkit-image-set(url(https://static.media.example/bg.png) 1x,url(https://static.media.example/bg@2x.png) 2x)}</style></head>
<body><wow-image data-src="x"><img fetchpriority="high" src="https://static.media.example/media/a1~mv2.jpg/v1/fill/w_49,h_30,al_c,q_80/a.jpg"
 srcset="https://static.media.example/media/a1~mv2.jpg/v1/fill/w_640,h_400,al_c/a.jpg 1x, https://static.media.example/media/a1~mv2.jpg/v1/fill/w_1280,h_800,al_c/a.jpg 2x"></wow-image>
<svg viewBox="0 0 9 9"><defs><clipPath id="c"><rect/></clipPath></defs><image clip-path="url(#c)" xlink:href="https://static.media.example/shape.png"></image><use href="#c"></use><use href="/icons.svg#wave"></use></svg>
<video poster="https://static.media.example/still.jpg" muted loop><source src="https://static.media.example/sea.mp4" type="video/mp4"></video></body></html>""",
        """style_sheet https://static.media.example/late.css
font https://static.media.example/fonts/wave.woff2
font http://static.media.example/fonts/wave.woff2
image https://static.media.example/bg.png
image https://static.media.example/bg@2x.png
image https://static.media.example/media/a1~mv2.jpg/v1/fill/w_49,h_30,al_c,q_80/a.jpg
image https://static.media.example/media/a1~mv2.jpg/v1/fill/w_1280,h_800,al_c/a.jpg
image https://static.media.example/shape.png
image http://site.example/icons.svg
image https://static.media.example/still.jpg
media https://static.media.example/sea.mp4
~image https://static.media.example/media/a1~mv2.jpg/v1/fill/w_640,h_400,al_c/a.jpg""",
    ),
    "static Next.js": System(
        """<!DOCTYPE html><html lang="ja"><head><meta charSet="utf-8"/><link rel="preload" as="image" imageSrcSet="/_next/image?url=%2Fport.jpg&amp;w=640&amp;q=75 640w, /_next/image?url=%2Fport.jpg&amp;w=1080&amp;q=75 1080w" imageSizes="100vw"/>
<link rel="preload" href="/_next/static/css/0a1b2c.css" as="style"/><link rel="stylesheet" href="/_next/static/css/0a1b2c.css" data-n-g=""/>
<noscript data-n-css=""></noscript><link rel="modulepreload" href="/_next/static/chunks/main.js"/><link rel="manifest" href="/site.webmanifest"/><link rel="mask-icon" href="/mask.svg" color="#000"/></head>
<body><div id="__next"><span style="background-size:cover;background-image:url(&quot;/_next/static/media/blur.png&quot;)"><img alt="港" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" decoding="async"/>
<noscript><img alt="港" srcSet="/_next/image?url=%2Fport.jpg&amp;w=640&amp;q=75 1x, /_next/image?url=%2Fport.jpg&amp;w=1080&amp;q=75 2x" src="/_next/image?url=%2Fport.jpg&amp;w=1080&amp;q=75" loading="lazy"/></noscript></span>
<iframe loading="lazy" src="https://maps.example/embed?pb=1"></iframe></div>
<script id="__NEXT_DATA__" type="application/json">{"props":{"src":"/not-a-requisite.jpg"}}</script></body></html>""",
        """style_sheet http://site.example/_next/static/css/0a1b2c.css
image http://site.example/_next/image?url=%2Fport.jpg&w=1080&q=75
image http://site.example/_next/static/media/blur.png
icon http://site.example/mask.svg
frame https://maps.example/embed?pb=1
~image http://site.example/_next/image?url=%2Fport.jpg&w=640&q=75""",
    ),
    "a government site": System(
        """<!DOCTYPE html><html class="template" lang="en"><head><meta charset="utf-8">
<link rel="icon" sizes="48x48" href="/assets/images/favicon.ico"><link rel="icon" sizes="any" href="/assets/images/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/application.css" media="screen"><link rel="alternate stylesheet" href="/assets/contrast.css" title="High contrast">
<link rel="alternate" type="application/atom+xml" href="/updates.atom"></head>
<body><header><svg role="img" viewBox="0 0 32 30"><path d="M0"></path></svg></header>
<object data="/assets/chart.svg" type="image/svg+xml"><img src="/assets/chart.png" alt="Boats by year"></object>
<object data="/assets/old.swf" type="application/x-shockwave-flash">Old</object>
<form action="/search"><input type="image" src="/assets/search.png"><input type="hidden" src="/assets/never.png"></form>
<a href="https://assets.files.example/media/5f/Annual_Report.PDF?inline=1#page=3">Annual report</a></body></html>""",
        """style_sheet http://site.example/assets/application.css
image http://site.example/assets/chart.svg
image http://site.example/assets/chart.png
image http://site.example/assets/search.png
icon http://site.example/assets/images/favicon.ico
icon http://site.example/assets/images/favicon.svg
~style_sheet http://site.example/assets/contrast.css
document https://assets.files.example/media/5f/Annual_Report.PDF?inline=1""",
    ),
    "a news site": System(
        """<!doctype html><html lang="ru"><head><meta charset="utf-8"><link rel="preload stylesheet" href="//cdn.news.example/main.css" as="style"><link rel=preconnect href="//ads.example"></head>
<body background="fon.gif"><article><img src="/1x1-lazy.gif" data-original="/photo/big.jpg"><amp-img src="/photo/amp.jpg"><noscript><img src="/photo/amp-plain.jpg"></noscript></amp-img>
<audio controls src="/podcast/12.mp3"></audio><video><source src="/v/news.webm" type="video/webm"><track kind="captions" src="/v/news.vtt" default></video>
<iframe srcdoc="&lt;link rel=stylesheet href=/widget.css&gt;&lt;img src=/widget.png&gt;" src="https://widgets.example/live"></iframe>
<iframe src="about:blank"></iframe><template><img src="/photo/template.jpg"></template>
<include-fragment src="/comments/5/edit_form"></include-fragment><a href="javascript:void(0)">Ещё</a><img src="blob:http://site.example/1"></article></body></html>""",
        """style_sheet http://cdn.news.example/main.css
style_sheet http://site.example/widget.css
image http://site.example/a/fon.gif
image http://site.example/1x1-lazy.gif
image http://site.example/photo/big.jpg
image http://site.example/photo/amp-plain.jpg
image http://site.example/widget.png
image http://site.example/photo/template.jpg
media http://site.example/podcast/12.mp3
media http://site.example/v/news.webm
media http://site.example/v/news.vtt""",
    ),
}
