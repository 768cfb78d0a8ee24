import { z } from "zod";
import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import type { Located, Path } from "./located.ts";
import { nearest } from "./nearest.ts";
import type { SourceText } from "./source-text.ts";

type Issue = z.core.$ZodIssue;

// Each one is looked up in the text; nobody reads more.
const MAX_ISSUES = 200;

/** A parsed file, or one document of it. */
export interface Parsed {
  readonly source: SourceText;
  readonly located: Located;
  readonly value: unknown;
}

/** The value with its type, or everything that is wrong with its shape. */
export function validate<T>(
  schema: z.ZodType<T>,
  parsed: Parsed,
):
  | { readonly data: T; readonly problems: readonly [] }
  | { readonly data: undefined; readonly problems: Diagnostic[] } {
  const result = schema.safeParse(parsed.value);
  if (result.success) return { data: result.data, problems: [] };
  const issues = result.error.issues.slice(0, MAX_ISSUES).flatMap((issue) => leaves(issue, []));
  return { data: undefined, problems: issues.flatMap((issue) => explain(issue, schema, parsed)) };
}

// A union's issue holds those of every branch. The branch whose outer type fits is the one that was meant.
function leaves(issue: Issue, parent: Path): Issue[] {
  const path = [...parent, ...(issue.path as (string | number)[])];
  if (issue.code !== "invalid_union") return [{ ...issue, path }];
  const meant = issue.errors.find((branch) => !branch.some(({ path, code }) => path.length === 0 && isOuter(code)));
  if (meant) return meant.flatMap((inner) => leaves(inner as Issue, path));
  const expected = issue.errors.flatMap((branch) => branch.map((inner) => outerWords(inner as Issue)));
  return [{ ...issue, path, message: [...new Set(expected)].join(" or ") }];
}

function isOuter(code: string | undefined): boolean {
  return code === "invalid_type" || code === "invalid_value";
}

function outerWords(issue: Issue): string {
  return issue.code === "invalid_type" ? typeWords(issue.expected) : issue.message;
}

function explain(issue: Issue, schema: z.ZodType, parsed: Parsed): Diagnostic[] {
  const path = issue.path as Path;
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key], schema, parsed));
  const { source, located } = parsed;
  const found = valueAt(parsed.value, path);
  if (issue.code === "invalid_key") {
    return [
      diagnostic(source, located.keyOffset(path), `\`${path.at(-1)}\` ${issue.issues[0]?.message ?? "is no name"}`),
    ];
  }
  if (found === undefined) return [diagnostic(source, located.keyOffset(path), `\`${path.at(-1)}\` is missing`)];
  return [diagnostic(source, located.valueOffset(path), ...wrongValue(issue, found, located.literal(path), path))];
}

function unknownKey(path: Path, schema: z.ZodType, { source, located }: Parsed): Diagnostic {
  const key = String(path.at(-1));
  const known = knownKeys(schema, path.slice(0, -1));
  const close = nearest(key, known);
  const hint = close === undefined ? `known here: ${known.join(", ")}` : `did you mean \`${close}\`?`;
  return diagnostic(source, located.keyOffset(path), `unknown key \`${key}\``, hint);
}

function wrongValue(issue: Issue, found: unknown, literal: string | undefined, path: Path): [string, string?] {
  if (literal === "" && found === null) return [`\`${path.at(-1)}\` has no value`, "give it one, or remove the line"];
  if (issue.code === "invalid_type" || issue.code === "invalid_union") {
    const expected = issue.code === "invalid_type" ? typeWords(issue.expected) : issue.message;
    if (literal !== undefined && /\btext\b/.test(expected)) return unquoted(literal, found);
    return [`expected ${expected}, found ${describe(found)}`];
  }
  if (issue.code === "invalid_value") return wrongWord(issue.values, found);
  if (issue.code === "invalid_format" || issue.code === "custom") return [`${describe(found)} ${issue.message}`];
  return [issue.message];
}

function wrongWord(values: readonly unknown[], found: unknown): [string, string?] {
  const expected = values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
  const message = `expected ${expected}, found ${describe(found)}`;
  if (typeof found !== "string") return [message];
  if (values.some((value) => typeof value !== "string" && String(value) === found))
    return [message, "write it without quotes"];
  const close = nearest(found, values.map(String));
  return close === undefined ? [message] : [message, `did you mean \`${close}\`?`];
}

function unquoted(literal: string, found: unknown): [string, string] {
  return [`text belongs here, and without quotes YAML reads ${literal} as ${describe(found)}`, `write "${literal}"`];
}

function typeWords(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: "text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a map",
    record: "a map",
  };
  return words[expected] ?? expected;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return value.length > 60 ? `"${value.slice(0, 60)}…"` : `"${value}"`;
  return typeof value === "boolean" ? String(value) : `the number ${value}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  return at;
}

function knownKeys(schema: unknown, path: Path): string[] {
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional) return knownKeys(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => knownKeys(option, path));
  const [key, ...rest] = path;
  if (schema instanceof z.ZodObject)
    return key === undefined ? Object.keys(schema.shape) : knownKeys(schema.shape[key], rest);
  if (schema instanceof z.ZodRecord && key !== undefined) return knownKeys(schema.valueType, rest);
  return schema instanceof z.ZodArray && key !== undefined ? knownKeys(schema.element, rest) : [];
}
