import type { AdoptResult } from "../../app/results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { dim, good, type Line, line, plain } from "./segments.ts";
import { count } from "./words.ts";

const FEW = 10;

/** What is omg's to remove from now on. */
export function adoptScreen(result: AdoptResult, screen: Screen): Line[] {
  const lines = [
    ...named(result.adopted, "Adopted", "good", screen),
    ...named(result.already, "Owned already", "plain", screen),
  ];
  return lines.length > 0
    ? [...lines, line(dim("Once it leaves the lock, omg removes what it owns."))]
    : [line(good("Nothing to do"), ": the lock names nothing that is installed and not owned.")];
}

function named(names: readonly string[], what: string, tone: "good" | "plain", screen: Screen): Line[] {
  if (names.length === 0) return [];
  const shown = screen.verbose ? names : names.slice(0, FEW);
  const rest = names.length - shown.length;
  const text = `${shown.join(", ")}${rest > 0 ? `, and ${rest} more (-v shows all)` : ""}`;
  return [
    line({ text: `${what} `, tone }, plain(`(${count(names.length, "resource")})`)),
    ...paragraph(text, { lead: [plain("  ")], columns: screen.columns }),
  ];
}
