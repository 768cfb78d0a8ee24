import spdxIds from "spdx-license-ids/index.json" with { type: "json" };
import { parseSpdx } from "../../../host/spdx-expression.ts";

const IDS: ReadonlyMap<string, string> = new Map(spdxIds.map((id) => [id.toLowerCase(), id]));

/**
 * Names of before Arch went over to SPDX (Arch RFC 16), in lower case, with what Arch's guidelines said that they mean: GPL2 is
 * version 2 alone, and GPL3 also what comes after it.
 */
const OLD: Readonly<Record<string, string>> = {
  agpl: "AGPL-3.0-or-later",
  agpl3: "AGPL-3.0-or-later",
  apache: "Apache-2.0",
  apache2: "Apache-2.0",
  "artistic2.0": "Artistic-2.0",
  boost: "BSL-1.0",
  cddl: "CDDL-1.0",
  cpl: "CPL-1.0",
  epl: "EPL-1.0",
  fdl: "GFDL-1.2-or-later",
  "fdl1.2": "GFDL-1.2-only",
  "fdl1.3": "GFDL-1.3-or-later",
  gpl: "GPL-2.0-or-later",
  gpl2: "GPL-2.0-only",
  gpl3: "GPL-3.0-or-later",
  lgpl: "LGPL-2.1-or-later",
  lgpl2: "LGPL-2.0-only",
  "lgpl2.1": "LGPL-2.1-only",
  lgpl3: "LGPL-3.0-or-later",
  lppl: "LPPL-1.3c",
  mpl: "MPL-1.0",
  mpl2: "MPL-2.0",
  perlartistic: "Artistic-1.0-Perl",
  php: "PHP-3.01",
  psf: "PSF-2.0",
  ruby: "Ruby",
  w3c: "W3C",
  zlib: "Zlib",
  zpl: "ZPL-2.1",
};

/** An expression of SPDX for one value of a package's `license`; undefined for one that says only that the license is its own. Pure. */
export function spdxOf(value: string): string | undefined {
  const name = value.trim();
  const known = OLD[name.toLowerCase()] ?? IDS.get(name.toLowerCase());
  if (known !== undefined) return known;
  if (/^custom:?$/i.test(name) || name === "") return undefined;
  // An expression (`MIT OR Apache-2.0`), or a name that SPDX's list does not have, as RFC 16 wants it: `LicenseRef-…`.
  if (/\s|^LicenseRef-/.test(name) && parseSpdx(name) !== undefined) return name.includes(" ") ? `(${name})` : name;
  return `LicenseRef-Arch-${slug(name.replace(/^custom:\s*/i, ""))}`;
}

/** Letters, digits, dots and dashes (SPDX 2.3, annex D: idstring). */
function slug(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.]+/g, "-").replaceAll(/^-+|-+$/g, "") || "unstated";
}
