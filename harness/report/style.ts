// How pages of the kit look: light and dark, no script, nothing from elsewhere.

export const style = `
:root{--paper:#fcfcfa;--ink:#1d2126;--soft:#5c646e;--rule:#dfe2e4;--good:#1f7a5c;--bad:#b8361f;--a:#2b5fb8;--b:#c8501f;--c:#1f8a70;--d:#8a4fb8;--e:#a07a10;--f:#4f6b7a}
@media (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e8eaec;--soft:#a3acb6;--rule:#2d333a;--good:#5cc9a7;--bad:#ff8a73;--a:#7aa8f5;--b:#f08a5d;--c:#5cc9a7;--d:#c79af0;--e:#e0bd5a;--f:#9db8c6}}
body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;max-width:1240px;margin:2rem auto;padding:0 1.25rem}
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.6rem 0 .3rem;border-top:1px solid var(--rule);padding-top:1.2rem}h3{font-size:1rem;margin:1.6rem 0 .3rem}
a{color:var(--a)}p{color:var(--soft);max-width:80ch;margin:.25rem 0 .75rem}ul{margin:.25rem 0;padding-left:1.2rem}
.verdict{font-size:1.05rem;font-weight:600;color:var(--soft)}.passed{color:var(--good)}.failed{color:var(--bad)}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,380px),1fr));gap:1rem 1.5rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5rem 0}td,th{padding:.15rem .9rem .15rem 0;text-align:right;font-weight:400}th{color:var(--soft)}td:first-child,th:first-child,.way td:last-child,.way th:last-child{text-align:left}details{margin:.4rem 0}summary{cursor:pointer;font-weight:600}.headline{color:var(--ink);font-size:1.1rem}
.scroll{overflow-x:auto}figure{margin:0}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;padding:0;margin:.2rem 0;font-size:.85rem;color:var(--soft)}
.legend i{display:inline-block;width:1.4em;height:0;border-top:3px solid;margin-right:.4em;vertical-align:middle}
svg{width:100%;height:auto;font:11px system-ui,sans-serif}svg.wide{max-width:780px;display:block}.title{font-size:12.5px;font-weight:600;fill:var(--ink)}
.tick,.label{fill:var(--soft)}.grid{stroke:var(--rule)}path{fill:none;stroke-width:2;stroke-linejoin:round}
${['a', 'b', 'c', 'd', 'e', 'f'].map((one) => `.${one} path,i.${one}{stroke:var(--${one});border-color:var(--${one})}.${one} circle{fill:var(--${one})}`).join('')}
.stage rect{fill:var(--a)}.stage .tail{stroke:var(--a);stroke-width:2;opacity:.6}.widest rect{fill:var(--b)}.widest .tail{stroke:var(--b)}.widest .tick{fill:var(--ink);font-weight:600}
.strip .bars{stroke:var(--a)}.strip .middle{stroke:var(--ink);stroke-dasharray:4 4;opacity:.6}
.forest line{stroke-width:2}.unsure line{stroke:var(--soft);stroke-dasharray:3 4}.unsure circle{fill:var(--paper);stroke:var(--soft)}.same line{stroke:var(--soft)}.same circle{fill:var(--soft)}.worse line{stroke:var(--bad)}.worse circle{fill:var(--bad)}.better line{stroke:var(--good)}.better circle{fill:var(--good)}.forest .grid{stroke-width:1}`;
