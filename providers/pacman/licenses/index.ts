import type { Artifact } from "../../../schema/model/artifact.ts";
import type { LicenseFinding } from "../../../schema/model/license.ts";
import type { LocalPackage } from "../machine/local.ts";
import { describedFile } from "../sync/package-file.ts";
import type { StatedPackage } from "../sync/pkginfo.ts";
import { spdxOf } from "./names.ts";

/** The licenses of installed packages, as pacman's database states them. Pure. */
export function licensesOfInstalled(
  packages: ReadonlyMap<string, LocalPackage>,
  names: readonly string[],
): ReadonlyMap<string, LicenseFinding> {
  return new Map(names.map((name) => [name, findingOf(name, packages.get(name)?.licenses ?? [])]));
}

/** The licenses that artifacts state themselves, in what their signature covers; undefined for those that are not here yet. */
export async function licensesOfArtifacts(
  artifacts: readonly Artifact[],
  pathOf: (sha256: string) => string | undefined,
): Promise<readonly (LicenseFinding | undefined)[]> {
  const found: (LicenseFinding | undefined)[] = [];
  // One after the other: unpacking keeps a processor busy.
  for (const { name, sha256, filename } of artifacts) {
    const path = pathOf(sha256);
    found.push(path === undefined ? undefined : ofFile(name, await describedFile(path, { filename })));
  }
  return found;
}

function ofFile(name: string, stated: StatedPackage | undefined): LicenseFinding {
  if (stated === undefined)
    return { basis: "unknown", detail: `What the file of ${name} says of itself cannot be read.` };
  return findingOf(name, stated.licenses);
}

/** All that is named has to be kept to: pacman has no word for a choice outside of an expression. */
function findingOf(name: string, values: readonly string[]): LicenseFinding {
  if (values.length === 0) return { basis: "unknown", detail: `${name} states no license.` };
  const expressions = values.map(spdxOf);
  const told = [...new Set(expressions.flatMap((each) => each ?? []))];
  const list = values.join(", ");
  if (told.length === 0 || expressions.includes(undefined))
    return { basis: "unknown", detail: `${name} states a license of its own (${list}), and its text is not read.` };
  const [only = ""] = told;
  const expression = told.length === 1 ? only.replace(/^\((.*)\)$/, "$1") : told.join(" AND ");
  return { basis: "stated", expression, detail: `${name} states ${list}.` };
}
