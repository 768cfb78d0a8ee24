import type { MemberView, TeamStatus } from "../../daemon/team/status.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, type Segment, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { ago, count } from "./words.ts";

/** How the team's machines are by their own word. */
export function teamStatusScreen(status: TeamStatus, screen: Screen): Line[] {
  const { members, commit, channel } = status;
  const rows = members.map((member): Cell[] => [
    member.self ? strong(member.name) : plain(member.name),
    stateOf(member),
    member.note?.commit === undefined
      ? dim("-")
      : member.elsewhere
        ? warn(member.note.commit.slice(0, 12))
        : dim(member.note.commit.slice(0, 12)),
    dim(member.note === undefined ? "" : ago(member.note.time, screen.now)),
    dim(member.note === undefined ? "" : `${member.note.host}, ${member.note.platform}, omg ${member.note.omg}`),
  ]);
  const inSync = members.filter(({ state }) => state === "in sync").length;
  return [
    line(strong(channel), dim(` at ${commit.slice(0, 12)}`)),
    ...table(rows, { indent: 2, columns: screen.columns, flexible: [4, 0] }),
    EMPTY,
    line(`${count(members.length, "machine")}, ${inSync} in sync.`),
    ...asideLines(status, screen),
  ];
}

/** Which machines the team lists, and by which keys. */
export function membersScreen(status: TeamStatus, screen: Screen): Line[] {
  const rows = status.members.map((member): Cell[] => [
    member.self ? strong(member.name) : plain(member.name),
    plain(member.key),
    member.self ? good("this machine") : stateOf(member),
  ]);
  return [
    line(strong(status.channel), dim(` at ${status.commit.slice(0, 12)}`)),
    ...table(rows, { indent: 2, columns: screen.columns, flexible: [0] }),
    EMPTY,
    line(`${count(status.members.length, "machine")}.`),
    ...asideLines(status, screen),
  ];
}

function stateOf({ state, note }: MemberView): Segment {
  const changes = note?.changes ?? 0;
  const some = changes === 0 ? "" : ` (${changes})`;
  if (state === "in sync") return good(state);
  if (state === "failed" || state === "not signed by it") return bad(state);
  return state === "silent" || state === "unknown" ? dim(state) : warn(`${state}${some}`);
}

function asideLines({ strangers, self, stale }: TeamStatus, { columns }: Screen): Line[] {
  const said: string[] = [];
  if (stale !== undefined) said.push(`The notes are as of before: ${stale}`);
  if (strangers > 0)
    said.push(`${count(strangers, "note")} of machines that the team does not list: removed, or not in yet.`);
  if (!self.listed)
    said.push(
      self.key === undefined
        ? "This machine has no key of its own: omg team join makes one."
        : `This machine is not listed: its key is ${self.key}.`,
    );
  return said.flatMap((text) => paragraph(text, { lead: [], tone: "warn", columns }));
}
