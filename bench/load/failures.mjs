/** Errors of one run by kind, inside of the window or not. */
export class Failures {
  #errors = {};

  failed(kind) {
    this.#errors[kind] = (this.#errors[kind] ?? 0) + 1;
  }

  errors() {
    return this.#errors;
  }
}
