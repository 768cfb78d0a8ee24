/** Members whose own keys are data: names, paths, variables. They are never renamed. */
const MAPS: ReadonlySet<string> = new Set([
  "env",
  "facts",
  "policies",
  "providers",
  "before",
  "after",
  "attributes",
  "changes",
  "generations",
  "log",
]);

/**
 * The same value with the names of our own members in snake_case, as all of omg's JSON has them: `lockDigest` becomes
 * `lock_digest`. Keys that are data stay as they are; members without a value are left out. Pure.
 */
export function snakeCase(value: unknown): unknown {
  return renamed(value, snakeName);
}

function renamed(value: unknown, name: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, snakeName));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([key, member]) => [name(key), renamed(member, MAPS.has(key) ? (same) => same : snakeName)]),
  );
}

function snakeName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** JSON for a stream: indented, and without characters that a terminal could act on (the same data, escaped). */
export function jsonText(value: unknown): string {
  return jsonOf(value, 2);
}

/** The same on one line. */
export function jsonLine(value: unknown): string {
  return jsonOf(value, undefined);
}

function jsonOf(value: unknown, indent: number | undefined): string {
  const text = JSON.stringify(value, null, indent);
  return `${text.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, escaped)}\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
