import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import type { Timing } from "./measure.ts";
import type { Table } from "./world.ts";

const HEAD = ["", "median", "low", "high", "ratio", "cpu"];

/** A table in Markdown that reads well as plain text too. */
export function tableText({ title, unit, timings, against }: Table): string {
  const medianOf = (wanted: string) => timings.find(({ name }) => name === wanted)?.median;
  const columns = timings.some(({ cpu }) => cpu !== undefined) ? HEAD.length : HEAD.length - 1;
  const head = HEAD.slice(0, columns);
  const rows = timings.map((timing) => rowOf(timing, unit, medianOf(timing.against ?? against)).slice(0, columns));
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [`## ${title}`, "", line(head), rule, ...rows.map(line), ""].join("\n");
}

function rowOf(
  { name, median, low, high, cpu, note, unit: own }: Timing,
  tables: string,
  reference: number | undefined,
): readonly string[] {
  if (median === undefined) return [name, note ?? "", "", "", "", ""];
  const unit = own ?? tables;
  const value = (number: number | undefined) => `${rounded(number ?? Number.NaN)} ${unit}`;
  const ratio = reference === undefined || own !== undefined ? "" : `x ${(median / reference).toFixed(2)}`;
  return [name, value(median), value(low), value(high), ratio, cpu === undefined ? "" : value(cpu)];
}

function rounded(value: number): string {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(2) : String(Math.round(value));
}

/** What the numbers were measured on; nothing that names the machine. */
export function preface(rounds: number, listed: number): string {
  const [cpu] = cpus();
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  return `# Results

Made by \`npm run bench\`; what each row means stands in [README.md](README.md).

- ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, Node ${process.versions.node}, ${system}, ${listed} packages listed
- ${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB; load at the end ${loadavg()[0]?.toFixed(1)}
- medians of ${rounds} rounds, all lines of a table in turns; the ratio is to omg's first-named line, more than 1 is slower
- cpu: the mean of the processor's time, children included; it moves less than the clock when the machine has other work
- caches warm where nothing else is said: each line has run once before; without NODE_EXTRA_CA_CERTS
`;
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") === "" ? "" : ", with changes"}`;
  } catch {
    return "unknown";
  }
}
