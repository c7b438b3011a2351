// Decoded pictures of one kind, kept while they are of use: the newest `most`. Nothing goes to the browser's disk cache
// (the server says no-store), so this is the only place where they are.
export class Pictures {
  readonly #kept = new Map<string, ImageBitmap>();
  readonly #asked = new Map<string, Promise<ImageBitmap | null>>();
  constructor(readonly most: number) {}

  get(key: string): ImageBitmap | null {
    const found = this.#kept.get(key);
    if (!found) return null;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found;
  }

  /** The picture, asked for once however often it is wanted; null where there is none. `fresh` asks again. */
  async want(key: string, load: () => Promise<ImageBitmap>, fresh = false): Promise<ImageBitmap | null> {
    const found = fresh ? null : this.get(key);
    if (found) return found;
    const asked = this.#asked.get(key);
    if (asked) return asked;
    const asking = load().then((picture) => this.#keep(key, picture), () => null).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asking);
    return asking;
  }

  #keep(key: string, picture: ImageBitmap): ImageBitmap {
    this.#kept.get(key)?.close();
    this.#kept.delete(key);
    this.#kept.set(key, picture);
    while (this.#kept.size > this.most) {
      const oldest = this.#kept.keys().next().value;
      if (oldest === undefined) break;
      this.#kept.get(oldest)?.close();
      this.#kept.delete(oldest);
    }
    return picture;
  }
}
