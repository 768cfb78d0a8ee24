import { debianAdvisory, debianRecord, writeOsvDump } from "../test/support/advisory-dumps.ts";
import type { Listed } from "./root.ts";

/** About as many as Debian's list at OSV has. */
const RECORDS = 45_000;
const RELEASES = ["11", "12", "13", "14"];
const URGENCIES = ["not yet assigned", "not yet assigned", "unimportant", "low", "medium", "high"];
const VECTORS = [
  undefined,
  "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
  "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
  "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
];

/**
 * A list of Debian's size in OSV's form: no real one, but real names and versions of source packages, spread as they are there:
 * every fifth record is about the kernel, the others about the rest by turns, and most are fixed in what is offered now.
 */
export function writeDebianDump(path: string, packages: readonly Listed[]): string {
  const sources = [...new Map(packages.map((each) => [sourceOf(each).name, sourceOf(each)])).values()];
  const records = Array.from({ length: RECORDS }, (_, index): object => {
    const id = `CVE-${2010 + (index % 16)}-${10_000 + index}`;
    const { name, version } = index % 5 === 0 ? { name: "linux", version: "6.1.150-1" } : pick(sources, index);
    if (index % 12 === 1) return debianAdvisory(`DSA-${1000 + index}-1`, name, version, [id, `${id}0`]);
    const vector = pick(VECTORS, index);
    return debianRecord(id, name, fixedIn(version, index), {
      releases: RELEASES.slice(0, 1 + (index % 4)),
      urgency: pick(URGENCIES, index * 7),
      versions: Array.from({ length: 4 + (index % 17) }, (_, old) => `${old}.${index % 9}-1`),
      ...(vector === undefined ? {} : { vector }),
    });
  });
  return writeOsvDump(path, records);
}

/** In nine of ten the version that is offered has the fix. */
function fixedIn(version: string, index: number): string | undefined {
  if (index % 20 === 3) return undefined;
  return index % 20 === 7 ? `${version}+deb12u9` : version;
}

function sourceOf({ name, version, text }: Listed): { readonly name: string; readonly version: string } {
  const [, source = name, own = version] = /^Source: (\S+)(?: \((\S+)\))?$/m.exec(text) ?? [];
  return { name: source, version: own };
}

function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}
