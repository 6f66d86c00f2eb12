/* The script editor: its buttons change the page in place. The server does what it does without this script
   (it answers a button with the changed form), so there is one set of rules. Where no form comes back (no network,
   signed out, an error) the draft stays as it is and the page says so: sending it any other way would lose it.
   Warns before unsaved changes are lost. */

export function start(form) {
  new Editor(form).begin();
}

class Editor {
  constructor(form) {
    this.form = form;
    this.isChanged = false;
    this.words = JSON.parse(form.dataset.words);
  }

  begin() {
    this.form.addEventListener("change", (event) => {
      if (event.target.matches("[data-editor-changes]")) this.send(null, event.target.id);
    });
    this.form.addEventListener("input", () => (this.isChanged = true));
    this.form.addEventListener("submit", (event) => {
      if (event.submitter?.matches("[data-editor-leaves]")) return; // the preview opens beside this page
      event.preventDefault();
      this.send(event.submitter);
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.isChanged) event.preventDefault();
    });
  }

  /** Ask for the form as it is after a button; one at a time, in order. */
  send(button, focus = "") {
    this.waiting = (this.waiting ?? Promise.resolve()).then(() => this.change(button, focus));
  }

  async change(button, focus) {
    if (this.isLeaving) return;
    const data = new FormData(this.form);
    data.set("do", button ? button.value : "refresh");
    const body = this.form.querySelector("[data-editor-body]");
    body.inert = true; // what is typed until the answer is there would be lost with the old fields
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: data, redirect: "manual" });
      if (answer.type === "opaqueredirect") return this.leave(); // it is saved, and the page says so
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-editor-body]");
      if (!fresh) throw new Error(answer.status === 401 ? "signed_out" : "no_editor");
      this.show(fresh, focus);
      this.say("");
    } catch (error) {
      body.inert = false;
      this.say(this.words[error.message] ?? (navigator.onLine ? this.words.no_editor : this.words.offline));
    }
  }

  leave() {
    this.isLeaving = true;
    this.isChanged = false;
    location.assign(this.form.action);
  }

  say(text) {
    const place = this.form.querySelector("[data-editor-state]");
    place.hidden = !text;
    place.querySelector("[data-editor-said]").textContent = text;
  }

  show(fresh, focus) {
    const place = window.scrollY;
    this.form.querySelector("[data-editor-body]").replaceWith(document.adoptNode(fresh));
    this.isChanged = true;
    window.scrollTo({ top: place });
    const next = focus ? document.getElementById(focus) : this.form.querySelector(".error-summary, [autofocus]");
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }
}
