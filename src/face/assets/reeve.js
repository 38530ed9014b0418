/* The living page: patches what changed, keeps clocks running, keys. Without it the page still
   reads and ticks. */
'use strict';
(() => {
  const $ = id => document.getElementById(id);
  let skew = Number(document.body.dataset.now || Date.now()) - Date.now();
  const link = $('link');
  const isMain = !!$('document');

  const lengthOf = ms => {
    let s = Math.floor(Math.abs(ms) / 1000);
    const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
    const parts = [];
    for (const [size, name] of units) {
      const n = Math.floor(s / size);
      s -= n * size;
      if (n || parts.length) parts.push([n, name]);
      if (parts.length === 2) break;
    }
    return parts.filter(p => p[0]).map(p => p.join(' ')).join(' ') || '0 s';
  };

  const runClocks = () => {
    const now = Date.now() + skew;
    for (const clock of document.querySelectorAll('.clock')) {
      if (clock.closest('.stopped')) continue;
      if (clock.dataset.since) {
        clock.textContent = lengthOf(now - Number(clock.dataset.since));
      } else {
        const left = Number(clock.dataset.until) - now;
        clock.textContent = lengthOf(left) + (left < 0 ? ' late' : ' left');
        clock.classList.toggle('late', left < 0);
      }
    }
  };

  const patch = (node, html) => {
    if (!node) return;
    const focused = document.activeElement;
    const typing = focused && node.contains(focused) && focused.tagName === 'INPUT';
    if (typing || [...node.querySelectorAll('input[name=note]')].some(i => i.value)) return;
    const open = [...node.querySelectorAll('details')].map(d => d.open);
    const focusAt = node.contains(focused)
      ? [...node.querySelectorAll('summary,button,a')].indexOf(focused) : -1;
    node.innerHTML = html;
    const details = [...node.querySelectorAll('details')];
    if (details.length === open.length) details.forEach((d, i) => { d.open = open[i]; });
    if (focusAt >= 0) {
      const again = node.querySelectorAll('summary,button,a')[focusAt];
      if (again) again.focus({preventScroll: true});
    }
  };

  const update = data => {
    skew = data.now - Date.now();
    for (const id in data.live || {}) patch($(id), data.live[id]);
    for (const id in data.dots || {}) {
      const dot = $(id);
      if (dot) { dot.className = 'dot ' + data.dots[id]; dot.title = data.dots[id]; }
    }
    for (const id of ['incidents', 'summary', 'targets'])
      if (id in data) patch($(id), data[id]);
    if ($('sequence')) $('sequence').textContent = data.seq;
    runClocks();
  };

  let source = null;
  const say = (word, state) => { link.textContent = word; link.className = 'link ' + state; };
  const listen = () => {
    if (source || document.hidden || !isMain) return;
    source = new EventSource('/events');
    source.onopen = () => say('Live', 'live');
    source.onerror = () => say('Not connected, values are old', 'lost');
    source.addEventListener('state', e => update(JSON.parse(e.data)));
    source.addEventListener('runbook', () => location.reload());
  };
  /* Browsers allow six streams a host: a hidden page gives its own back. */
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) { if (source) { source.close(); source = null; } } else listen();
  });

  const lines = () => [...document.querySelectorAll('details.state:not(.none)')];
  const bad = '.pending,.unknown,.finding,.firing';
  let at = null;
  const go = (step, only) => {
    const all = lines().filter(d => !only || d.matches(only));
    if (!all.length) return;
    const here = at ? all.findIndex(d => d.closest('[id^=live-]').id === at) : -1;
    const next = all[Math.min(all.length - 1, Math.max(0, here + step))];
    at = next.closest('[id^=live-]').id;
    next.querySelector('summary').focus();
    next.scrollIntoView({block: 'center'});
  };
  document.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.tagName === 'INPUT') return;
    const keys = $('keys');
    if (e.key === 'j') go(1);
    else if (e.key === 'k') go(-1);
    else if (e.key === 'n') go(1, bad);
    else if (e.key === 'g') { at = null; scrollTo(0, 0); }
    else if (e.key === 'o' && at) { const d = $(at).querySelector('details'); d.open = !d.open; }
    else if (e.key === '?' && keys) { if (keys.open) keys.close(); else keys.showModal(); }
  });

  if (new URLSearchParams(location.search).has('token')) history.replaceState(null, '', '/');
  setInterval(runClocks, 1000);
  runClocks();
  listen();
})();
