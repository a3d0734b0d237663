/*
 * Check a text on the server as one types: one request at a time, and always the newest text next.
 * So a slow answer never delays the keys, and an old answer never replaces a newer one.
 */

export class TextChecker {
  /**
   * @param {LabApi} api
   * @param {(answer: object, text: string) => void} report gets each answer of POST /api/check.
   * @param {(error: Error) => void} fail gets the error of a request that had no answer.
   */
  constructor(api, report, fail) {
    Object.assign(this, { api, report, fail, next: null, isBusy: false });
  }

  /** Check a text; `folder` is where its relative paths start. */
  check(text, folder) {
    this.next = { text, folder };
    if (!this.isBusy) this.checkNext();
  }

  async checkNext() {
    this.isBusy = true;
    while (this.next) {
      const question = this.next;
      this.next = null;
      try {
        const answer = await this.api.post("/api/check", question);
        if (!this.next) this.report(answer, question.text);
      } catch (error) {
        this.fail(error);
      }
    }
    this.isBusy = false;
  }
}
