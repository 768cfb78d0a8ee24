/**
 * Names of sources, as `from:` in the lock has them. The rule: the Release file's Label, else its Origin, else the host of
 * the address (for local ones the last folder), in lower case with `-` for everything that is no letter or digit: `Debian`
 * is `debian`, `Debian-Security` is `debian-security`, for every mirror and suite of it alike. A label is only what a
 * repository calls itself; so where two with different keys claim one name, each gets its host behind it and neither keeps
 * the plain one.
 */

export interface Nameable {
  readonly label: string;
  readonly origin: string;
  readonly repoUri: string;
  /** Keys that the source is bound to, as its `Signed-By` has them. */
  readonly signedBy: readonly string[];
}

/** A name for each of the sources, in the same order. Does not depend on the order. Pure. */
export function sourceNames(sources: readonly Nameable[]): string[] {
  const claims = new Map<string, Set<string>>();
  for (const source of sources) {
    const keys = claims.get(plainName(source)) ?? new Set();
    claims.set(plainName(source), keys.add([...source.signedBy].sort().join("\n")));
  }
  return sources.map((source) => {
    const plain = plainName(source);
    return (claims.get(plain)?.size ?? 0) > 1 ? `${plain}-${slug(placeOf(source.repoUri))}` : plain;
  });
}

/** All names that it may get, whatever other sources there are. Pure. */
export function possibleNames(source: Omit<Nameable, "signedBy">): readonly string[] {
  const plain = plainName(source);
  return [plain, `${plain}-${slug(placeOf(source.repoUri))}`];
}

/** The name without a look at the other sources. Pure. */
export function plainName({ label, origin, repoUri }: Omit<Nameable, "signedBy">): string {
  return slug(label) || slug(origin) || slug(placeOf(repoUri)) || "unnamed";
}

function placeOf(uri: string): string {
  const host = /^[a-z0-9+.-]+:\/\/(?:[^/@]*@)?([^/:]+)/i.exec(uri)?.[1];
  return (
    host ??
    uri
      .split("/")
      .filter((part) => part !== "")
      .at(-1) ??
    ""
  );
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
