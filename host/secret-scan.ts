import { SECRET_SHAPES, type SecretShape } from "./secret-shapes.ts";
import { isDrawn, isPlaceholder, looksSecret } from "./secret-values.ts";

/** A credential in a text. Lines and columns count from 1, columns in UTF-16 code units. */
export interface FoundSecret {
  readonly kind: string;
  readonly what: string;
  readonly line: number;
  readonly column: number;
  /** What may be shown of it. */
  readonly masked: string;
}

export interface ScannedText {
  readonly secrets: readonly FoundSecret[];
  /** How many were left out because their line says so. */
  readonly allowed: number;
}

/** On the line of a secret that is none, or may be there. */
const ALLOW = "omg:allow-secret";

interface Hit {
  readonly kind: string;
  readonly what: string;
  readonly start: number;
  readonly value: string;
  readonly shown: number;
}

/** Files in which settings stand as people write them, values without quotes among them. */
const SETTINGS_FILE =
  /(?:^|\/)(?:\.env[^/]*|[^/]*\.env|\.?npmrc|\.pypirc|\.netrc|\.pgpass|\.my\.cnf|omg\.lock|credentials|[^/]*\.(?:ini|cfg|cnf|conf|properties|toml|ya?ml|tfvars))$/i;
/** Names under which secrets stand, from their last word; what only speaks about one is none: `tokenizer`, `password_file`. */
const NAME =
  "[A-Za-z0-9_.-]{0,64}(?:passwo?r?d|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|client[_-]?secret|credential)s?";
/** A value in quotes on the same line. */
const QUOTED = new RegExp(
  `(?<![A-Za-z0-9])["']?(${NAME})["']?\\s{0,8}(?:[:=]|=>|:=)\\s{0,8}(["'\`])((?:(?!\\2)[^\\\\\\n]){8,256})\\2`,
  "gi",
);
/** A value without quotes to the end of its line, as in environment files. */
const BARE = new RegExp(
  `^[ \\t]*(?:export[ \\t]+|-[ \\t]+)?(?:[^\\s=:#]*:)?(${NAME})[ \\t]*[:=][ \\t]*([^\\s"'\`#,;{}[\\]()<>|&][^\\s"'\`,;{}()<>|]{7,256})[ \\t]*(?:#.*)?$`,
  "gim",
);
/** What stands there is about a secret, or made from one. */
const ABOUT =
  /hash|digest|checksum|integrity|fingerprint|sha\d|md5|public|salt|nonce|etag|expir|ttl|type|format|regexp?|pattern|url|uri|endpoint|path|file|header|param|field|csrf|cursor|page|continuation|sync_?token|(?:next|prev)_?token|tokenizer|num_?tokens|max_?tokens/i;

/** Every credential in a text that a list of its own lines does not allow. `path` says what kind of file it is. Pure. */
export function scanForSecrets(text: string, path: string): ScannedText {
  const hits = distinct([...SECRET_SHAPES.flatMap((shape) => shapeHits(text, shape)), ...settingHits(text, path)]);
  if (hits.length === 0) return { secrets: [], allowed: 0 };
  const starts = lineStarts(text);
  const secrets = hits.flatMap((hit) => {
    const line = lineAt(starts, hit.start);
    const content = text.slice(starts[line - 1], starts[line] ?? text.length);
    if (content.includes(ALLOW)) return [];
    return [
      { kind: hit.kind, what: hit.what, line, column: hit.start - (starts[line - 1] ?? 0) + 1, masked: mask(hit) },
    ];
  });
  return { secrets, allowed: hits.length - secrets.length };
}

function shapeHits(text: string, { kind, what, pattern, shown }: SecretShape): Hit[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const value = match.at(-1) ?? match[0];
    const start = match.index + match[0].lastIndexOf(value);
    const rest = text.slice(start + value.length, start + value.length + HOST_LENGTH);
    return isReal(kind, value, match[0], rest) ? [{ kind, what, start, value, shown }] : [];
  });
}

/** Whether what has the form of a credential is one. `rest`: what comes behind it. */
function isReal(kind: string, value: string, whole: string, rest: string): boolean {
  switch (kind) {
    case "private-key":
      return true;
    case "basic-auth":
      return !EXAMPLE_HOST.test(rest) && (LOOPBACK.test(rest) ? looksSecret(value, true) : isPassword(value));
    case "netrc-password":
      return !/\bmachine\s+\S*(?:example|127\.0\.0\.1|localhost)/.test(whole) && isPassword(value);
    case "jwt":
      return isDrawn(value) && isToken(value);
    default:
      return isDrawn(value);
  }
}

const HOST_LENGTH = 100;
/** Hosts that are nobody's (RFC 2606). */
const EXAMPLE_HOST = /^@(?:[\w-]+\.)*(?:example(?:\.[a-z]+)?|test|invalid)(?![\w.-])/i;
const LOOPBACK = /^@(?:localhost|127\.|\[::1\])/i;

function isPassword(value: string): boolean {
  return !isPlaceholder(value) && !/^(?:\d+|[a-z]{1,7})$/.test(value);
}

/** RFC 7519, section 5: the first part is an object that names its algorithm. Not the token that every introduction shows. */
function isToken(token: string): boolean {
  const [header, payload] = token.split(".").map(objectIn);
  return header !== undefined && "alg" in header && payload !== undefined && payload.sub !== "1234567890";
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function settingHits(text: string, path: string): Hit[] {
  const plain = SETTINGS_FILE.test(path);
  const quoted = [...text.matchAll(QUOTED)].map(({ 0: all, 1: name = "", 3: value = "", index }) => {
    return { name, value, start: index + all.length - value.length - 1 };
  });
  const bare = plain
    ? [...text.matchAll(BARE)].map(({ 0: all, 1: name = "", 2: value = "", index }) => {
        return { name, value, start: index + all.indexOf(value, all.indexOf(name) + name.length) };
      })
    : [];
  return [...quoted, ...bare]
    .filter(({ name, value }) => !ABOUT.test(name) && looksSecret(value, plain))
    .map(({ value, start }) => ({ kind: "assigned-secret", what: "secret under its name", start, value, shown: 0 }));
}

/** In their order; of those that overlap the first that was found, which is the more specific one. */
function distinct(hits: readonly Hit[]): Hit[] {
  const taken: Hit[] = [];
  for (const hit of hits) {
    const end = hit.start + hit.value.length;
    if (!taken.some((each) => hit.start < each.start + each.value.length && each.start < end)) taken.push(hit);
  }
  return taken.sort((a, b) => a.start - b.start);
}

function mask({ value, shown, kind }: Hit): string {
  if (kind === "private-key") return `${value.slice(0, value.indexOf("-----", 5) + 5)}…`;
  return `${value.slice(0, shown)}…`;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
