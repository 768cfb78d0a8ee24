import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** A Debian package that tests need. The list is debian-packages.json: .ci/run installs from the same one. */
export interface DebianPackage {
  readonly package: string;
  /** A program found in the PATH, or the absolute path of a file, that is there when the package is installed. */
  readonly provides: string;
  /** What the tests do with it. */
  readonly for: string;
}

/** The administrator's folders are not in everybody's PATH. */
const FOLDERS = [...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];

export const DEBIAN_PACKAGES: readonly DebianPackage[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "debian-packages.json"), "utf8"),
);

/** Whether this run must test everything: there a test that cannot run fails. */
export const IS_CI = !["", "0", "false"].includes(process.env.CI ?? "");

function isPresent({ provides }: DebianPackage): boolean {
  if (isAbsolute(provides)) return existsSync(provides);
  return FOLDERS.some((folder) => existsSync(join(folder, provides)));
}

/** The packages of the list, or of these names in it, that are not installed here. */
export function missingPackages(names?: readonly string[]): readonly DebianPackage[] {
  const wanted = names?.map(entryOf) ?? DEBIAN_PACKAGES;
  return wanted.filter((entry) => !isPresent(entry));
}

function entryOf(name: string): DebianPackage {
  const entry = DEBIAN_PACKAGES.find((candidate) => candidate.package === name);
  if (entry === undefined) throw new Error(`${name} is not in test/support/debian-packages.json: add it there`);
  return entry;
}

/** The command that installs these packages. */
export function installLine(packages: readonly DebianPackage[]): string {
  return `sudo apt-get install --no-install-recommends ${packages.map((entry) => entry.package).join(" ")}`;
}

/**
 * Whether everything is here that a test needs: names of debian-packages.json, and `root` for user 0.
 * Use: `describe.runIf(needs("mmdebstrap", "root"))("…", …)`. Where something is missing the run says what to install,
 * and with CI set this throws, because there nothing may go untested.
 */
export function needs(...names: readonly ("root" | (string & {}))[]): boolean {
  const missing = missingPackages(names.filter((name) => name !== "root"));
  const lacks = missing.map((entry) => `the Debian package ${entry.package}, for ${entry.for}`);
  if (names.includes("root") && process.getuid?.() !== 0) lacks.push("root");
  if (lacks.length > 0 && IS_CI) throw new Error(`this test needs ${lacks.join(" and ")}`);
  return lacks.length === 0;
}
