import type { CaptureResult } from "../../app/results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next, notesBlock } from "./sections.ts";
import { dim, EMPTY, good, type Line, line, strong } from "./segments.ts";
import { count } from "./words.ts";

const FEW = 5;

/** What `omg env capture` wrote, and what it could not know. */
export function captureScreen(result: CaptureResult, screen: Screen): Line[] {
  return [
    line(result.written ? good("Captured") : strong("Not written"), ` · ${result.path} · ${result.platform}`),
    line(`  ${count(result.requests, "request")}, ${count(result.pins, "pin")}, ${count(result.sources, "source")}`),
    ...withoutHash(result, screen),
    ...notesBlock(result.notes, screen),
    EMPTY,
    ...next(nextStep(result), screen),
  ];
}

function withoutHash(result: CaptureResult, screen: Screen): Line[] {
  const names = result.withoutHash;
  if (names.length === 0) return [];
  const shown = screen.verbose ? names : names.slice(0, FEW);
  const rest = names.length - shown.length;
  return paragraph(
    `${count(names.length, "pin")} without a hash, because no configured source lists that version any more: ${shown.join(", ")}${rest > 0 ? `, and ${rest} more (-v shows all)` : ""}`,
    { lead: [dim("  ")], columns: screen.columns },
  );
}

function nextStep(result: CaptureResult): string {
  if (!result.written) return "nothing was changed on the disk";
  if (result.adopted) return "omg check; what was captured is omg's to remove once it leaves the lock";
  return "omg check; what was captured stays yours: `omg adopt` lets omg remove what leaves the lock";
}
