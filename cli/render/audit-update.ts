import type { AuditUpdateResult } from "../../app/audit-results.ts";
import type { Screen } from "./screen.ts";
import { dim, good, type Line, line, warn } from "./segments.ts";
import { ago, count, size } from "./words.ts";

/** What was fetched, and how new it is. */
export function updateScreen({ lists, folder }: AuditUpdateResult, screen: Screen): Line[] {
  const lines = lists.flatMap(({ ecosystem, outcome, records, unreadable, date, bytes, from }) => [
    line(
      good(outcome === "updated" ? "Updated" : "Unchanged"),
      ` ${ecosystem}: ${count(records, "record")} of ${date.slice(0, 10)} (${ago(date, screen.now)}), ${size(bytes)}`,
    ),
    ...(unreadable > 0
      ? [
          line(
            warn(`  ${count(unreadable, "record")} could not be read and ${unreadable === 1 ? "is" : "are"} left out`),
          ),
        ]
      : []),
    line(dim(`  from ${from}`)),
  ]);
  return [...lines, line(dim(`  in ${folder}`))];
}
