/** Collects bytes up to a limit, keeping the beginning and the end. */
export interface BoundedOutput {
  push(chunk: Buffer): void;
  /** The text, with a line that says how many bytes are missing in the middle. `latin1`: a character for each byte. */
  text(encoding?: "utf8" | "latin1"): string;
}

/** A collector that holds at most about `limit` bytes: half of it the first ones, half of it the last. */
export function boundedOutput(limit: number): BoundedOutput {
  const half = Math.floor(limit / 2);
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headSize = 0;
  let tailSize = 0;
  let dropped = 0;

  function pushTail(chunk: Buffer): void {
    tail.push(chunk);
    tailSize += chunk.length;
    for (let first = tail[0]; first !== undefined && tailSize - first.length >= half; first = tail[0]) {
      tail.shift();
      tailSize -= first.length;
      dropped += first.length;
    }
  }

  return {
    push: (chunk) => {
      const room = Math.max(0, half - headSize);
      const first = chunk.subarray(0, room);
      head.push(first);
      headSize += first.length;
      if (chunk.length > room) pushTail(chunk.subarray(room));
    },
    text: (encoding = "utf8") => {
      const end = Buffer.concat(tail);
      const excess = Math.max(0, end.length - half);
      const missing = dropped + excess;
      if (missing === 0) return Buffer.concat([...head, end]).toString(encoding);
      return `${Buffer.concat(head).toString(encoding)}\n[... ${missing} bytes left out ...]\n${end.subarray(excess).toString(encoding)}`;
    },
  };
}
