/**
 * The assignments of an os-release text (os-release(5)): `NAME=value`, the value bare or in shell quotes, `#` comments.
 * The last assignment of a name counts. Lines that are none are left out, as that page demands. Pure.
 */
export function parseOsRelease(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(line);
    const value = match?.[2] === undefined ? undefined : unquote(match[2].trim());
    if (match?.[1] !== undefined && value !== undefined) fields.set(match[1], value);
  }
  return fields;
}

/** A shell word without expansions; undefined when a quote is left open. */
function unquote(word: string): string | undefined {
  let value = "";
  let quote = "";
  for (let at = 0; at < word.length; at++) {
    const character = word.charAt(at);
    if (character === quote) {
      quote = "";
    } else if (quote === "" && (character === '"' || character === "'")) {
      quote = character;
    } else if (quote === "" && /\s/.test(character)) {
      return value;
    } else if (character === "\\" && escapes(quote, word.charAt(at + 1))) {
      at++;
      value += word.charAt(at);
    } else {
      value += character;
    }
  }
  return quote === "" ? value : undefined;
}

/** Whether a backslash before `next` is an escape there (sh(1), Quoting). */
function escapes(quote: string, next: string): boolean {
  if (next === "" || quote === "'") return false;
  return quote === "" || '"$`\\'.includes(next);
}
