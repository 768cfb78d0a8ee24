import type { ExplicitResult, OrphansResult, OutdatedResult } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import { prose } from "./prose.ts";
import type { Screen } from "./screen.ts";
import { bad, dim, good, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count, size } from "./words.ts";

/** What has a newer version, and what stands in its way. */
export function outdatedScreen({ packages }: OutdatedResult, screen: Screen): Line[] {
  if (packages.length === 0) return [line(good("Nothing is outdated"), ", by the package lists that are on the disk.")];
  // Mostly the pin is what is installed: said once, versions have room to be read.
  const pins = packages.some(({ pinned, installed }) => pinned !== undefined && pinned !== installed);
  const header = ["PACKAGE", "INSTALLED", "CANDIDATE", "SOURCE", ...(pins ? ["PINNED"] : []), ""].map(dim);
  const rows = packages.map((each): Cell[] => [
    strong(each.name),
    plain(each.installed),
    plain(each.candidate),
    plain(each.source),
    ...(pins ? [plain(each.pinned ?? "")] : []),
    each.security || each.fixes !== undefined ? bad(words(each)) : warn(words(each)),
  ]);
  return [
    ...table([header, ...rows], { indent: 0, columns: screen.columns, flexible: header.map((_, index) => index) }),
    ...total(count(packages.length, "package"), screen),
  ];
}

function words({ security, held, ahead, fixes = [] }: OutdatedResult["packages"][number]): string {
  const [worst, ...others] = fixes;
  const fixing = worst === undefined ? "" : `fixes ${worst}${others.length > 0 ? ` and ${others.length} more` : ""}`;
  return [security ? "security" : "", fixing, held ? "held" : "", ahead ? "newer than pinned" : ""]
    .filter((word) => word !== "")
    .join(", ");
}

/** What somebody asked for by name; the lock's own are marked. */
export function explicitScreen({ packages, lock }: ExplicitResult, screen: Screen): Line[] {
  const rows = packages.map((each): Cell[] => [
    strong(each.name),
    plain(each.version),
    each.inLock ? good("in the lock") : dim(lock === undefined ? "" : "not in the lock"),
  ]);
  const named = packages.filter(({ inLock }) => inLock).length;
  const of = lock === undefined ? "" : `, ${named} of them in ${lock}`;
  return [
    ...table(rows, { indent: 0, columns: screen.columns, flexible: [0, 1] }),
    ...total(`${count(packages.length, "package")}${of}`, screen),
  ];
}

/** What came along and is needed by nothing any more. */
export function orphansScreen({ packages, bytes }: OrphansResult, screen: Screen): Line[] {
  if (packages.length === 0) return [line(good("No orphans"), ": all that came along is needed.")];
  const rows = packages.map((each): Cell[] => [
    strong(each.name),
    plain(each.version),
    plain(each.size === undefined ? "" : size(each.size)),
    prose(each.summary, "dim"),
  ]);
  return [
    ...table(rows, { indent: 0, columns: screen.columns, flexible: [3] }),
    ...total(`${count(packages.length, "package")}, ${size(bytes)}`, screen),
  ];
}

/** The last line of a list. Not into a pipe, where it would pass for a package. */
function total(text: string, screen: Screen): Line[] {
  if (screen.columns === Number.POSITIVE_INFINITY) return [];
  return paragraph(text, { lead: [], tone: "dim", columns: screen.columns });
}
