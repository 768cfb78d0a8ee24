import type { CiFinding, CiResult } from "../../../app/results.ts";
import { safe } from "../safe.ts";
import { count } from "../words.ts";

/** A bot finds its own comment by this line, whatever the rest says. */
export const MARKER = "<!-- omg ci check -->";

const MOST = 50;

/** A summary that can stand as a comment. */
export function markdown({ check, findings }: CiResult): string {
  const shown = findings.slice(0, MOST);
  const rest = findings.length - shown.length;
  return `${[
    MARKER,
    `### omg: ${cell(check.lock.name)} is ${check.inSync ? "in sync" : "not in sync"}`,
    "",
    `${count(check.diff.changes.length, "difference")}, ${count(check.diff.satisfied, "entry", "entries")} of the lock as wanted.`,
    ...(shown.length === 0 ? [] : ["", "| entry | finding | where |", "|---|---|---|", ...shown.map(row)]),
    ...(rest === 0 ? [] : ["", `And ${rest} more.`]),
  ].join("\n")}\n`;
}

function row({ address, rule, message, file, line }: CiFinding): string {
  return `| ${address === "" ? rule : code(address)} | ${cell(message)} | ${cell(file)}:${line} |`;
}

/** Text of a table's cell: nothing in it is markup, a mention or the end of the cell. */
function cell(text: string): string {
  return safe(text)
    .replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character] ?? "")
    .replace(/[\\`*_{}[\]|#!~]/g, "\\$&")
    .replaceAll("@", "@\u2060");
}

/** As code where that needs no escape: within a table's cell, a backslash before a pipe has no spelling as code. */
function code(text: string): string {
  return /^[\w.:+~@/-]+$/.test(text) ? `\`${text}\`` : cell(text);
}
