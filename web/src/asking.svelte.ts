// One question to the API and its three states. A newer question makes the older one's answer void; the last answer
// stays while a new one is awaited, so that nothing jumps.

export class Asking<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<Error | null>(null);
  busy = $state(false);
  #turn = 0;

  async ask(question: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const value = await question();
      if (turn !== this.#turn) return;
      this.value = value;
      this.error = null;
    } catch (reason) {
      if (turn !== this.#turn) return;
      this.error = reason instanceof Error ? reason : new Error(String(reason));
    }
    this.busy = false;
  }

  forget(): void {
    this.#turn += 1;
    this.value = null;
    this.error = null;
    this.busy = false;
  }
}
