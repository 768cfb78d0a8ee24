/**
 * What the words of a source may be (sources.list(5)), where a lock or a request to root brings them. Narrower than apt: no
 * method that runs a program of somebody's choice (`ssh:`, `mirror+…:`), no passwords in addresses, nothing that could be
 * read as an option or as another field.
 */
export const SOURCE_WORDS = {
  types: /deb(?:-src)?/,
  // A path that climbs (`..`, also as `%2e%2e%2f`) would be somewhere else than what a policy compares.
  uris: /(?!\S*(?:\/|%2[fF])(?:\.|%2[eE]){1,2}(?:\/|%2[fF]|\s|$))(?:https?:\/\/[A-Za-z0-9._-]+(?::\d{1,5})?(?:\/[A-Za-z0-9._~%+=:,$()/-]*)?|file:\/[A-Za-z0-9._~%+=:,$()/-]*)/,
  suites: /(?![-/]*\.\.|\S*\/\.\.)[A-Za-z0-9._~+$()/][A-Za-z0-9._~+$()/-]{0,199}/,
  components: /[A-Za-z0-9][A-Za-z0-9._+/-]{0,99}/,
  architectures: /[a-z0-9][a-z0-9-]{0,31}/,
} as const;

/** Name of a source in a lock: it becomes part of a file's name. */
export const SOURCE_KEY = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Where packages put the keyrings that they bring. */
export const KEYRING = /^\/usr\/share\/keyrings\/[A-Za-z0-9][A-Za-z0-9._+-]{0,199}\.(?:gpg|asc|pgp)$/;

/** Characters of a block of keys; apt itself reads no more than a mebibyte of a source. */
export const MAX_KEY = 256 * 1024;

/** One or more of the words, with one blank between two. */
export function wordsPattern(word: RegExp): RegExp {
  return new RegExp(`^${word.source}(?: +${word.source})*$`);
}

/** A text as the words in it. */
export function wordsOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === "string" ? value.split(/ +/).filter((word) => word !== "") : (value ?? []);
}

/** What is wrong with suites and components together, as apt sees it; undefined where they fit. */
export function suitesFault(suites: readonly string[], components: readonly string[]): string | undefined {
  const exact = suites.filter((suite) => suite.endsWith("/"));
  if (exact.length === 0) return components.length === 0 ? "needs `components` beside it" : undefined;
  if (exact.length < suites.length) return "mixes suites with exact paths, which end in a slash";
  return components.length === 0 ? undefined : "is an exact path, which has no `components`";
}
