import type { AffectedPackage } from "../osv/record.ts";

/** One group of the Arch security tracker (security.archlinux.org/issues/all.json), in the form of OSV's records. */
export interface TrackerRecord {
  /** `AVG-17` */
  readonly id: string;
  /** Its CVEs, and the advisories that were published about it. */
  readonly aliases: readonly string[];
  readonly affected: readonly AffectedPackage[];
}

/** The name that Arch has here; OSV has none for it. */
export const ARCH = "Arch";

const STATES: readonly unknown[] = ["Unknown", "Vulnerable", "Testing", "Fixed", "Not affected"];
const IDENTIFIER = /^[!-~]{1,200}$/;

/**
 * Reads one group: affected is what is at least `affected`, and below `fixed` where there is one, unless its state is "Not
 * affected". Undefined where it is no such group.
 */
export function readTrackerRecord(value: unknown): TrackerRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { name, packages, status, severity, affected, fixed, issues, advisories } = value as Record<string, unknown>;
  if (!isIdentifier(name) || !Array.isArray(packages) || !packages.every(isIdentifier)) return undefined;
  if (packages.length === 0 || !STATES.includes(status)) return undefined;
  const about = status === "Not affected" ? [] : packages;
  const ranges = rangesOf(affected, fixed);
  return {
    id: name,
    aliases: [...identifiers(issues), ...identifiers(advisories)],
    affected: about.map((each) => ({
      ecosystem: ARCH,
      name: each,
      ...ranges,
      vectors: [],
      words: typeof severity === "string" ? [severity] : [],
    })),
  };
}

function rangesOf(affected: unknown, fixed: unknown): Pick<AffectedPackage, "ranges" | "versions" | "unclear"> {
  const isReadable = isIdentifier(affected) && (fixed === null || fixed === undefined || isIdentifier(fixed));
  if (!isReadable) return { ranges: [], versions: [], unclear: true };
  const introduced = ["introduced", affected] as const;
  return { ranges: [{ events: isIdentifier(fixed) ? [introduced, ["fixed", fixed]] : [introduced] }], versions: [] };
}

function identifiers(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isIdentifier) : [];
}

function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && IDENTIFIER.test(value);
}
