import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import type { SourceText } from "./source-text.ts";

/** Bytes that one file may have. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

const MEBIBYTE = 1024 * 1024;
const REPORTED = 20;
// Controls but tab and line ends, DEL and C1; a byte order mark anywhere; a carriage return without its line feed;
// U+FFFD, which stands where a reader met bytes that are no UTF-8.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNWANTED = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffd]|\r(?!\n)|^(?:<{7}|>{7}) /gm;

/** Whether the text is larger than omg reads. Nothing else may look at it then. */
export function tooLarge(source: SourceText): Diagnostic | undefined {
  const bytes = Buffer.byteLength(source.text);
  if (bytes <= MAX_FILE_BYTES) return undefined;
  const empty = { file: source.file, text: "", lineStarts: [0] };
  return diagnostic(empty, 0, `the file has ${(bytes / MEBIBYTE).toFixed(1)} MiB, and omg reads at most 4 MiB`);
}

/** Characters that no file of omg may hold, whatever its format: checked before it is parsed. */
export function checkText(source: SourceText): Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const match of source.text.matchAll(UNWANTED)) {
    // At the very beginning a byte order mark does no harm.
    if (match[0] === "\ufeff" && match.index === 0) continue;
    problems.push(diagnostic(source, match.index, ...describe(match[0])));
    if (problems.length === REPORTED) break;
  }
  return problems;
}

function describe(found: string): [string, string] {
  if (found.length > 1) return ["the marks of a merge conflict are still here", "resolve the conflict first"];
  if (found === "\ufffd") return ["the file is not valid UTF-8 here", "save the file as UTF-8"];
  if (found === "\ufeff") return ["a byte order mark inside the file", "remove it"];
  if (found === "\r") return ["a carriage return without a line feed", "end lines with LF or CRLF"];
  const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return [
    `the control character U+${code}`,
    "remove it; in YAML and TOML it can be written as an escape in double quotes",
  ];
}
