import type { AcceptResult } from "../../daemon/source/accept.ts";
import type { FetchResult } from "../../daemon/source/fetch.ts";
import { errorScreen } from "./error.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { dim, EMPTY, good, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { ago, count, minute } from "./words.ts";

/** What the followed repository says, and whether it was believed. */
export function fetchScreen(result: FetchResult, screen: Screen): Line[] {
  const { newest } = result;
  const rows: readonly (readonly [string, string])[] = [
    ["commit", `${newest.commit.slice(0, 12)}  ${newest.subject}`],
    ["signed by", newest.by],
    ["first seen", `${minute(newest.time)} UTC, ${ago(newest.time, screen.now)}`],
  ];
  const cells = rows.map(([name, value]): Cell[] => [dim(name), plain(value)]);
  return [
    line(strong(result.channel)),
    ...table(cells, { indent: 2, columns: screen.columns, flexible: [1] }),
    EMPTY,
    ...newsLines(result, screen),
    ...(result.problem === undefined
      ? next(`omg plan --lock ${result.lock}`, screen)
      : errorScreen(result.problem, screen)),
  ];
}

function newsLines({ news, verified }: FetchResult, { columns }: Screen): Line[] {
  if (news === "same") return [line(good("Nothing new"), ".")];
  if (news === "newer") return [line(good("Newer"), `: ${count(verified, "commit")} verified.`)];
  const text = "nothing of it was believed here before, so its own signature is all that vouches for it.";
  return paragraph(text, { lead: [warn("First seen"), plain(": ")], columns });
}

/** What somebody is asked to believe. */
export function acceptQuestion({ commit, before }: Pick<AcceptResult, "commit" | "before">, screen: Screen): Line[] {
  const known =
    before === undefined
      ? "Nothing of this repository was believed here before."
      : `Believed until now: ${before.commit}, signed by ${before.by}, first seen ${minute(before.time)} UTC.`;
  return [
    ...paragraph(`${commit} counts then without its signature or its history being looked at.`, {
      lead: [warn("Commit ")],
      columns: screen.columns,
    }),
    ...paragraph(known, { lead: [], columns: screen.columns }),
  ];
}

export function acceptScreen({ outcome, commit }: AcceptResult, screen: Screen): Line[] {
  if (outcome === "declined") return [line(warn("Declined"), ": what was believed before counts on.")];
  return [line(good("Believed"), `: ${commit}, from now on.`), ...next("omg daemon fetch", screen)];
}
