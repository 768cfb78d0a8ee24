/** The parts of a package URL, not encoded. */
export interface PurlParts {
  /** In lower case: `deb`, `alpm`, `generic`. */
  readonly type: string;
  readonly namespace?: string;
  readonly name: string;
  readonly version: string;
  readonly qualifiers?: Readonly<Record<string, string>>;
}

/**
 * A package URL in its canonical form (https://github.com/package-url/purl-spec, "Rules for each purl component"): each part
 * percent-encoded, qualifiers in the order of their keys and without empty values. Pure.
 */
export function purlOf({ type, namespace, name, version, qualifiers = {} }: PurlParts): string {
  const path = [...(namespace === undefined ? [] : namespace.split("/")), name].map(encoded).join("/");
  const given = Object.entries(qualifiers)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encoded(value)}`);
  return `pkg:${type}/${path}@${encoded(version)}${given.length === 0 ? "" : `?${given.join("&")}`}`;
}

const PLAIN = /^[A-Za-z0-9.\-_~:]*$/;
/** What RFC 3986 would let pass, and a package URL does not. */
const RESERVED = /[!'()*]/g;

/** Everything but letters, digits and `.-_~` is encoded, and the colon never is ("Character encoding"). */
function encoded(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(text)
    .replace(RESERVED, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%3A", ":");
}
