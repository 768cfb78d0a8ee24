import type {
  PolicyAcceptResult,
  PolicyCheckResult,
  PolicyShowResult,
  PolicyTestCase,
  PolicyTestResult,
  WaiverUse,
} from "../../app/policy-results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { block, next, toleratedBlocks, violationsBlock } from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count, minute } from "./words.ts";

/** Every rule with its place. */
export function policyShowScreen(result: PolicyShowResult, screen: Screen): Line[] {
  const files = result.files.map(({ role, path, there }) =>
    line(strong(role.padEnd(10)), "  ", path, there ? "" : dim("  not there")),
  );
  // Files have been named above; a column has no room for paths.
  const shortOf = (file: string) =>
    result.files.reduce(
      (short, { role, path }) => (short.startsWith(path) ? role + short.slice(path.length) : short),
      file,
    );
  const rules = result.rules.map(({ rule, value, mode, file, line: at, outdone }): Cell[] => [
    outdone ? dim(rule) : plain(rule),
    outdone ? dim(value) : plain(value),
    outdone ? dim("outdone") : mode === "warn" ? warn("warns") : plain(""),
    dim(placeOf(shortOf(file), at)),
  ]);
  return [
    ...files,
    ...block("Rules", table(rules, { indent: 2, columns: screen.columns, flexible: [1] })),
    ...waiversBlock("Waivers", result.waivers, screen),
    ...(result.loosenings.length === 0
      ? []
      : looseningsBlock(result.files.find(({ role }) => role === "repository")?.path ?? "", result.loosenings, screen)),
    ...(result.rules.length > 0
      ? []
      : [EMPTY, line("No rules: what is built in counts, and nothing else is demanded.")]),
    ...(result.loosenings.length > 0 ? [EMPTY, ...next("omg policy accept", screen)] : []),
  ];
}

/** What the policy says of a plan, and what that proves. */
export function policyCheckScreen(result: PolicyCheckResult, screen: Screen): Line[] {
  const { about, verdict, judged, policies } = result;
  const unneeded = result.waivers.filter(({ state }) => state !== "used");
  return [
    line(strong(about.name), dim(` · ${about.platform} · planned ${minute(about.time)}`)),
    ...paragraph(policies.length === 0 ? "what is built in" : policies.join(", "), {
      lead: [dim("By ")],
      columns: screen.columns,
    }),
    ...toleratedBlocks(verdict, screen),
    ...violationsBlock(verdict, screen),
    ...waiversBlock("Waivers that nothing here needed", unneeded, screen),
    EMPTY,
    checkSummary(result),
    ...paragraph(
      judged === "saved"
        ? "The evidence is what the plan file says of itself: judged, and not verified. `omg apply` verifies."
        : "The evidence is what is known before the bytes are here: `omg apply` verifies those as well.",
      { lead: [], tone: "dim", columns: screen.columns },
    ),
  ];
}

function checkSummary({ verdict, steps }: PolicyCheckResult): Line {
  const { violations, warnings, waived } = verdict;
  if (violations.length > 0) return line(bad(`Refused: ${count(violations.length, "violation")}.`));
  const more = [
    warnings.length > 0 ? count(warnings.length, "warning") : "",
    waived.length > 0 ? `${waived.length} waived` : "",
  ].filter((part) => part !== "");
  return line(good("Allowed"), `: ${[count(steps, "change"), ...more].join(", ")}.`);
}

/** Which cases came out as they should. */
export function policyTestScreen(result: PolicyTestResult, screen: Screen): Line[] {
  const shown = result.cases.filter(({ passed }) => screen.verbose || !passed);
  const passed = result.cases.length - result.failed;
  const summary = `${passed} of ${count(result.cases.length, "case")} as expected`;
  return [
    ...shown.flatMap((one) => caseLines(one, result.path, screen)),
    ...(shown.length > 0 ? [EMPTY] : []),
    line(
      result.failed > 0 ? bad(`${result.failed} failed`) : good("Good"),
      `: ${summary}, by `,
      dim(result.policy),
      ".",
    ),
  ];
}

function caseLines(one: PolicyTestCase, path: string, screen: Screen): Line[] {
  const lead = [one.passed ? good("  ok    ") : bad("  FAIL  ")];
  return [
    ...paragraph(one.name, { lead, tone: "strong", columns: screen.columns }),
    ...one.reasons.flatMap((reason) => paragraph(reason, { lead: [plain("        ")], columns: screen.columns })),
    ...(one.passed ? [] : [line(dim(`        ${placeOf(path, one.line)}`))]),
  ];
}

export function policyAcceptScreen({ path, outcome }: PolicyAcceptResult, screen: Screen): Line[] {
  switch (outcome) {
    case "nothing":
      return paragraph(`${path} asks for no less than when it was last applied here.`, {
        lead: [good("Nothing to accept: ")],
        columns: screen.columns,
      });
    case "declined":
      return [line("Not accepted. ", dim("Now: "), "what it asked for before counts on.")];
    case "accepted":
      return paragraph(`from now on ${path} counts here as it is.`, {
        lead: [good("Accepted: ")],
        columns: screen.columns,
      });
  }
}

/** In what a policy asks for less than when it was last applied. */
export function looseningsBlock(path: string, loosenings: PolicyAcceptResult["loosenings"], screen: Screen): Line[] {
  return [
    EMPTY,
    ...paragraph(`${path} asks for less than when it was last applied here:`, {
      lead: [],
      tone: "strong",
      columns: screen.columns,
    }),
    ...table(
      loosenings.map(({ rule, before, now, beforeLine, nowLine }): Cell[] => [
        warn("~"),
        strong(rule),
        plain(`${before === "" ? "none" : before} -> ${now === "" ? "none" : now}`),
        dim(nowLine === undefined ? `was in line ${beforeLine ?? "?"}` : `line ${nowLine}`),
      ]),
      { indent: 2, columns: screen.columns, flexible: [2] },
    ),
  ];
}

function waiversBlock(title: string, waivers: readonly WaiverUse[], screen: Screen): Line[] {
  return block(
    title,
    waivers.flatMap((waiver) => {
      const { rule, package: name, id, reason, owner, expires, file, line: at, state } = waiver;
      const about = `${rule} of ${name}${id === undefined ? "" : ` (${id})`}`;
      const end = state === "expired" ? bad(`ended with ${expires}`) : plain(`until ${expires}`);
      return [
        line(warn("  ~ "), strong(about), ", ", end),
        ...paragraph(`${owner} (${placeOf(file, at)}): ${reason}`, {
          lead: [plain("    ")],
          tone: "dim",
          columns: screen.columns,
        }),
      ];
    }),
  );
}

function placeOf(file: string, at: number | undefined): string {
  return at === undefined ? file : `${file}:${at}`;
}
