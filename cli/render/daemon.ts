import type { HealthResult } from "../../daemon/health/health.ts";
import type { AcceptResult } from "../../daemon/source/accept.ts";
import type { LaidOut } from "../../daemon/source/contents.ts";
import type { FetchResult } from "../../daemon/source/fetch.ts";
import type { DaemonStatus } from "../../daemon/status.ts";
import type { SuspendResult } from "../../daemon/suspend.ts";
import type { Telling } from "../../daemon/tell.ts";
import { errorScreen, paragraphs } from "./error.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { ago, count, minute } from "./words.ts";

/** What the followed repository says, and whether it was believed. */
export function fetchScreen(result: FetchResult, screen: Screen): Line[] {
  const { newest } = result;
  const rows: readonly (readonly [string, string])[] = [
    ["commit", `${newest.commit.slice(0, 12)}  ${newest.subject}`],
    ["signed by", newest.by],
    ["first seen", `${minute(newest.time)} UTC, ${ago(newest.time, screen.now)}`],
    ...(result.from === undefined ? [] : [["sent by", `${result.from}, a teammate on this network`] as const]),
  ];
  const cells = rows.map(([name, value]): Cell[] => [dim(name), plain(value)]);
  return [
    line(strong(result.channel)),
    ...table(cells, { indent: 2, columns: screen.columns, flexible: [1] }),
    EMPTY,
    ...newsLines(result, screen),
    ...(result.laid?.rewritten === true ? laidScreen(result.laid, screen) : []),
    ...result.refused.flatMap(({ teammate, message }) =>
      paragraph(`what ${teammate} sent does not count. ${message}`, {
        lead: [warn("Refused"), plain(": ")],
        columns: screen.columns,
      }),
    ),
    ...(result.problem === undefined
      ? next(`omg plan --lock ${result.lock}`, screen)
      : errorScreen(result.problem, screen)),
  ];
}

/** Whether the files of a commit lay as it has them. */
export function laidScreen({ rewritten }: LaidOut, { columns }: Screen): Line[] {
  if (!rewritten) return [line(good("As the commit has them"), ": its files lie here.")];
  const text = "its files lay here and were not as the commit has them, which alone counts.";
  return paragraph(text, { lead: [warn("Written anew"), plain(": ")], columns });
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

const NAMES: Readonly<Record<Telling["about"], string>> = {
  omgd: "omgd",
  settings: "settings",
  repository: "repository",
  newest: "newest",
  commit: "commit",
  machine: "machine",
  drift: "drift",
  health: "health",
  windows: "windows",
  peers: "teammates",
  watches: "watches",
  suspension: "suspended",
};

/** As a log: the time, what it is about, what is so. */
export function tellingLines(tellings: readonly Telling[], screen: Screen, time: string): Line[] {
  return tellings.flatMap((each) => told(each, [dim(`${time.slice(0, 19).replace("T", " ")}  `)], screen));
}

function told({ about, tone, text, problem }: Telling, before: Line, { columns }: Screen): Line[] {
  const lead = [...before, { text: NAMES[about].padEnd(12), tone: tone === "good" ? "dim" : tone }] as const;
  const indent = plain(" ".repeat(lead.reduce((sum, segment) => sum + segment.text.length, 0)));
  return [
    ...paragraph(text, { lead, tone: tone === "dim" ? "dim" : "plain", columns }),
    ...(problem === undefined ? [] : problemLines(problem, indent, columns)),
  ];
}

function problemLines(
  { message, details, hint }: NonNullable<Telling["problem"]>,
  indent: Line[number],
  columns: number,
): Line[] {
  return [
    ...[message, ...details].flatMap((text) => paragraphs(text, [indent], columns)),
    ...(hint === undefined ? [] : paragraph(hint, { lead: [indent, dim("Next: ")], columns })),
  ];
}

const DOING: Readonly<Record<string, string>> = {
  waiting: "waits for something to happen",
  queueing: "waits until an omg team pull has read what it pulls",
  fetching: "asks the repository",
  checking: "looks at this machine",
  applying: "applies",
};

/** What omgd does, follows and knows. */
export function daemonStatusScreen({ running, pid, state, tellings, lock }: DaemonStatus, screen: Screen): Line[] {
  if (state === undefined)
    return [line(warn("omgd does not run"), ", and has not run here."), ...next("omg daemon run", screen)];
  const since = `since ${minute(state.started)} UTC (pid ${pid})`;
  const head = running
    ? paragraph(`, and ${DOING[state.doing] ?? state.doing}, ${since}`, {
        lead: [good("omgd runs")],
        columns: screen.columns,
      })
    : [line(warn("omgd does not run"), dim(`; what it knew ${ago(state.beat, screen.now)}:`))];
  return [
    ...head,
    ...tellings.flatMap((each) => told(each, [plain("  ")], screen)),
    EMPTY,
    ...next(running ? `omg check --lock ${lock}` : "omg daemon run", screen),
  ];
}

/** What each check says of the machine. */
export function healthScreen({ checks }: HealthResult, { columns }: Screen): Line[] {
  if (checks.length === 0) return [line(dim("The lock names no health checks."))];
  const cells = checks.map(({ name, healthy, why = "" }): Cell[] => [
    plain(name),
    healthy ? good("healthy") : bad("unhealthy"),
    plain(why),
  ]);
  return table(cells, { indent: 0, columns, flexible: [2] });
}

export function suspendScreen({ suspended, suspension, pid }: SuspendResult, { columns }: Screen): Line[] {
  const omgd = pid === undefined ? "No omgd runs." : `omgd (pid ${pid}) knows.`;
  if (suspended)
    return paragraph(`: omgd applies nothing until \`omg daemon resume\`. ${omgd}`, {
      lead: [warn("Suspended")],
      columns,
    });
  const before = suspension === undefined ? "nothing was suspended" : `it had been suspended by ${suspension.by}`;
  return paragraph(`: ${before}. ${omgd}`, { lead: [good("Resumed")], columns });
}
