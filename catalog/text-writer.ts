import type { Rows } from "./layout.ts";

const CHUNK = 1 << 20;
/** Longest row, in characters: three bytes each fit a chunk. */
const LONGEST = CHUNK / 4;

/**
 * A text that grows row by row: tens of thousands of strings would cost three times the memory, and one buffer that grows is
 * there twice while it does. A row beyond 256 Ki characters is cut.
 */
export class TextWriter {
  readonly #chunks: Buffer[] = [];
  /** Counted through all chunks. */
  #starts = new Uint32Array(1 << 14);
  #ends = new Uint32Array(1 << 14);
  #rows = 0;
  #end = 0;

  get rows(): number {
    return this.#rows;
  }

  add(row: string): void {
    const text = row.length > LONGEST ? row.slice(0, LONGEST) : row;
    if (this.#end + 3 * text.length > this.#chunks.length * CHUNK) {
      this.#end = this.#chunks.length * CHUNK;
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK));
    }
    if (this.#rows === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#ends = doubled(this.#ends);
    }
    this.#starts[this.#rows] = this.#end;
    this.#end += this.#chunks[this.#end >>> 20]?.write(text, this.#end % CHUNK) ?? 0;
    this.#ends[this.#rows] = this.#end;
    this.#rows += 1;
  }

  /** Some of its rows, in another order. */
  inOrder(order: readonly number[]): Rows {
    const [of, starts, ends] = [0, 1, 2].map(() => new Uint32Array(order.length)) as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    order.forEach((row, at) => {
      const start = this.#starts[row] ?? 0;
      of[at] = start >>> 20;
      starts[at] = start % CHUNK;
      ends[at] = (start % CHUNK) + (this.#ends[row] ?? 0) - start;
    });
    return { texts: this.#chunks, of, starts, ends };
  }

  /** In UTF-8; empty for a row that there is not. */
  row(index: number): Buffer {
    const [start = 0, end = 0] = [this.#starts[index], this.#ends[index]];
    const chunk = this.#chunks[start >>> 20] ?? Buffer.alloc(0);
    return chunk.subarray(start % CHUNK, (start % CHUNK) + end - start);
  }
}

function doubled(from: Uint32Array): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2);
  to.set(from);
  return to;
}
