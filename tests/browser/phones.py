"""What tests ask of a phone: what it keeps in its database and its caches."""

from __future__ import annotations

ROWS = """() => new Promise((done) => {
    indexedDB.open("volunteer-hub-log").onsuccess = ({ target: { result: database } }) => {
        const counted = database.transaction("entries").objectStore("entries").count();
        counted.onsuccess = () => { database.close(); done(counted.result); };
    };
})"""
"""How many entries of any log the phone keeps."""

UNTIL = """async (path) => (await caches.match(path))?.headers.get("X-Keep-Until") ?? null"""
"""Until when the phone keeps a list; null when it keeps none."""

FULL = """() => {
    const full = () => { throw new DOMException("full", "QuotaExceededError"); };
    IDBObjectStore.prototype.put = full;
    Storage.prototype.setItem = full;
}"""
"""From now on the phone can keep nothing more."""

LET_PASS = """async (path) => {
    const past = new Date(Date.now() - 1000).toISOString();
    const lists = await caches.open("walk-lists");
    const html = await (await lists.match(path)).text();
    const headers = { "X-Keep-Until": past, "Content-Type": "text/html" };
    await lists.put(path, new Response(html, { headers }));
    await new Promise((done) => {
        indexedDB.open("volunteer-hub-log").onsuccess = ({ target: { result: database } }) => {
            const step = database.transaction("logs", "readwrite");
            const logs = step.objectStore("logs");
            logs.getAll().onsuccess = ({ target: { result } }) => {
                for (const log of result) logs.put({ ...log, until: past });
            };
            step.oncomplete = () => { database.close(); done(); };
        };
    });
}"""
"""The time of a kept list passes while nobody looks."""


def keep_list(page, token: str) -> None:
    """Open a walk list and wait until the phone keeps it."""
    page.goto(f"/walk/{token}")
    page.locator("[data-walk][data-ready]").wait_for()
    page.locator("[data-walk][data-kept]").wait_for()


def hear_news(page) -> None:
    """Have the page ask now, not within a quarter of a minute."""
    page.evaluate("dispatchEvent(new Event('online'))")
