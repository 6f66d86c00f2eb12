/* The script editor: its buttons change the page in place. The server does what it does without this script
   (it answers a button with the changed form), so there is one set of rules; without a network a button
   falls back to sending the form. Warns before unsaved changes are lost. */

export function start(form) {
  new Editor(form).begin();
}

class Editor {
  constructor(form) {
    this.form = form;
    this.isChanged = false;
  }

  begin() {
    this.form.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-editor-do]");
      if (!button) return;
      event.preventDefault();
      this.send(button);
    });
    this.form.addEventListener("change", (event) => {
      if (event.target.matches("[data-editor-changes]")) this.send(null, event.target.id);
    });
    this.form.addEventListener("input", () => (this.isChanged = true));
    this.form.addEventListener("submit", (event) => {
      if (!event.submitter?.matches("[data-editor-leaves]")) this.isChanged = false;
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
    const data = new FormData(this.form);
    data.set("do", button ? button.value : "refresh");
    const body = this.form.querySelector("[data-editor-body]");
    body.inert = true; // what is typed until the answer is there would be lost with the old fields
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: data, redirect: "error" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-editor-body]");
      if (!fresh) throw new Error("the answer holds no editor");
      this.show(fresh, focus);
    } catch {
      body.inert = false;
      this.isChanged = false;
      if (button) this.form.requestSubmit(button);
    }
  }

  show(fresh, focus) {
    const place = window.scrollY;
    this.form.querySelector("[data-editor-body]").replaceWith(document.adoptNode(fresh));
    this.isChanged = true;
    window.scrollTo({ top: place });
    const next = focus ? document.getElementById(focus) : this.form.querySelector("[autofocus]");
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }
}
