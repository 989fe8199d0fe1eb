// Keeps the phone page at hand without signal: the network first, what was last seen of it otherwise. It keeps pages
// below /go/ and their assets, nothing else, and never a POST.

export {};

const scope = self as unknown as ServiceWorkerGlobalScope;
const CACHE = "homeward-phone-1";
/** Signal that is there but useless: after this long the kept page is shown, in milliseconds. */
const PATIENCE_MS = 4_000;

scope.addEventListener("install", () => void scope.skipWaiting());
scope.addEventListener("activate", (event) => {
  const old = caches.keys().then((keys) => Promise.all(keys.filter((key) => key !== CACHE).map((key) => caches.delete(key))));
  event.waitUntil(Promise.all([old, scope.clients.claim()]));
});
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.method !== "GET" || !(path.startsWith("/go/") || path.startsWith("/assets/"))) return;
  event.respondWith(answer(request));
});

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (fresh.ok) await cache.put(request, fresh.clone());
    else if ([401, 404, 410].includes(fresh.status)) await cache.delete(request);
    return fresh;
  } catch (fault) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (kept === undefined) throw fault;
    const headers = new Headers(kept.headers);
    headers.set("X-From-Cache", "1");
    return new Response(await kept.blob(), { status: kept.status, statusText: kept.statusText, headers });
  }
}
