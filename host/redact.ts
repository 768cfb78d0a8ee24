import { SECRET_SHAPES } from "./secret-shapes.ts";

/** Stands where a secret was. */
const GONE = "[redacted]";

/**
 * What is hidden besides the forms of secret-shapes.ts, which name only what is one for sure: here it is better to hide too much.
 * Bounded where they could look again and again over one text. Each is replaced by its first group, where it has one, and the word
 * that something was there.
 */
const SECRETS: readonly RegExp[] = [
  // Keys in PEM, to their end or, where they were cut, to the text's.
  /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  // User and password of an address, or a token alone. A short user alone, as in ssh://git@host, is none.
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)(?:[^\s/?#@:]*:[^\s/?#]*|[^\s/?#@:]{20,})@/gi,
  // Parameters of an address.
  /([?&](?:(?:access|auth|id|refresh)_token|api_?key|auth|key|password|secret|sig|signature|token|x-(?:amz|goog)-(?:signature|credential|security-token))=)[^\s&#"']+/gi,
  // Headers.
  /(\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?)(?:(?:basic|bearer|digest|negotiate|token)\s+)?[^\s"',;}]+/gi,
  /(\b(?:basic|bearer)\s+)[A-Za-z0-9+/_.~-]{16,}=*/gi,
  // What looks like one of a known issuer's, and is not quite of its form.
  /\bpypi-[\w-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
];

/** `NAME=value`, `"name": value`, `--name value`, as commands, files and messages have them. */
const SETTING =
  /(^|[\s,;{(["'&])((?:--[\w.-]+\s+)|(?:-{0,2}[\w.-]+["']?\s*[=:]\s*))(\[redacted\]|"[^"]*"|'[^']*'|[^\s,;&"'}\])]+)/g;

const WORDS =
  /(?:^|[_.-])(?:pass|passphrase|passw(?:or)?d|pwd|secrets?|tokens?|credentials?|authorization|cookie|(?:access|api|auth|encryption|private|secret|signing)[_-]?key)(?:$|[_.-])/i;
const ENDINGS = /(?:apikey|passphrase|passw(?:or)?d|secret|token)$/i;

/** Whether what stands under a name is a secret by the name alone: `API_TOKEN`, `clientSecret`, `shell.env.PGPASSWORD`. */
export function isSecretName(name: string): boolean {
  const spelled = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return WORDS.test(spelled) || ENDINGS.test(name);
}

/**
 * A value without what looks like a secret: credentials in addresses, headers, keys and tokens of known kinds, and whatever stands
 * under a name that says so, at any depth. For what is written down or shown. A secret of no known shape under a harmless name
 * passes: nothing can tell it from other text.
 */
export function redacted<T>(value: T): T {
  return deeply(value, false) as T;
}

/** @param named belongs to something whose name is a secret's */
function deeply(value: unknown, named: boolean): unknown {
  if (typeof value === "string") return textOf(value);
  if (Array.isArray(value)) return value.map((each) => deeply(each, named));
  if (typeof value !== "object" || value === null) return value;
  const { address } = value as { readonly address?: unknown };
  const own = named || (typeof address === "string" && isSecretName(address));
  const members = Object.entries(value).map(([name, member]) => [
    name,
    isSecretName(name) || (own && name === "value") ? hidden(member) : deeply(member, own),
  ]);
  return Object.fromEntries(members);
}

function hidden(value: unknown): unknown {
  if (typeof value === "string" || typeof value === "number") return GONE;
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hidden(member)]));
}

function textOf(text: string): string {
  const formless = SECRETS.reduce(
    (rest, pattern) => rest.replace(pattern, (match, lead: unknown) => replaced(match, lead)),
    text,
  );
  const known = SECRET_SHAPES.reduce((rest, { pattern }) => rest.replace(pattern, withoutSecret), formless);
  return known.replace(SETTING, (match, before: string, name: string, value: string) => {
    const quote = /^["']/.exec(value)?.[0] ?? "";
    return isSecretName(bare(name)) ? `${before}${name}${quote}${GONE}${quote}` : match;
  });
}

/** The secret is the last group, or the whole match where there is none. */
function withoutSecret(match: string, ...found: readonly unknown[]): string {
  const groups = found.slice(
    0,
    found.findIndex((each) => typeof each === "number"),
  );
  const secret = groups.findLast((group) => typeof group === "string");
  return secret === undefined ? GONE : match.replace(secret, GONE);
}

/** `--db-password=` is `db-password`. */
function bare(name: string): string {
  return name.replace(/["'\s=:]+$/, "").replace(/^-+/, "");
}

/** An address keeps its `@`, so that it is one still. */
function replaced(match: string, lead: unknown): string {
  const kept = typeof lead === "string" ? lead : "";
  return `${kept}${GONE}${match.endsWith("@") ? "@" : ""}`;
}
