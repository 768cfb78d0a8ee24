import { join } from "node:path";
import spdxIds from "spdx-license-ids/index.json" with { type: "json" };
import { alpmInfoValues, readAlpmInfo } from "../../host/alpm-info.ts";
import { readIfPresent } from "../../host/files.ts";
import { leavesOf, parseSpdx } from "../../host/spdx-expression.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import type { LicenseFinding } from "../../schema/model/license.ts";
import { parseDesc } from "./desc.ts";
import type { LocalDatabase } from "./machine/local.ts";

/** Names that Arch's packages had before they took SPDX's (wiki.archlinux.org, "PKGBUILD", license), in lower case. */
const NAMES: Readonly<Record<string, string>> = {
  agpl: "AGPL-3.0-only",
  agpl3: "AGPL-3.0-only",
  apache: "Apache-2.0",
  apache2: "Apache-2.0",
  bsd: "BSD-3-Clause",
  boost: "BSL-1.0",
  gpl: "GPL-1.0-or-later",
  gpl2: "GPL-2.0-only",
  gpl3: "GPL-3.0-only",
  lgpl: "LGPL-2.0-or-later",
  "lgpl2.1": "LGPL-2.1-only",
  lgpl3: "LGPL-3.0-only",
  mpl: "MPL-1.1",
  mpl2: "MPL-2.0",
  psf: "PSF-2.0",
};

const IDS = new Set<string>(spdxIds);

/** Licenses of installed packages, as they say themselves; by name. System errors pass. */
export function licensesOfInstalled(
  database: string,
  { packages }: LocalDatabase,
  names: readonly string[],
): ReadonlyMap<string, LicenseFinding> {
  const found = new Map<string, LicenseFinding>();
  for (const name of names) {
    const known = packages.get(name);
    if (known === undefined) continue;
    const text = readIfPresent(join(database, "local", known.folder, "desc"))?.toString("utf8") ?? "";
    found.set(name, findingOf(parseDesc(text).get("LICENSE") ?? [], `${name}'s own description`));
  }
  return found;
}

/** Licenses of artifacts, from their own bytes, which somebody signed; undefined for those that are not here yet. */
export async function licensesOfArtifacts(
  artifacts: readonly Artifact[],
  pathOf: (sha256: string) => string | undefined,
): Promise<readonly (LicenseFinding | undefined)[]> {
  const found: (LicenseFinding | undefined)[] = [];
  for (const { name, sha256 } of artifacts) {
    const path = pathOf(sha256);
    const info = path === undefined ? undefined : await readAlpmInfo(path);
    if (info === undefined) found.push(undefined);
    else if ("reason" in info) found.push({ basis: "unknown", detail: `${name} could not be read: ${info.reason}.` });
    else found.push(findingOf(alpmInfoValues(info.text, "license"), `${name}'s .PKGINFO`));
  }
  return found;
}

/** Several values are terms that all hold. Pure. */
export function findingOf(values: readonly string[], where: string): LicenseFinding {
  const expressions = values.filter((value) => value.trim() !== "").map(expressionOf);
  if (expressions.length === 0) return { basis: "unknown", detail: `No license stands in ${where}.` };
  const all = expressions.map((one) => (expressions.length > 1 && / OR /.test(one) ? `(${one})` : one));
  return { expression: [...new Set(all)].join(" AND "), basis: "stated", detail: `Read in ${where}.` };
}

/** A name that SPDX does not have becomes `LicenseRef-Arch-NAME`. */
function expressionOf(value: string): string {
  const lower = value.toLowerCase();
  const known = Object.hasOwn(NAMES, lower) ? NAMES[lower] : undefined;
  if (known !== undefined) return known;
  const parsed = parseSpdx(value);
  const isKnown = parsed !== undefined && leavesOf(parsed).every(({ license }) => isListed(license));
  return isKnown
    ? value.trim()
    : `LicenseRef-Arch-${value.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replaceAll(/^-+|-+$/g, "") || "unnamed"}`;
}

function isListed(license: string): boolean {
  return IDS.has(license.replace(/\+$/, "")) || license.startsWith("LicenseRef-");
}
