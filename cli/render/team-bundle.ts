import type { FileDifference } from "../../app/bundle/differences.ts";
import type { ReceivedBundle, TeamReceiveResult } from "../../app/commands/team-receive.ts";
import type { TeamSendersResult } from "../../app/commands/team-senders.ts";
import type { SharedBundle, TeamShareResult } from "../../app/commands/team-share.ts";
import { paragraph } from "./paragraph.ts";
import { spelledOut } from "./safe.ts";
import type { Screen } from "./screen.ts";
import { notesBlock } from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { ago, count, size } from "./words.ts";

/** Lines of one file that are shown without -v. */
const FEW = 30;

/** What is about to leave the machine, above the question. */
export function shareQuestion(bundle: SharedBundle, screen: Screen): Line[] {
  const rows = bundle.files.map(({ path, size: bytes }): Cell[] => [plain(path), plain(size(bytes))]);
  const { count: artifacts, bytes, missing } = bundle.artifacts;
  const known = artifacts === 0 ? [] : [[plain(count(artifacts, "artifact")), plain(size(bytes))]];
  const lacking =
    missing === 0 ? "" : `${count(missing, "artifact")} of the lock ${missing === 1 ? "is" : "are"} not here.`;
  return [
    line(strong("To send"), `  ${bundle.lock}, to ${bundle.target}`),
    ...table([...rows, ...known], { indent: 2, columns: screen.columns, flexible: [0] }),
    ...(lacking === "" ? [] : [line(dim(`  ${lacking}`))]),
    EMPTY,
    line(strong("Can be opened by")),
    ...(bundle.recipients.length === 0
      ? [line("  whoever knows the passphrase")]
      : bundle.recipients.flatMap(({ fingerprint, name }) => [line(`  ${name}`), line(dim(`    ${fingerprint}`))])),
    EMPTY,
  ];
}

export function shareScreen(result: TeamShareResult, screen: Screen, asked: boolean): Line[] {
  if (result.outcome === "declined") return [line("Not sent. ", dim("Now: "), "nothing left this machine.")];
  const text =
    "Whoever receives one for the first time is asked for this machine's key, which they should have from you by another way:";
  return [
    ...(asked ? [] : shareQuestion(result, screen)),
    line(good("Sent"), ` to ${result.target}.`),
    ...paragraph(text, { lead: [], columns: screen.columns }),
    line(`  ${result.from}`),
    ...(result.listed === false
      ? paragraph(
          "members.toml does not list it: in a folder with that list, the bundle counts only for who names the key.",
          {
            lead: [warn("Note: ")],
            columns: screen.columns,
          },
        )
      : []),
  ];
}

/** Who says that they made it. */
export function senderBlock({ sender, lock, created }: ReceivedBundle, screen: Screen): Line[] {
  return [
    line(strong(lock), `  from a machine that calls itself ${sender.host}, ${ago(created, screen.now)}`),
    EMPTY,
    ...paragraph(
      "Nothing here knows the key that it is signed with. Whoever sent it can tell you theirs, by another way than the bundle came.",
      { lead: [], columns: screen.columns },
    ),
  ];
}

/** What would become of the folder, above the question. */
export function receiveQuestion(bundle: ReceivedBundle, screen: Screen): Line[] {
  const { sender, files, artifacts } = bundle;
  const why = { named: "named by you", member: "in members.toml", accepted: "known", unknown: "recognised by you" };
  return [
    line(strong(bundle.lock), `  from ${sender.host} (${why[sender.trust]}), ${ago(bundle.created, screen.now)}`),
    line(dim(`  ${sender.key}`)),
    EMPTY,
    line(strong("To write"), `  in ${bundle.folder}`),
    ...files.filter(({ state }) => state !== "same").flatMap((file) => fileLines(file, screen)),
    ...(artifacts.count === 0
      ? []
      : [line(`  ${count(artifacts.count, "artifact")} (${size(artifacts.bytes)}) into the store`)]),
    EMPTY,
  ];
}

export function receiveScreen(result: TeamReceiveResult, screen: Screen, asked: boolean): Line[] {
  if (result.outcome === "declined") return [line("Not laid out. ", dim("Now: "), "nothing was changed.")];
  const written = result.files.filter(({ state }) => state !== "same").length;
  const done =
    result.outcome === "nothing"
      ? line(good("The same"), ` as what lies in ${result.folder}.`)
      : line(good("Laid out"), ` in ${result.folder}: ${count(written, "file")}.`);
  return [
    ...(asked || result.outcome === "nothing" ? [] : receiveQuestion(result, screen)),
    done,
    ...notesBlock(result.notes, screen),
    ...(result.apply === undefined ? [] : [EMPTY]),
  ];
}

/** Whose bundles count because somebody accepted them. */
export function sendersScreen({ senders, removed }: TeamSendersResult, screen: Screen): Line[] {
  const rows = senders.flatMap(({ key, host, since, locks }) => [
    line(
      strong(host),
      dim(`  accepted ${ago(since, screen.now)}${locks.length === 0 ? "" : `, sent ${locks.join(", ")}`}`),
    ),
    line(`  ${key}`),
  ]);
  const gone =
    removed === undefined
      ? []
      : paragraph(`: the next bundle of ${removed.host} (${removed.key}) asks for its whole key again.`, {
          lead: [good("Removed")],
          columns: screen.columns,
        });
  if (rows.length === 0 && removed === undefined)
    return [
      line("No sender of a bundle was accepted here."),
      line(dim("A folder's .omg/members.toml counts by itself.")),
    ];
  return [...gone, ...rows];
}

function fileLines({ path, state, added, removed }: FileDifference, screen: Screen): Line[] {
  if (state === "new") return [line("  ", good("new"), `      ${path}  `, dim(count(added.length, "line")))];
  const changes = [
    ...removed.map((text) => line("    ", bad(`- ${spelledOut(text)}`))),
    ...added.map((text) => line("    ", good(`+ ${spelledOut(text)}`))),
  ];
  const shown = screen.verbose ? changes : changes.slice(0, FEW);
  const rest = changes.length - shown.length;
  return [
    line("  ", strong("changed"), `  ${path}`),
    ...shown,
    ...(rest > 0 ? [line(dim(`    and ${count(rest, "more line", "more lines")} (-v shows all)`))] : []),
    ...(changes.length === 0 ? [line(dim("    the same lines in another order"))] : []),
  ];
}
