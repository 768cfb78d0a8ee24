import type { StatusResult } from "../../app/results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { dim, type Line, line, plain, type Tone } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { ago, minute } from "./words.ts";

const TONES: Readonly<Record<StatusResult["state"], Tone>> = {
  unknown: "warn",
  "in sync": "good",
  drifted: "warn",
  applying: "warn",
  failed: "bad",
  held: "warn",
};

const FAULTS: Readonly<Record<NonNullable<StatusResult["fault"]>, string>> = {
  absent: "nothing was published yet",
  untrusted: "what lies there is not a file of root's or yours that only its owner can change",
  malformed: "what lies there is damaged, or of another version of omg",
};

/** The published status, as prompts and bars see it. */
export function statusScreen(result: StatusResult, screen: Screen): Line[] {
  const lead = line({ text: result.state, tone: TONES[result.state] }, dim(" · "));
  const state = paragraph(stateFacts(result, screen), { lead, tone: "dim", columns: screen.columns });
  if (result.time === undefined)
    return [...state, ...next("omg check reads the machine and publishes a status", screen)];
  return [
    ...state,
    ...table(countRows(result), { indent: 2, columns: screen.columns, flexible: [2] }),
    line(dim(`  ${result.path}`)),
  ];
}

function stateFacts(result: StatusResult, screen: Screen): string {
  if (result.time === undefined) return FAULTS[result.fault ?? "absent"];
  const generation = result.generation > 0 ? `generation ${result.generation} · ` : "";
  return `${generation}${minute(result.time)} UTC, ${ago(result.time, screen.now)}`;
}

function countRows(result: StatusResult): Cell[][] {
  const rows: readonly (readonly [string, number | undefined, string])[] = [
    ["installed", result.total, ""],
    ["asked for", result.explicit, ""],
    ["orphans", result.orphans, "needed by nothing any more"],
    ["updates", result.updates, "by the indexes on the disk"],
    ["drift", result.drift, "away from the lock or the last apply"],
    ["vulnerabilities", result.vulnerabilities, "known, in what is installed"],
  ];
  return rows.map(([name, n, meaning]) => [plain(name), amount(n), dim(meaning)]);
}

/** Missing is not zero. */
function amount(n: number | undefined): Cell {
  return n === undefined ? { text: "not counted", tone: "warn" } : plain(String(n).padStart(6));
}
