import { parse } from "@iarna/toml";
import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import { dictionary } from "./dictionary.ts";
import type { Located, Path } from "./located.ts";
import type { SourceText } from "./source-text.ts";
import { checkText, tooLarge } from "./text-checks.ts";
import { indexToml, MAX_DEPTH, pathKey, type TomlIndex } from "./toml-index.ts";
import type { Parsed } from "./zod-issues.ts";

/** A parsed TOML file, or what is wrong with it. Dates become text as TOML writes them. Never throws for a bad text. */
export function parseToml(
  source: SourceText,
): { readonly parsed: Parsed; readonly problems: readonly [] } | { readonly problems: readonly Diagnostic[] } {
  const large = tooLarge(source);
  if (large) return { problems: [large] };
  const unwanted = checkText(source);
  if (unwanted.length > 0) return { problems: unwanted };
  const index = indexToml(source.text);
  if (index.depth > MAX_DEPTH) return { problems: [diagnostic(source, 0, "nested too deeply")] };
  try {
    const value = plain(parse(source.text.replace(/^\ufeff/, "")));
    if (namesPrototype(value)) return { problems: [diagnostic(source, 0, "`__proto__` cannot be used as a name")] };
    return { parsed: { source, located: tomlLocated(index), value }, problems: [] };
  } catch (error) {
    return { problems: [syntaxProblem(source, error)] };
  }
}

function syntaxProblem(source: SourceText, error: unknown): Diagnostic {
  const { line, col, message } = error as { line?: unknown; col?: unknown; message: string };
  if (typeof line !== "number" || typeof col !== "number") {
    if (!(error instanceof TypeError)) throw error;
    return diagnostic(source, noDateIn(source.text), "TOML: no such date or time");
  }
  const offset = (source.lineStarts[line] ?? source.text.length) + Math.max(0, col - 1);
  const words = message.split("\n")[0]?.replace(/ at row \d+, col \d+, pos \d+:?$/, "") ?? "";
  return diagnostic(source, Math.min(offset, source.text.length), `TOML: ${words}`);
}

/** Where the first date stands that there is not: the library says only that there is one. */
function noDateIn(text: string): number {
  const dates = [...text.matchAll(/\d{4}-\d{2}-\d{2}[\dTtZz:.+-]*/g)];
  return dates.find(([date]) => Number.isNaN(Date.parse(date)))?.index ?? 0;
}

/** Plain maps, lists and scalars, without what the library marks its own with. The depth is bounded by the index. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  return dictionary(Object.entries(value).map(([key, inner]) => [key, plain(inner)] as const));
}

// Libraries drop such a key without a word, and a rule must not get lost.
function namesPrototype(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).includes("__proto__") || Object.values(value).some(namesPrototype);
}

function tomlLocated({ keys }: TomlIndex): Located {
  function find(path: Path): { key: number; value: number } | undefined {
    for (let length = path.length; length > 0; length--) {
      const found = keys.get(pathKey(path.slice(0, length)));
      if (found) return found;
    }
    return undefined;
  }
  return {
    keyOffset: (path) => find(path)?.key ?? 0,
    valueOffset: (path) => find(path)?.value ?? 0,
    literal: () => undefined,
  };
}
