/** When a signature is looked at. */
export type SignatureNeed = "never" | "optional" | "required";

/** What pacman demands of signatures: pacman.conf(5), "Package and Database Signature Checking". */
export interface SigLevel {
  readonly package: SignatureNeed;
  readonly database: SignatureNeed;
  /** Whether a key counts that nobody vouched for. */
  readonly packageTrustAll: boolean;
  readonly databaseTrustAll: boolean;
}

/** What holds where nothing is said. */
export const DEFAULT_SIG_LEVEL: SigLevel = {
  package: "optional",
  database: "optional",
  packageTrustAll: false,
  databaseTrustAll: false,
};

const NEEDS: Readonly<Record<string, SignatureNeed>> = { Never: "never", Optional: "optional", Required: "required" };

/** The level after one more SigLevel line; later words win. Words that pacman does not know are left out, as pacman does with a warning. Pure. */
export function withSigLevel(level: SigLevel, value: string): SigLevel {
  return value.split(/\s+/).reduce(withWord, level);
}

function withWord(level: SigLevel, word: string): SigLevel {
  const [, prefix, rest = ""] = /^(Package|Database)?(.*)$/.exec(word) ?? [];
  const change = changeOf(rest);
  if (change === undefined) return level;
  const packages = prefix === "Database" ? {} : forPackages(change);
  const databases = prefix === "Package" ? {} : forDatabases(change);
  return { ...level, ...packages, ...databases };
}

type Change = { readonly need: SignatureNeed } | { readonly trustAll: boolean };

function changeOf(word: string): Change | undefined {
  const need = NEEDS[word];
  if (need !== undefined) return { need };
  return word === "TrustAll" || word === "TrustedOnly" ? { trustAll: word === "TrustAll" } : undefined;
}

function forPackages(change: Change): Partial<SigLevel> {
  return "need" in change ? { package: change.need } : { packageTrustAll: change.trustAll };
}

function forDatabases(change: Change): Partial<SigLevel> {
  return "need" in change ? { database: change.need } : { databaseTrustAll: change.trustAll };
}
