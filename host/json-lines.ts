/** One token after white space: a string, a bracket or sign, or a bare word. */
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([{}[\],:])|[^\s"{}[\],:]+)/gy;

/**
 * On which line (from 1) a key of a valid JSON text stands that is reached by keys alone, the last of several; 1 where there is no such
 * key. For pointing at things, without a parser that knows places.
 */
export function jsonLines(text: string): (path: readonly string[]) => number {
  const offsets = new Map<string, number>();
  const open: string[] = [];
  let key = "";
  let string: { readonly quoted: string; readonly end: number } | undefined;
  for (const found of text.matchAll(TOKEN)) {
    const [whole, quoted, sign] = found;
    if (sign === ":" && string !== undefined) {
      key = String(JSON.parse(string.quoted));
      offsets.set(JSON.stringify([...open.slice(1), key]), string.end);
    } else if (sign === "{" || sign === "[") open.push(key);
    else if (sign === "}" || sign === "]") open.pop();
    string = quoted === undefined ? undefined : { quoted, end: found.index + whole.length };
  }
  return (path) => text.slice(0, offsets.get(JSON.stringify(path)) ?? 0).split("\n").length;
}
