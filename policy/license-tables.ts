import type { PolicyFile, Rule } from "../schema/model/policy.ts";

/** A rule about licenses, and what it is about. */
export type LicenseRule = Place &
  (
    | (Rule<readonly string[]> & { readonly key: "allow" | "deny" })
    | (Rule<"allow" | "refuse"> & { readonly key: "unknown" })
  );

interface Place {
  /** As written in policy.toml: `licenses.deny`, `licenses.sources.docker.deny`. */
  readonly name: string;
  /** Globs; absent: everything. */
  readonly source?: string;
  readonly package?: string;
}

/** The rules of one file: overall, of sources, of packages. Pure. */
export function licenseRules(file: PolicyFile): readonly LicenseRule[] {
  const { licensesAllow, licensesDeny, licensesUnknown } = file;
  const sources = [file.licensesAllowSources, file.licensesDenySources, file.licensesUnknownSources] as const;
  const packages = [file.licensesAllowPackages, file.licensesDenyPackages, file.licensesUnknownPackages] as const;
  const keysOf = (tables: typeof sources) => [...new Set(tables.flatMap((table) => Object.keys(table ?? {})))];
  return [
    ...placed({ name: "licenses" }, licensesAllow, licensesDeny, licensesUnknown),
    ...keysOf(sources).flatMap((source) =>
      placed(
        { name: `licenses.sources.${source}`, source },
        sources[0]?.[source],
        sources[1]?.[source],
        sources[2]?.[source],
      ),
    ),
    ...keysOf(packages).flatMap((name) =>
      placed(
        { name: `licenses.packages.${name}`, package: name },
        packages[0]?.[name],
        packages[1]?.[name],
        packages[2]?.[name],
      ),
    ),
  ];
}

function placed(
  { name, ...about }: Place,
  allow: Rule<readonly string[]> | undefined,
  deny: Rule<readonly string[]> | undefined,
  unknown: Rule<"allow" | "refuse"> | undefined,
): readonly LicenseRule[] {
  return [
    ...(deny === undefined ? [] : [{ ...about, ...deny, key: "deny", name: `${name}.deny` } as const]),
    ...(allow === undefined ? [] : [{ ...about, ...allow, key: "allow", name: `${name}.allow` } as const]),
    ...(unknown === undefined ? [] : [{ ...about, ...unknown, key: "unknown", name: `${name}.unknown` } as const]),
  ];
}
