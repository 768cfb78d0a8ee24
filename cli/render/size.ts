import type { SizeResult } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { dim, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count, size } from "./words.ts";

/** The largest first, with what the removal of each would free. */
export function sizeScreen(result: SizeResult, screen: Screen): Line[] {
  const header = ["SIZE", "FREES", "PACKAGE", ""].map(dim);
  const rows = result.packages.map(rowOf);
  const lines = table([header, ...rows], { indent: 0, columns: screen.columns, flexible: [2, 3] });
  const shown = screen.verbose
    ? lines.flatMap((each, index) => [each, ...alsoRemoved(result.packages[index - 1]?.alsoRemoved ?? [], screen)])
    : lines;
  const rest = result.count - result.packages.length;
  const hidden = rest > 0 ? `; ${count(rest, "smaller one")} not shown` : "";
  const sum = `${count(result.count, "package")}, ${size(result.bytes)}${hidden}`;
  return [...shown, ...(screen.columns === Number.POSITIVE_INFINITY ? [] : [line(dim(sum))])];
}

function rowOf(each: SizeResult["packages"][number]): Cell[] {
  const others = each.alsoRemoved.length;
  return [
    plain((each.size === undefined ? "unknown" : size(each.size)).padStart(7)),
    plain((each.frees === undefined ? "" : size(each.frees)).padStart(7)),
    strong(each.name),
    each.refused === undefined ? dim(others === 0 ? "" : `with ${count(others, "other")}`) : warn(each.refused),
  ];
}

function alsoRemoved(names: readonly string[], screen: Screen): Line[] {
  if (names.length === 0) return [];
  return paragraph(names.join(", "), { lead: [plain("          ")], tone: "dim", columns: screen.columns });
}
