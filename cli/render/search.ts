import type { SearchResult } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import { prose } from "./prose.ts";
import type { Screen } from "./screen.ts";
import { good, type Line, plain, strong } from "./segments.ts";
import { type Cell, table } from "./table.ts";

/** What was found, the best first, or what may have been meant. */
export function searchScreen(result: SearchResult, screen: Screen): Line[] {
  if (result.total === 0) return nothing(result, screen);
  const rows = result.hits.map((hit): Cell[] => [
    strong(hit.name),
    plain(hit.version),
    plain(hit.source),
    good(state(hit)),
    prose(hit.summary, "dim"),
  ]);
  return [...table(rows, { indent: 0, columns: screen.columns, flexible: [0, 1, 4] }), ...rest(result, screen)];
}

function state({ installed, version }: SearchResult["hits"][number]): string {
  if (installed === undefined) return "";
  return installed === version ? "installed" : `installed: ${installed}`;
}

/** Not into a pipe, where it would pass for a package. */
function rest({ hits, total }: SearchResult, screen: Screen): Line[] {
  if (hits.length >= total || screen.columns === Number.POSITIVE_INFINITY) return [];
  return paragraph(`${hits.length} of ${total}; --limit ${total} shows them all`, {
    lead: [],
    tone: "dim",
    columns: screen.columns,
  });
}

function nothing({ terms, nearest }: SearchResult, screen: Screen): Line[] {
  const meant = nearest.length === 0 ? "" : ` Did you mean ${nearest.join(", ")}?`;
  return paragraph(`Nothing fits ${terms.map((term) => JSON.stringify(term)).join(" and ")}.${meant}`, {
    lead: [],
    columns: screen.columns,
  });
}
