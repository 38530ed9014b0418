/* The living page: patches what changed, keeps clocks running in the reader's zone, says when it is
   not live, posts forms in place, keys. Without it the page still reads, ticks and answers. */
'use strict';
(() => {
  const $ = id => document.getElementById(id);
  const body = document.body;
  let skew = Number(body.dataset.now || Date.now()) - Date.now();
  const link = $('link');
  const isMain = !!$('document');
  const isLive = isMain || /^\/(incidents|lines|runs)\//.test(location.pathname);
  const pad = n => String(n).padStart(2, '0');

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
    for (const clock of document.querySelectorAll('.clock[data-since], .clock[data-until]')) {
      if (clock.closest('.stopped')) continue;
      let words;
      if (clock.dataset.since) {
        words = lengthOf(now - Number(clock.dataset.since));
      } else {
        const left = Number(clock.dataset.until) - now;
        words = lengthOf(left) + (left < 0 ? ' late' : ' left');
        clock.classList.toggle('late', left < 0);
      }
      if (clock.textContent !== words) clock.textContent = words;
    }
  };

  /* Moments in the reader's own zone, with the date when it is not today; UTC on hover. */
  const clockOf = at => pad(at.getHours()) + ':' + pad(at.getMinutes()) + ':' + pad(at.getSeconds());
  const dayOf = at => at.getFullYear() + '-' + pad(at.getMonth() + 1) + '-' + pad(at.getDate());
  const localTimes = root => {
    const today = dayOf(new Date(Date.now() + skew));
    for (const time of root.querySelectorAll('time[datetime]')) {
      const at = new Date(time.dateTime);
      if (isNaN(at)) continue;
      const day = dayOf(at);
      time.textContent = (day === today ? '' : day + ' ') + clockOf(at);
    }
    /* Those of a picture: as long as they were. */
    for (const tick of root.querySelectorAll('.tick[data-at]')) {
      const at = new Date(Number(tick.dataset.at));
      if (!tick.dataset.utc) tick.dataset.utc = tick.textContent;
      const clock = clockOf(at).slice(0, tick.dataset.utc.length);
      tick.textContent = tick.dataset.part !== 'day' ? clock
        : dayOf(at).slice(5) + (at.getHours() || at.getMinutes() ? ' ' + clock : '');
    }
    for (const zone of root.querySelectorAll('.zone')) zone.textContent = zoneOf();
  };
  const zoneOf = () => {
    const parts = new Intl.DateTimeFormat('en', {timeZoneName: 'short'}).formatToParts(new Date());
    return parts.find(p => p.type === 'timeZoneName').value;
  };

  /* Fields for what people say. */
  const words = 'input[name=note],input[name=reason]';

  /* Makes a node like another by as few changes as there are, so that what somebody types, has
     opened or focused stays as it is. */
  const liken = (old, fresh) => {
    for (const {name, value} of fresh.attributes)
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const {name} of [...old.attributes])
      if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  };
  /* Output that the stream brought may be newer than a page that was written before it. */
  const isNewer = (now, fresh) => now.dataset.end && now.dataset.try === fresh.dataset.try &&
    Number(now.dataset.end) >= Number(fresh.dataset.end);
  /* Who reads the end of an output goes on reading its end; who has scrolled up stays there. */
  const keepEnd = (pre, change) => {
    const atEnd = pre.tagName === 'PRE' && pre.scrollHeight - pre.scrollTop - pre.clientHeight < 8;
    change();
    if (atEnd) pre.scrollTop = pre.scrollHeight;
  };
  const morph = (node, wanted) => {
    /* What is gone goes first: what comes behind it need not be moved, which would take its focus. */
    const ids = new Set([...wanted.children].map(fresh => fresh.id));
    for (const old of [...node.children])
      if (old.id && !ids.has(old.id) && !isKept(old)) old.remove();
    let at = node.firstChild;
    for (const fresh of [...wanted.childNodes]) {
      const there = fresh.id && [...node.children].find(c => c.id === fresh.id);
      if (there && there !== at) { node.insertBefore(there, at); at = there; }
      if (!at || at.nodeName !== fresh.nodeName || (at.id || '') !== (fresh.id || '')) {
        node.insertBefore(fresh, at);
        continue;
      }
      const now = at;
      at = at.nextSibling;
      if (now.nodeType === Node.TEXT_NODE) {
        if (now.data !== fresh.data) now.data = fresh.data;
      } else if (now.nodeType === Node.ELEMENT_NODE && !now.isEqualNode(fresh)) {
        if (isNewer(now, fresh)) continue;
        const isSame = (now.tagName === 'TIME' && now.dateTime === fresh.dateTime) ||
          fresh.matches('.clock[data-since], .clock[data-until]'); // runs by itself; what stopped says its end
        if (now.tagName === 'DETAILS' && fresh.open !== now.open) fresh.open = now.open;
        liken(now, fresh);
        if (!isSame) keepEnd(now, () => morph(now, fresh));
      }
    }
    while (at) {
      const next = at.nextSibling;
      if (at.nodeType !== Node.ELEMENT_NODE || !(at.matches('.problem') || isKept(at))) at.remove();
      at = next;
    }
  };
  /* A form that the state takes away while words stand in it: they stay to be read. */
  const isKept = node => {
    const typed = [...node.querySelectorAll(words)].filter(field => field.value);
    for (const field of typed) {
      const form = field.form;
      if (!form || form.querySelector('.problem')) continue;
      form.querySelector('button').disabled = true;
      complain(form, 'This is over or has gone on, so it was not sent. Clear the field to let it go.');
    }
    return typed.length > 0;
  };
  const complain = (form, problem) => {
    let said = form.querySelector('.problem');
    if (!said) {
      said = document.createElement('p');
      said.className = 'problem';
      said.setAttribute('role', 'alert');
      form.append(said);
    }
    said.textContent = problem;
  };
  const patch = (node, html) => {
    if (!node) return;
    const wanted = document.createElement('div');
    wanted.innerHTML = html;
    const before = document.activeElement;
    morph(node, wanted);
    localTimes(node);
    if (before && before.isConnected && before !== document.activeElement) before.focus({preventScroll: true});
  };

  const numberOf = section => section.id.slice('incident-'.length);
  const openIncidents = () => [...document.querySelectorAll('#incidents .incident')];
  const titleAtFirst = document.title;
  let known = null;
  /* Says new incidents to those who do not see them, and to a tab in the background. */
  const tellIncidents = () => {
    const sections = openIncidents();
    const numbers = sections.map(numberOf);
    if (known) {
      const fresh = sections.filter(s => !known.includes(numberOf(s)));
      const gone = known.filter(n => !numbers.includes(n));
      const words = fresh.map(s => 'New incident ' + numberOf(s) + ': ' +
        s.querySelector('h2').textContent.trim() + '.')
        .concat(gone.map(n => 'Incident ' + n + ' is no longer open.'));
      if (words.length && $('news')) $('news').textContent = words.join(' ');
    }
    known = numbers;
    const loud = sections.filter(s => !s.matches('.calm'));
    document.title = (loud.length ? '(' + loud.length + ') ' +
      loud[0].querySelector('.severity').textContent.trim() + ' \u00b7 ' : '') + titleAtFirst;
  };

  const isTyping = () => [...document.querySelectorAll(words)].some(i => i.value);
  const warn = said => {
    const lost = $('lost');
    if (!lost) return;
    if (lost.textContent !== said) lost.textContent = said;
    lost.hidden = !said;
  };
  let notice = '';
  const reload = () => {
    if (isTyping()) notice = 'The runbook has changed. Send or clear your note, then reload.';
    else location.reload();
  };

  /* A page of one subject asks for itself again when something happened; what happens meanwhile is
     asked for after a pause, and so is what could not be had. Who worked on what is gone goes on at
     the step that is next. */
  let asking = false;
  let again = false;
  const askAgain = async () => {
    again = asking;
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch(location.pathname + location.search);
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const subject = page.getElementById('subject');
      const before = document.activeElement;
      if (answer.status >= 500) throw new Error(answer.statusText);
      if (answer.ok && subject) patch($('subject'), subject.innerHTML);
      const next = document.querySelector('[aria-current=step]');
      if (!before.isConnected && next) next.focus();
    } catch { again = true; } // whether the page is live judge() says
    runClocks();
    setTimeout(() => { asking = false; if (again) askAgain(); }, 1000);
  };

  /* What a command prints, at the end of what is there. A piece that does not follow means that one
     was missed. Of long outputs the newest stays, and nothing goes while somebody reads above. */
  const OUTPUT_SHOWN = 64 * 1024;
  const OUTPUT_MOST = 1024 * 1024;
  const grow = data => {
    const fold = $('output-' + data.step);
    const pre = fold && fold.querySelector('pre');
    if (!pre || pre.dataset.try !== String(data.try)) { askAgain(); return; }
    const end = Number(pre.dataset.end);
    if (data.to <= end) return;
    if (data.from !== end) { askAgain(); return; }
    keepEnd(pre, () => {
      const gap = data.skipped ? '\n\u2026 ' + data.skipped + ' bytes are not shown \u2026\n' : '';
      if (!pre.firstChild) pre.append('');
      pre.firstChild.appendData(gap + data.text);
    });
    const words = pre.firstChild;
    const isAtEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 8;
    if (words && words.length > (isAtEnd ? OUTPUT_SHOWN : OUTPUT_MOST))
      keepEnd(pre, () => {
        const cut = words.data.indexOf('\n', words.length - OUTPUT_SHOWN / 2);
        words.data = '\u2026\n' + words.data.slice(cut < 0 ? words.length - OUTPUT_SHOWN / 2 : cut + 1);
      });
    pre.dataset.end = data.to;
    fold.querySelector('.count').textContent = data.to + ' bytes so far';
  };

  const update = data => {
    skew = data.now - Date.now();
    if (!isMain) { askAgain(); return; }
    if (data.runbook && data.runbook !== body.dataset.runbook) { reload(); return; }
    for (const id in data.live || {}) {
      const state = $('s-' + id);
      if (!state) continue;
      const [mark, html] = data.live[id];
      const changed = !state.classList.contains(mark);
      state.className = 'state ' + mark;
      state.querySelector('summary').innerHTML = html;
      const value = state.querySelector('.value');
      for (const reading of document.querySelectorAll('[data-of="' + id + '"]'))
        reading.textContent = value ? value.textContent : '';
      if (changed && state.open) loadHistory(state);
    }
    for (const id in data.dots || {}) {
      if ($(id)) $(id).outerHTML = data.dots[id];
    }
    for (const id in data.procedures || {}) patch($('p-' + id), data.procedures[id]);
    for (const id of ['notice', 'incidents', 'inbound', 'runs', 'summary', 'targets', 'beats', 'oncall'])
      if (id in data) patch($(id), data[id]);
    if ($('sequence')) $('sequence').textContent = data.seq;
    tellIncidents();
    runClocks();
  };

  /* The stream: what was heard last decides whether the page may be believed. */
  const SILENT_MS = 10000;
  let source = null;
  let heard = Date.now();
  let wasLive = false;
  const say = (word, state) => {
    if (link.textContent !== word) link.textContent = word;
    link.className = 'link ' + state;
  };
  const hear = () => {
    heard = Date.now();
    wasLive = true;
    judge();
  };
  /* A run that is over does not change any more. */
  const isOver = () => !!document.querySelector('#run.done');
  const judge = () => {
    if (!isLive) return;
    if (isOver()) { stop(); say('Over', ''); warn(''); return; }
    const silent = Date.now() - heard > SILENT_MS;
    const broken = !source || source.readyState !== EventSource.OPEN;
    const lost = silent || (broken && wasLive);
    body.classList.toggle('stale', lost);
    if (lost) {
      const since = clockOf(new Date(heard));
      say('Not live', 'lost');
      warn('Not live since ' + since + '. What stands here is old: Reeve does not answer' +
        (navigator.onLine ? '.' : ', or this device is offline.') +
        ' The page goes on by itself when Reeve is back.');
    } else {
      say(broken ? 'Connecting' : 'Live', broken ? '' : 'live');
      warn(notice);
    }
  };
  const stop = () => { if (source) { source.close(); source = null; } };
  const listen = () => {
    if (document.hidden || !isLive || isOver()) return;
    if (source && source.readyState !== EventSource.CLOSED) return;
    const run = $('run');
    source = new EventSource('/events' +
      (run ? '?run=' + run.dataset.run + '&seen=' + run.dataset.seen : ''));
    source.onopen = hear;
    source.onerror = judge;
    source.addEventListener('beat', e => { skew = JSON.parse(e.data).now - Date.now(); hear(); });
    source.addEventListener('state', e => { update(JSON.parse(e.data)); hear(); });
    source.addEventListener('run', e => { update(JSON.parse(e.data)); hear(); });
    source.addEventListener('output', e => { grow(JSON.parse(e.data)); hear(); });
    source.addEventListener('runbook', reload);
  };
  /* Browsers allow six streams a host: a hidden page gives its own back. */
  document.addEventListener('visibilitychange', () => {
    runClocks();
    if (document.hidden) stop();
    else { wasLive = false; heard = Math.max(heard, Date.now() - SILENT_MS / 2); listen(); judge(); }
  });
  addEventListener('pageshow', e => { if (e.persisted) { stop(); listen(); } });
  addEventListener('online', () => { stop(); listen(); });

  /* The history of a line comes when it is opened. */
  const loadHistory = async state => {
    const box = state.querySelector('.history');
    if (!box) return;
    const there = '/lines/' + box.dataset.line;
    try {
      const answer = await fetch(there + '?part=1');
      if (!answer.ok) return;
      const whole = document.createElement('div');
      whole.innerHTML = await answer.text();
      const more = document.createElement('p');
      more.innerHTML = '<a href="' + there + '">This line on a page of its own</a>';
      box.replaceChildren(...whole.childNodes, more);
      localTimes(box);
    } catch { /* the link to the page of the line stays */ }
  };
  document.addEventListener('toggle', e => {
    if (e.target.matches('details.state') && e.target.open) loadHistory(e.target);
  }, true);

  /* Forms answer in place: the stream brings what came of them. Elsewhere the page is loaded anew. */
  document.addEventListener('submit', async e => {
    const form = e.target;
    const field = form.elements.csrf;
    const csrf = document.querySelector('meta[name=csrf]');
    if (field && csrf) field.value = csrf.content; // what the stream brings is for all sessions
    if (!isLive || !form.action.includes('/do/') || !source) return;
    e.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    let problem = '';
    try {
      const answer = await fetch(form.action, {method: 'POST', redirect: 'manual',
        body: new URLSearchParams(new FormData(form))});
      if (answer.type !== 'opaqueredirect') {
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        const why = page.querySelector('main h1 + p');
        problem = why ? why.textContent : 'That did not work; reload the page.';
      }
    } catch { problem = 'Reeve does not answer, so nothing was recorded. Try again.'; }
    button.disabled = false;
    const typed = form.querySelector(words);
    if (!problem && typed) typed.value = '';
    const said = form.querySelector('.problem');
    if (!problem && said) said.remove();
    if (problem) complain(form, problem);
  });

  const lines = () => [...document.querySelectorAll('details.state:not(.none)')];
  const bad = '.pending,.unknown,.finding,.open,.firing';
  let at = null;
  const go = (step, only) => {
    const all = lines().filter(d => !only || d.matches(only));
    if (!all.length) return;
    const whole = lines();
    const here = at ? whole.findIndex(d => d.id === at) : -1;
    const later = step > 0 ? all.find(d => whole.indexOf(d) > here)
      : all.filter(d => whole.indexOf(d) < here).pop();
    const next = later || all[step > 0 ? 0 : all.length - 1];
    at = next.id;
    next.querySelector('summary').focus();
    next.scrollIntoView({block: 'center'});
  };
  const isDrawn = () => location.hash === '#contents';
  const closeContents = () => {
    history.replaceState(null, '', location.pathname);
    location.hash = '#document';
  };
  document.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches('input:not([type=checkbox])')) return;
    const keys = $('keys');
    if (e.key === 'j') go(1);
    else if (e.key === 'k') go(-1);
    else if (e.key === 'n') go(1, bad);
    else if (e.key === 'g') { at = null; scrollTo(0, 0); }
    else if (e.key === 'o' && at && $(at)) $(at).open = !$(at).open;
    else if (e.key === 'i' && openIncidents()[0]) {
      const control = openIncidents()[0].querySelector('button,a');
      control.focus();
      control.scrollIntoView({block: 'center'});
    } else if (e.key === 'Escape' && isDrawn()) closeContents();
    else if (e.key === '?' && keys) { if (keys.open) keys.close(); else keys.showModal(); }
  });
  addEventListener('hashchange', () => {
    if (isDrawn()) { const first = document.querySelector('#contents a'); if (first) first.focus(); }
  });

  /* What a jump lands on must not lie under the header, however high that is. */
  const top = document.querySelector('.top');
  const keepTop = () => {
    if (top) document.documentElement.style.scrollPaddingTop = top.offsetHeight + 12 + 'px';
  };
  addEventListener('resize', keepTop);

  /* What is folded is printed, too. */
  addEventListener('beforeprint', () => {
    for (const fold of document.querySelectorAll('.output,.times,.over-time details,#inbound-rest')) fold.open = true;
    for (const tick of document.querySelectorAll('.tick[data-utc]')) tick.textContent = tick.dataset.utc;
    for (const zone of document.querySelectorAll('.zone')) zone.textContent = 'UTC';
  });
  addEventListener('afterprint', () => localTimes(document));

  if (new URLSearchParams(location.search).has('token')) history.replaceState(null, '', '/');
  keepTop();
  localTimes(document);
  setInterval(() => { runClocks(); judge(); }, 1000);
  setInterval(listen, 5000);
  /* The picture of a run that goes on grows with the time. */
  setInterval(() => { if ($('run') && source && !isOver()) askAgain(); }, 30000);
  runClocks();
  if (isMain) tellIncidents();
  listen();
})();
