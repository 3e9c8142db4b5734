// Shows a page of ours where there is no connection. It keeps that page and the files it is drawn with, and never
// anything else: what people see in the portal is not on their device when they have left it.
const KEPT = "firebreak-{{ version }}";
const OFFLINE = "{{ offline }}";
const FILES = new Set([{% for file in files %}
  "{{ file }}",{% endfor %}
]);

async function keep() {
  const cache = await caches.open(KEPT);
  await Promise.all([OFFLINE, ...FILES].map(async (address) => {
    // Without cookies: the answer is nobody's.
    const answer = await fetch(address, { credentials: "omit", cache: "reload" });
    if (!answer.ok || answer.redirected) throw new Error(`Not kept: ${address}`);
    await cache.put(address, answer);
  }));
}

async function clean() {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

async function kept(address, orElse) {
  const cache = await caches.open(KEPT);
  return (await cache.match(address, { ignoreVary: true })) ?? orElse();
}

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return kept(OFFLINE, () => Response.error());
  }
}

async function file(request) {
  try {
    return await fetch(request);
  } catch {
    return kept(request.url, () => Response.error());
  }
}

// What somebody is told on a device that they switched on. The same message sent again takes the place of the first.
async function tell(said) {
  const { title, body, url, tag } = said;
  await self.registration.showNotification(title, { body, tag, icon: "{{ icon }}", data: { url } });
}

// Only ever a page of ours, in a window that is open if there is one.
async function open(url) {
  const address = new URL(url, location.origin);
  if (address.origin !== location.origin) return;
  const windows = await self.clients.matchAll({ type: "window" });
  const there = windows.find((one) => one.url === address.href) ?? windows.find((one) => one.focused) ?? windows[0];
  if (!there) return self.clients.openWindow(address.href);
  await there.focus();
  if (there.url !== address.href) await there.navigate(address.href);
}

self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(tell(event.data.json()));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? "/notifications/"));
});
self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(clean()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin || address.pathname.startsWith("/live/")) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (FILES.has(address.pathname)) event.respondWith(file(request));
});
