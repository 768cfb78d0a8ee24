import type { CiFinding } from "../../../app/results.ts";
import { safe } from "../safe.ts";

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

/**
 * Findings as GitHub's workflow commands (docs.github.com, "Workflow commands for GitHub Actions"): in a message `%`, CR and LF are
 * escaped, in a property `:` and `,` too, so that no name or version can begin a command of its own.
 */
export function annotations(findings: readonly CiFinding[]): string {
  return findings
    .map(({ level, file, line, rule, message }) => {
      const title = `omg/${rule}`;
      return `::${COMMANDS[level]} file=${property(file)},line=${line},title=${property(title)}::${data(message)}\n`;
    })
    .join("");
}

function data(text: string): string {
  return safe(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
