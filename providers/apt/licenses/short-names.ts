import spdxIds from "spdx-license-ids/index.json" with { type: "json" };

// From Debian's names of licenses to SPDX's. Source of the names: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
// ("Short name"), and what is common in the archive besides. Source of the ids: https://spdx.org/licenses/.

/** Names that neither SPDX nor a rule below knows, in lower case. */
const NAMES: Readonly<Record<string, string>> = {
  expat: "MIT",
  "mit/x11": "MIT",
  "mit-expat": "MIT",
  "mit/expat": "MIT",
  apache2: "Apache-2.0",
  "apache-license-2.0": "Apache-2.0",
  artistic: "Artistic-1.0-Perl",
  "artistic-1": "Artistic-1.0-Perl",
  "bsd-2": "BSD-2-Clause",
  "bsd-3": "BSD-3-Clause",
  "bsd-4": "BSD-4-Clause",
  "2-clause-bsd": "BSD-2-Clause",
  "3-clause-bsd": "BSD-3-Clause",
  boost: "BSL-1.0",
  "boost-1.0": "BSL-1.0",
  cc0: "CC0-1.0",
  "openldap-2.8": "OLDAP-2.8",
  "psf-2": "PSF-2.0",
  python: "Python-2.0",
  pd: "LicenseRef-Debian-public-domain",
  "public-domain": "LicenseRef-Debian-public-domain",
  publicdomain: "LicenseRef-Debian-public-domain",
};

const IDS: ReadonlyMap<string, string> = new Map(spdxIds.map((id) => [id.toLowerCase(), id]));

/** Families, with the version that stands for one without a version: any that was ever published. */
const GNU: Readonly<Record<string, string>> = { gpl: "1.0", lgpl: "2.0", agpl: "1.0" };
const GNU_NAME = /^(?:gnu-?)?(l|a)?gpl-?v?(\d+(?:\.\d+)?)?(\+|-or-later|-only)?$/;
const GFDL_NAME = /^gfdl(-niv|-no-invariants)?-?v?(\d+\.\d+)?(\+|-or-later|-only)?$/;

/** The id of one name, without `with`; `LicenseRef-Debian-NAME` where SPDX's list has none. */
export function spdxIdOf(name: string): string {
  const lower = name.toLowerCase().replaceAll(/[ _]+/g, "-");
  return NAMES[lower] ?? gnuId(lower) ?? listed(lower) ?? `LicenseRef-Debian-${slug(name)}`;
}

/** The id of a license of GNU: `LGPL-2.1-or-later` for `lgplv2.1+`. */
function gnuId(lower: string): string | undefined {
  const [, letter = "", version, suffix = ""] = GNU_NAME.exec(lower) ?? [];
  const family = GNU_NAME.test(lower) ? `${letter}gpl` : undefined;
  if (family === undefined) return gfdlId(lower);
  const number = version ?? GNU[family] ?? "";
  const later = version === undefined || suffix === "+" || suffix === "-or-later";
  return IDS.get(`${family}-${withMinor(number)}-${later ? "or-later" : "only"}`);
}

function gfdlId(lower: string): string | undefined {
  const [all, invariants, version = "1.1", suffix] = GFDL_NAME.exec(lower) ?? [];
  if (all === undefined) return undefined;
  const later = lower.includes(version) ? suffix === "+" || suffix === "-or-later" : true;
  return IDS.get(`gfdl-${version}${invariants === undefined ? "" : "-no-invariants"}-${later ? "or-later" : "only"}`);
}

/** Families of which Debian leaves out a `.0`. Of others one name may stand for two licenses: Debian's OPL-1 is not SPDX's OPL-1.0. */
const SHORT = /^(?:apache|mpl|cddl|epl|eupl|afl|osl|cpl|ecl|zpl|artistic|cc-by(?:-[a-z]+)*|cc0)-\d+$/;

/** An id of SPDX's list in any case, also one that is written without its `.0`, or with a `+` behind it. */
function listed(lower: string): string | undefined {
  const bare = lower.replace(/\+$/, "");
  const id = IDS.get(bare) ?? (SHORT.test(bare) ? IDS.get(`${bare}.0`) : undefined);
  return id === undefined ? undefined : `${id}${bare === lower ? "" : "+"}`;
}

function withMinor(version: string): string {
  return version.includes(".") ? version : `${version}.0`;
}

/** Letters, digits, dots and dashes (SPDX 2.3, annex D: idstring). */
function slug(name: string): string {
  const plain = name.replace(/\+$/, "-or-later").replaceAll(/[^A-Za-z0-9.]+/g, "-");
  return plain.replaceAll(/^-+|-+$/g, "") || "unstated";
}

/** By a word in their name: what Debian calls an exception, and its id; two where the version of the license decides. */
const EXCEPTIONS: readonly (readonly [RegExp, string, string?])[] = [
  [/autoconf/i, "Autoconf-exception-2.0", "Autoconf-exception-3.0"],
  [/bison/i, "Bison-exception-2.2"],
  [/libtool/i, "Libtool-exception"],
  [/linux-?syscall/i, "Linux-syscall-note"],
  [/llvm/i, "LLVM-exception"],
  [/gcc|runtime[- ]library/i, "GCC-exception-3.1"],
  [/classpath/i, "Classpath-exception-2.0"],
  [/font/i, "Font-exception-2.0"],
  [/texinfo/i, "Texinfo-exception"],
];

/** The id of an exception to a license; undefined where SPDX's list of exceptions has none that it must be. */
export function exceptionOf(name: string, license: string): string | undefined {
  const found = EXCEPTIONS.find(([pattern]) => pattern.test(name));
  return license.includes("GPL-3") ? (found?.[2] ?? found?.[1]) : found?.[1];
}
