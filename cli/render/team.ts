import type { TeamInitResult } from "../../app/team/init.ts";
import type { JoinResult, JoinView } from "../../daemon/team/join.ts";
import { paragraph } from "./paragraph.ts";
import { countsLine, planBody } from "./plan.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { dim, EMPTY, good, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count, minute } from "./words.ts";

/** What becomes of a repository that a team begins with. */
export function teamInitQuestion({ team, folder, fingerprint, key, files, kept }: TeamInitResult): Line[] {
  const rows = [
    ["signed by", `${key.owner}, who gets every role`],
    ["with key", key.fingerprint],
    ["fingerprint", fingerprint],
  ];
  return [
    line(strong(`Team ${team}`), dim(` in ${folder}`)),
    ...table(
      rows.map(([name = "", value = ""]): Cell[] => [dim(name), plain(value)]),
      { indent: 2, columns: Number.POSITIVE_INFINITY, flexible: [] },
    ),
    ...files.map((file) => line(plain("  + "), plain(file))),
    ...kept.map((file) => line(dim(`    ${file} stays as it is`))),
  ];
}

export function teamInitScreen(result: TeamInitResult, screen: Screen): Line[] {
  if (result.outcome === "declined") return [line(warn("Declined"), ": nothing was written.")];
  return [
    ...teamInitQuestion(result),
    EMPTY,
    ...paragraph(
      ": look at these files, commit them with a signature, and push. Others join with that fingerprint, which they get from you and not from the server.",
      {
        lead: [good("Written")],
        columns: screen.columns,
      },
    ),
    ...next("git add --all && git commit -S && git push, then omg team join", screen),
  ];
}

/** Who vouches, and what would be changed. */
export function joinQuestion(view: JoinView, screen: Screen): Line[] {
  const { plan, file, lines } = view;
  return [
    ...vouchingLines(view, screen),
    EMPTY,
    ...planBody(plan, screen),
    EMPTY,
    ...countsLine(plan, screen),
    ...(lines.length === 0
      ? []
      : [line(dim(`${file} gets, under [daemon]:`)), ...lines.map((each) => line(`  ${each}`))]),
  ];
}

function vouchingLines(
  {
    team,
    channel,
    commit,
    subject,
    by,
    verified,
    version,
    expires,
    threshold,
    keys,
  }: Omit<JoinView, "plan" | "file" | "lines">,
  { columns }: Screen,
): Line[] {
  const until = expires === undefined ? "" : `, until ${minute(expires)} UTC`;
  const rows: readonly (readonly [string, string])[] = [
    ["commit", `${commit.slice(0, 12)}  ${subject}`],
    ["signed by", by],
    ["verified", count(verified, "commit")],
    ["trust", `version ${version}${until}; a later one takes ${count(threshold, "signature")}`],
  ];
  return [
    line(strong(`Team ${team}`), dim(` at ${channel}`)),
    ...table(
      rows.map(([name, value]): Cell[] => [dim(name), plain(value)]),
      { indent: 2, columns, flexible: [1] },
    ),
    ...table(
      keys.map(({ owner, fingerprint, roles }): Cell[] => [plain(owner), dim(fingerprint), plain(roles.join(", "))]),
      { indent: 4, columns, flexible: [1] },
    ),
  ];
}

export function joinScreen(result: JoinResult, screen: Screen): Line[] {
  if (result.outcome === "declined")
    return [line(warn("Declined"), ": this machine did not join, and nothing was changed.")];
  const { applied, member, config } = result;
  const done = applied?.outcome === "applied" ? "what its lock says was applied" : "the machine is as its lock says";
  return [
    ...vouchingLines(result, screen),
    EMPTY,
    ...paragraph(`: ${done}, and ${config} has omgd follow it.`, { lead: [good("Joined")], columns: screen.columns }),
    ...(member === undefined
      ? []
      : [
          line(dim("For the team's .omg/members.toml, by somebody with the role peers:")),
          ...member.toml
            .trimEnd()
            .split("\n")
            .map((each) => line(`  ${each}`)),
        ]),
    ...next(`omg daemon install${result.scope === "system" ? " --system" : ""}, or omg daemon run`, screen),
  ];
}
