import type { TrustResult } from "../../app/commands/audit-trust.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { dim, good, type Line, line, type Tone, warn } from "./segments.ts";
import { count } from "./words.ts";

const DAY_MS = 86_400_000;

/** Where the trust root came from, and of when it is. */
export function trustScreen(result: TrustResult, screen: Screen): Line[] {
  const { origin, path, sha256, version, address, refreshed } = result;
  const rows: (readonly [name: string, value: string, tone?: Tone])[] = [
    ["from", ORIGINS[origin]],
    ["file", path ?? ""],
    ["SHA-256", sha256],
    ["age", ageOf(result, screen)],
    ["renewal", renewalOf(result, screen), isOverdue(result, screen) ? "warn" : "plain"],
    ["TUF root", version === undefined ? "" : `version ${version}`],
    ["refreshes", address],
  ];
  return [
    ...rows
      .filter(([, value]) => value !== "")
      .flatMap(([name, value, tone = "plain"]) =>
        paragraph(value, { lead: [dim(`${name.padEnd(9)}  `)], tone, columns: screen.columns }),
      ),
    ...(refreshed ? [line(good("Refreshed."))] : []),
    ...(isOverdue(result, screen) && !refreshed
      ? [line(warn("Bring it up to date: "), "omg audit trust --refresh")]
      : []),
  ];
}

const ORIGINS: Readonly<Record<TrustResult["origin"], string>> = {
  given: "a file of this machine's own, which counts alone",
  refreshed: "a refresh by TUF, verified again just now",
  shipped: "this omg, which came with it",
};

function ageOf({ time }: TrustResult, { now }: Screen): string {
  if (time === undefined) return "";
  const days = Math.floor((now.getTime() - Date.parse(time)) / DAY_MS);
  return days <= 0 ? "of today" : count(days, "day");
}

/** An expired one still counts offline, and is worth a word. */
function renewalOf(result: TrustResult, screen: Screen): string {
  const { expires } = result;
  if (expires === undefined) return "";
  const date = expires.slice(0, 10);
  return isOverdue(result, screen) ? `was due by ${date}` : `due by ${date}`;
}

function isOverdue({ expires }: TrustResult, { now }: Screen): boolean {
  return expires !== undefined && Date.parse(expires) < now.getTime();
}
