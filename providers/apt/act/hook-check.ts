import type { Expectations, ExpectedInstall, ExpectedRemoval } from "./expectations.ts";

/** What apt tells a hook before dpkg acts. */
export interface Announcement {
  /** The machine's own architecture. */
  readonly native: string;
  readonly lines: readonly Announced[];
}

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

/** How what dpkg is about to do differs from what was planned: in the bytes of a package file, or in anything else. */
export interface Difference {
  readonly in: "bytes" | "changes";
  /** One sentence. */
  readonly text: string;
}

/**
 * Reads what apt writes to a `DPkg::Pre-Install-Pkgs` hook that asked for version 3 of the protocol (apt.conf(5)): a line
 * `VERSION 3`, the configuration, an empty line, then nine fields a line. Undefined for anything else.
 */
export function parseAnnouncement(text: string): Announcement | undefined {
  const end = text.indexOf("\n\n");
  if (!text.startsWith("VERSION 3\n") || end < 0) return undefined;
  const native = /^APT::Architecture=(\S+)$/m.exec(text.slice(0, end))?.[1];
  const lines = text
    .slice(end + 2)
    .split("\n")
    .filter((line) => line !== "")
    .map(announcedOf);
  return native !== undefined && lines.every((item) => item !== undefined) ? { native, lines } : undefined;
}

function announcedOf(line: string): Announced | undefined {
  const match = /^(\S+) (\S+) (\S+) \S+ ([<=>]) (\S+) (\S+) \S+ (.+)$/.exec(line);
  if (match === null) return undefined;
  const [, name = "", from = "", fromArch = "", direction = "", to = "", arch = "", action = ""] = match;
  return { name, from: from === "-" ? null : from, fromArch, direction, to: to === "-" ? null : to, arch, action };
}

/**
 * Compares what dpkg is about to do with what was planned; no difference means equal. `hashOf` gives the hex SHA-256 of a
 * package file.
 */
export function differences(
  expected: Expectations,
  { native, lines }: Announcement,
  hashOf: (path: string) => string,
): readonly Difference[] {
  const installs = new Map(expected.install.map((item) => [`${item.name} ${item.arch}`, item]));
  const removals = [...expected.remove];
  const seen = new Set<string>();
  const found: Difference[] = [];
  for (const line of lines) {
    const install = installs.get(`${line.name} ${line.arch}`);
    if (line.action === "**REMOVE**") found.push(...takeRemoval(removals, line, native));
    else if (line.action === "**CONFIGURE**") found.push(...configuration(expected, install, line));
    else if (install === undefined) found.push(unplanned(line));
    else {
      seen.add(`${line.name} ${line.arch}`);
      found.push(...sameVersions(install, line), ...sameBytes(install, line, hashOf));
    }
  }
  const missing = expected.install.filter((item) => !seen.has(`${item.name} ${item.arch}`));
  found.push(...missing.map((item) => leftOut(`installing ${item.name} ${item.to}`)));
  found.push(...removals.map((item) => leftOut(`removing ${[item.name, item.from].join(" ").trim()}`)));
  return found;
}

/** Takes the removal off the list of those that are still expected. */
function takeRemoval(removals: ExpectedRemoval[], line: Announced, native: string): Difference[] {
  const at = removals.findIndex(
    ({ name, from, arch }) =>
      name === line.name &&
      [undefined, line.from].includes(from) &&
      (arch === undefined ? [native, "all"] : [arch]).includes(line.fromArch),
  );
  if (at < 0) return [unplanned(line)];
  removals.splice(at, 1);
  return [];
}

/** Of what this run installs, or of what waited for it before. */
function configuration(
  { configure }: Expectations,
  install: ExpectedInstall | undefined,
  line: Announced,
): Difference[] {
  if (install !== undefined) return sameVersions(install, line);
  const waited = configure.some(
    ({ name, arch, version }) => name === line.name && arch === line.arch && version === line.to,
  );
  return waited ? [] : [unplanned(line)];
}

function sameVersions(expected: ExpectedInstall, line: Announced): Difference[] {
  if ([undefined, line.from].includes(expected.from) && expected.to === line.to) return [];
  const planned = `from ${expected.from ?? (expected.from === null ? "nothing" : "any")} to ${expected.to}`;
  const text = `${line.name} goes from ${line.from ?? "nothing"} to ${line.to ?? "nothing"}, and the plan says ${planned}`;
  return [{ in: "changes", text }];
}

function sameBytes(expected: ExpectedInstall, line: Announced, hashOf: (path: string) => string): Difference[] {
  const actual = hashOf(line.action);
  const text = `the file of ${line.name} has SHA-256 ${actual}, and the plan says ${expected.sha256}`;
  return actual === expected.sha256 ? [] : [{ in: "bytes", text }];
}

function unplanned(line: Announced): Difference {
  return { in: "changes", text: `${describe(line)} is not in the plan` };
}

function leftOut(what: string): Difference {
  return { in: "changes", text: `${what} is in the plan, and apt leaves it out` };
}

function describe({ name, from, to, arch, action }: Announced): string {
  if (action === "**REMOVE**") return `removing ${name} ${from ?? ""}`.trimEnd();
  const verb = action === "**CONFIGURE**" ? "configuring" : "installing";
  return `${verb} ${name} ${to ?? ""} (${arch})`;
}
