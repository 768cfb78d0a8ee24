/** An SPDX license expression as a tree. A license may end in `+`. */
export type SpdxExpression =
  | { readonly license: string; readonly exception?: string }
  | { readonly all: readonly SpdxExpression[] }
  | { readonly any: readonly SpdxExpression[] };

/** One license of an expression, with the exception that it is given under. */
export type SpdxLeaf = Extract<SpdxExpression, { readonly license: string }>;

const TOKEN = /\s*(\(|\)|[A-Za-z0-9.:-]+\+?)/y;
const MAX_LENGTH = 1 << 16;
const MAX_DEPTH = 64;

/** Reads an expression (SPDX 2.3, annex D): WITH binds tighter than AND, AND tighter than OR. Undefined for what is none. Pure. */
export function parseSpdx(text: string): SpdxExpression | undefined {
  const tokens = text.length > MAX_LENGTH ? undefined : tokensOf(text);
  if (tokens === undefined) return undefined;
  const reader = readerOf(tokens);
  const found = reader.any(0);
  return reader.ended() ? found : undefined;
}

function tokensOf(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const token = TOKEN.exec(trimmed)?.[1];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

function readerOf(tokens: readonly string[]) {
  let at = 0;
  const takes = (word: string): boolean => {
    const matches = tokens[at] === word || tokens[at] === word.toLowerCase();
    if (matches) at++;
    return matches;
  };
  const listOf = (one: () => SpdxExpression | undefined, word: "AND" | "OR"): SpdxExpression[] | undefined => {
    const found: SpdxExpression[] = [];
    do {
      const next = one();
      if (next === undefined) return undefined;
      found.push(next);
    } while (takes(word));
    return found;
  };
  const leaf = (): SpdxExpression | undefined => {
    const license = identifier();
    if (license === undefined || !takes("WITH")) return license === undefined ? undefined : { license };
    const exception = identifier();
    return exception === undefined ? undefined : { license, exception };
  };
  const identifier = (): string | undefined => {
    const token = tokens[at];
    if (token === undefined || /^(?:\(|\)|and|or|with)$/i.test(token)) return undefined;
    at++;
    return token;
  };
  const any = (depth: number): SpdxExpression | undefined => {
    if (depth > MAX_DEPTH) return undefined;
    const one = (): SpdxExpression | undefined => {
      if (!takes("(")) return leaf();
      const inner = any(depth + 1);
      return takes(")") ? inner : undefined;
    };
    const branches = listOf(() => joined("all", listOf(one, "AND")), "OR");
    return joined("any", branches);
  };
  return { any, ended: () => at === tokens.length };
}

function joined(how: "all" | "any", parts: readonly SpdxExpression[] | undefined): SpdxExpression | undefined {
  if (parts === undefined) return undefined;
  return how === "all" ? allOf(parts) : anyOf(parts);
}

/** Everything of these together; what stands there twice counts once, in the order of their texts. At least one. */
export function allOf(parts: readonly SpdxExpression[]): SpdxExpression {
  const flat = distinct(parts.flatMap((part) => ("all" in part ? part.all : [part])));
  return flat.length === 1 && flat[0] !== undefined ? flat[0] : { all: flat };
}

/** A choice between these, likewise. */
export function anyOf(parts: readonly SpdxExpression[]): SpdxExpression {
  const flat = distinct(parts.flatMap((part) => ("any" in part ? part.any : [part])));
  return flat.length === 1 && flat[0] !== undefined ? flat[0] : { any: flat };
}

function distinct(parts: readonly SpdxExpression[]): SpdxExpression[] {
  const byText = new Map(parts.map((part) => [spdxText(part), part]));
  return [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
}

/** The expression as text. */
export function spdxText(expression: SpdxExpression): string {
  if ("license" in expression) return leafText(expression);
  if ("any" in expression) return expression.any.map(spdxText).join(" OR ");
  return expression.all.map((part) => ("any" in part ? `(${spdxText(part)})` : spdxText(part))).join(" AND ");
}

/** `GPL-3.0-or-later WITH Bison-exception-2.2` */
export function leafText({ license, exception }: SpdxLeaf): string {
  return exception === undefined ? license : `${license} WITH ${exception}`;
}

/** Whether somebody who may use exactly the licenses that `may` admits can use what is under this expression. */
export function usableUnder(expression: SpdxExpression, may: (leaf: SpdxLeaf) => boolean): boolean {
  if ("license" in expression) return may(expression);
  if ("any" in expression) return expression.any.some((part) => usableUnder(part, may));
  return expression.all.every((part) => usableUnder(part, may));
}

/** Every license in it, each once, in its order. */
export function leavesOf(expression: SpdxExpression): readonly SpdxLeaf[] {
  if ("license" in expression) return [expression];
  const parts = "any" in expression ? expression.any : expression.all;
  return [...new Map(parts.flatMap(leavesOf).map((leaf) => [leafText(leaf), leaf])).values()];
}
