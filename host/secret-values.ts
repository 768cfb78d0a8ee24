/** Words that stand in the place of a secret in examples, templates and tests. */
const PLACEHOLDER =
  /example|sample|placeholder|dummy|change[-_ ]?me|replace|redacted|hidden|masked|your[-_ ]|my[-_ ]?(?:secret|token|password)|not[-_ ]?(?:a[-_ ])?(?:real|secret)|fake|lorem|foobar|^test|testing|^(?:foo|bar|baz|todo|none|null|nil|undefined|true|false|default|secret|password|passwd|pass|pwd|token|key|user|username|admin|root|string|required|optional)\d*$/i;
/** Runs that people type where a value belongs. */
const RUN = /(.)\1{5,}|abcdefgh|12345678|01234567|qwerty|deadbeef|xxxx|\.\.\.|\*\*\*/i;
/** What is filled in later, or looked up: `$NAME`, `${name}`, `{{ name }}`, `<name>`, `%s`, `process.env.NAME`. */
const REFERENCE =
  /^[$%<{[(@!&]|\$\{|\{\{|%[a-z(]|<[^>]*>|^(?:process|os|env|config|settings|self|this|vault|secrets?|var|data)\.|\(\)?$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value is put there instead of a secret. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || RUN.test(value) || REFERENCE.test(value) || new Set(value).size < 4;
}

/** Whether a token of a known form has been drawn by lot: no letters that are put there to show the form. */
export function isDrawn(token: string): boolean {
  return !/example|x{6}/i.test(token) && !RUN.test(token) && new Set(token).size >= 8 && entropy(token) >= 2.8;
}

/** Bits for each character, by how often each one is in the text (Shannon). */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/**
 * Whether a value under a name that speaks of a secret is one. `plain`: a file of settings, where a password may be short and of
 * people's own making. Elsewhere only what no word, name, path, date or version looks like.
 */
export function looksSecret(value: string, plain: boolean): boolean {
  if (isPlaceholder(value) || UUID.test(value) || /\s/.test(value)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (plain)
    return value.length >= 8 && classes >= 2 && /[^a-z_.:/-]/i.test(value) && entropy(value) >= 2.5 && !isPath(value);
  return (
    value.length >= 16 &&
    /[0-9]/.test(value) &&
    /[a-z]/i.test(value) &&
    !isPath(value) &&
    !isWords(value) &&
    entropy(value) >= 3.3
  );
}

function isPath(value: string): boolean {
  return /^(?:\.{0,2}\/|~\/|[a-z][a-z0-9+.-]*:\/\/|[A-Za-z]:\\)|\.(?:pem|key|crt|json|ya?ml|txt|js|ts|env|conf|sock)$/i.test(
    value,
  );
}

/** Words joined by signs, or by capitals, as names and identifiers are, with one piece at most that is no word. */
function isWords(value: string): boolean {
  const pieces = value.split(/[-_./:@+ ]|(?<=[a-z])(?=[A-Z])/).filter((piece) => piece !== "");
  const words = pieces.filter((piece) => /^(?:[A-Za-z][a-z]*|[A-Z]+|v?\d{1,4})$/.test(piece));
  const long = words.filter((word) => word.length >= 4).reduce((sum, word) => sum + word.length, 0);
  return words.length >= pieces.length - 1 && (words.length === pieces.length || long > value.length / 2);
}
