import { StringDecoder } from "node:string_decoder";

const LONGEST_LINE = 1 << 16;

/** Takes bytes as they arrive and hands out whole lines. */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Hands out what is left without a line ending. */
  end(): void;
}

/**
 * Splits UTF-8 at `\n`, `\r\n` and the lone `\r` of progress displays, wherever the pieces are cut. An empty line between
 * two `\r` is left out. Lines longer than 64 Ki characters come in parts.
 */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let afterReturn = false;

  function take(text: string): void {
    rest += text;
    let start = 0;
    for (let at = 0; at < rest.length; at++) {
      const character = rest.charCodeAt(at);
      if (character === 10 || character === 13) {
        const line = rest.slice(start, at);
        const empty = line === "" && (character === 13 || afterReturn);
        if (!empty) onLine(line);
        start = at + 1;
        afterReturn = character === 13;
      } else {
        afterReturn = false;
        if (at - start >= LONGEST_LINE) {
          onLine(rest.slice(start, at));
          start = at;
        }
      }
    }
    rest = rest.slice(start);
  }

  return {
    push: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
