/** What a package says of itself, in the local database, a repository's or an archive's. */
export interface PackageDesc {
  readonly name: string;
  readonly version: string;
  /** Name of what it was built from; several packages may share it. */
  readonly base: string;
  readonly arch: string;
  readonly summary: string;
  readonly homepage?: string;
  readonly packager?: string;
  /** Bytes on the disk. */
  readonly size?: number;
  readonly groups: readonly string[];
  /** Relations as pacman writes them: `omg-lib>=1.0`, `libomg.so=1-64`. */
  readonly depends: readonly string[];
  /** With a reason behind a colon. */
  readonly optdepends: readonly string[];
  readonly provides: readonly string[];
  readonly conflicts: readonly string[];
  readonly replaces: readonly string[];
}

/** Values by the name of the field, as they stand in the file. */
export type DescFields = ReadonlyMap<string, readonly string[]>;

const NONE: readonly string[] = [];

/** Reads `%FIELD%`, its values a line each, and an empty line: the form of both of pacman's databases. Pure. */
export function parseDesc(text: string): DescFields {
  const fields = new Map<string, string[]>();
  let values: string[] | undefined;
  // By position: a database has 15,000 of these, and pieces that nobody looks at cost nothing so.
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    if (end === at) values = undefined;
    else if (values !== undefined) values.push(text.slice(at, end));
    else if (text[at] === "%" && text[end - 1] === "%" && end - at > 2) {
      values = [];
      fields.set(text.slice(at + 1, end - 1), values);
    }
    at = end + 1;
  }
  return fields;
}

/** Undefined where it names no package. Pure. */
export function packageOf(fields: DescFields): PackageDesc | undefined {
  const one = (field: string) => fields.get(field)?.[0];
  const many = (field: string) => fields.get(field) ?? NONE;
  const name = one("NAME");
  const version = one("VERSION");
  if (name === undefined || version === undefined) return undefined;
  const homepage = one("URL");
  const packager = one("PACKAGER");
  const size = numberOf(one("SIZE") ?? one("ISIZE"));
  return {
    name,
    version,
    base: one("BASE") ?? name,
    arch: one("ARCH") ?? "any",
    summary: one("DESC") ?? "",
    ...(homepage === undefined ? {} : { homepage }),
    ...(packager === undefined ? {} : { packager }),
    ...(size === undefined ? {} : { size }),
    groups: many("GROUPS"),
    depends: many("DEPENDS"),
    optdepends: many("OPTDEPENDS"),
    provides: many("PROVIDES"),
    conflicts: many("CONFLICTS"),
    replaces: many("REPLACES"),
  };
}

/** The name and version in `NAME-VERSION-RELEASE`, as databases call their folders. Undefined for anything else. Pure. */
export function splitFolder(folder: string): { readonly name: string; readonly version: string } | undefined {
  const release = folder.lastIndexOf("-");
  const version = folder.lastIndexOf("-", release - 1);
  if (version <= 0) return undefined;
  return { name: folder.slice(0, version), version: folder.slice(version + 1) };
}

export function numberOf(text: string | undefined): number | undefined {
  const value = Number(text ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
