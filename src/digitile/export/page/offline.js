// A service worker: it keeps the page's files, so that the page works without a network, and sends the
// headers without which browsers allow a page one thread only.

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const kept = () => caches.open(self.registration.scope);

async function keep() {
  const files = await fetch("files.json").then((response) => response.json());
  await (await kept()).addAll(files);
}

/** What the server answers, and without a network what it answered before. */
async function answer(request) {
  const cache = await kept();
  let response;
  try {
    response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
  } catch {
    response = (await cache.match(request, { ignoreSearch: true })) ?? Response.error();
  }
  if (response.type !== "basic") return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(self.registration.scope)) event.respondWith(answer(event.request));
});
