import type { SecretsResult } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count } from "./words.ts";

/** Each credential with its place; nothing of it that its kind does not say. */
export function secretsScreen(result: SecretsResult, screen: Screen): Line[] {
  const { findings, notes } = result;
  const rows = findings.map(({ file, line: at, column, what, masked }): Cell[] => [
    plain(`${file}:${at}:${column}`),
    bad(what),
    dim(masked),
  ]);
  // Never cut: a place is there to be copied.
  const found = table(rows, { indent: 0, columns: screen.columns, flexible: [] });
  const noted = notes.flatMap((note) => paragraph(note, { lead: [warn("Note: ")], columns: screen.columns }));
  // Into a pipe goes a list, and what nothing was found in says nothing but that.
  if (screen.columns === Number.POSITIVE_INFINITY && findings.length > 0) return found;
  return [
    ...found,
    ...noted,
    ...(findings.length > 0 ? [EMPTY] : []),
    ...verdict(result, screen),
    ...unreadLines(result, screen),
  ];
}

function verdict({ findings, files, allowed }: SecretsResult, screen: Screen): Line[] {
  const looked = `${count(files, "file")} read${allowed === 0 ? "" : `, ${allowed} let pass by their line`}`;
  if (findings.length === 0) return [line(good("No secrets found"), `: ${looked}.`)];
  const where = count(new Set(findings.map(({ file }) => file)).size, "file");
  const advice =
    "Take them out and have them replaced: what was shared once is known. What is harmless passes with omg:allow-secret on its line.";
  return [
    line(bad(count(findings.length, "secret")), ` in ${where}; ${looked}.`),
    ...paragraph(advice, { lead: [], columns: screen.columns }),
  ];
}

/** What was not read is said always; which files, with -v. */
function unreadLines({ unread }: SecretsResult, screen: Screen): Line[] {
  if (unread.length === 0) return [];
  const words = { binary: "binary", large: "larger than 5 MiB", unreadable: "unreadable" } as const;
  const parts = (["binary", "large", "unreadable"] as const).flatMap((reason) => {
    const number = unread.filter((each) => each.reason === reason).length;
    return number === 0 ? [] : [`${number} ${words[reason]}`];
  });
  const tone = unread.some(({ reason }) => reason === "unreadable") ? warn : dim;
  const names = screen.verbose
    ? unread.map(({ file, reason, detail }) => line(dim(`  ${file}: ${detail ?? words[reason]}`)))
    : [];
  return [line(tone(`Not read: ${parts.join(", ")}.`)), ...names];
}
