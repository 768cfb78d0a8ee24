import type { Expectations, ExpectedInstall, ExpectedRemoval } from "./expectations.ts";

/** A line of apt's announcement: what dpkg is about to do to one package. `null` where there is no version. */
export interface Announced {
  readonly name: string;
  readonly from: string | null;
  readonly fromArch: string;
  /** `<` to a newer version (or from none), `=` the same, `>` to an older one (or to none). */
  readonly direction: string;
  readonly to: string | null;
  readonly arch: string;
  /** Path of the package file, `**CONFIGURE**` or `**REMOVE**`. */
  readonly action: string;
}

/**
 * Reads what apt writes to a `DPkg::Pre-Install-Pkgs` hook that asked for version 3 of the protocol (apt.conf(5)): a line
 * `VERSION 3`, the configuration, an empty line, then nine fields a line. Undefined for anything else.
 */
export function parseAnnouncement(text: string): readonly Announced[] | undefined {
  const end = text.indexOf("\n\n");
  if (!text.startsWith("VERSION 3\n") || end < 0) return undefined;
  const lines = text
    .slice(end + 2)
    .split("\n")
    .filter((line) => line !== "");
  const parsed = lines.map(announcedOf);
  return parsed.every((item) => item !== undefined) ? parsed : undefined;
}

function announcedOf(line: string): Announced | undefined {
  const match = /^(\S+) (\S+) (\S+) \S+ ([<=>]) (\S+) (\S+) \S+ (.+)$/.exec(line);
  if (match === null) return undefined;
  const [, name = "", from = "", fromArch = "", direction = "", to = "", arch = "", action = ""] = match;
  return { name, from: from === "-" ? null : from, fromArch, direction, to: to === "-" ? null : to, arch, action };
}

/**
 * Compares what dpkg is about to do with what was planned; every difference is a sentence, and none means equal. `hashOf`
 * gives the hex SHA-256 of a package file.
 */
export function differences(
  expected: Expectations,
  announced: readonly Announced[],
  hashOf: (path: string) => string,
): readonly string[] {
  const installs = new Map(expected.install.map((item) => [`${item.name} ${item.arch}`, item]));
  const removals = [...expected.remove];
  const seen = new Set<string>();
  const found: string[] = [];
  for (const line of announced) {
    const install = installs.get(`${line.name} ${line.arch}`);
    if (line.action === "**REMOVE**") found.push(...takeRemoval(removals, line));
    else if (install === undefined) found.push(`${describe(line)} is not in the plan`);
    else if (line.action === "**CONFIGURE**") found.push(...sameVersions(install, line));
    else {
      seen.add(`${line.name} ${line.arch}`);
      found.push(...sameVersions(install, line), ...sameBytes(install, line, hashOf));
    }
  }
  const missing = expected.install.filter((item) => !seen.has(`${item.name} ${item.arch}`));
  found.push(...missing.map((item) => `installing ${item.name} ${item.to} is in the plan, and apt leaves it out`));
  found.push(
    ...removals.map(
      (item) => `removing ${[item.name, item.from].join(" ").trim()} is in the plan, and apt leaves it out`,
    ),
  );
  return found;
}

/** Takes the removal off the list of those that are still expected. */
function takeRemoval(removals: ExpectedRemoval[], line: Announced): string[] {
  const at = removals.findIndex(
    (item) =>
      item.name === line.name &&
      [undefined, line.from].includes(item.from) &&
      [undefined, line.fromArch].includes(item.arch),
  );
  if (at < 0) return [`${describe(line)} is not in the plan`];
  removals.splice(at, 1);
  return [];
}

function sameVersions(expected: ExpectedInstall, line: Announced): string[] {
  if ([undefined, line.from].includes(expected.from) && expected.to === line.to) return [];
  const planned = `from ${expected.from ?? (expected.from === null ? "nothing" : "any")} to ${expected.to}`;
  return [`${line.name} goes from ${line.from ?? "nothing"} to ${line.to ?? "nothing"}, and the plan says ${planned}`];
}

function sameBytes(expected: ExpectedInstall, line: Announced, hashOf: (path: string) => string): string[] {
  const actual = hashOf(line.action);
  return actual === expected.sha256
    ? []
    : [`the file of ${line.name} has SHA-256 ${actual}, and the plan says ${expected.sha256}`];
}

function describe({ name, from, to, arch, action }: Announced): string {
  if (action === "**REMOVE**") return `removing ${name} ${from ?? ""}`.trimEnd();
  const verb = action === "**CONFIGURE**" ? "configuring" : "installing";
  return `${verb} ${name} ${to ?? ""} (${arch})`;
}
