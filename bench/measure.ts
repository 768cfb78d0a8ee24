import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Root } from "./root.ts";

/** A program that is measured. All contenders of a row run in turns, so that whatever slows the machine slows all of them. */
export interface Contender {
  readonly name: string;
  readonly command: readonly [file: string, ...args: string[]];
  /** Where it runs, if not on the root of its table. */
  readonly root?: Root;
  /** What it must print in the unmeasured first run, so that nothing is measured that did something else. */
  readonly says?: RegExp;
  /** Done before each run, and not measured. */
  readonly before?: () => void;
  /** A number in its output that is taken instead of the time of the whole process, in milliseconds. */
  readonly reads?: RegExp;
  /** A number in its output, in milliseconds, that is taken off that time. */
  readonly less?: RegExp;
  /** Exit code. Default 0. */
  readonly exit?: number;
  /** How often the command does what is measured. Default 1; times are those of one. */
  readonly times?: number;
  /** Name of the line that its ratio is to, where that is not the table's. */
  readonly against?: string;
}

export interface Timing {
  readonly name: string;
  /** Milliseconds; absent where the program is not here. */
  readonly median?: number;
  readonly low?: number;
  readonly high?: number;
  /** Mean of the processor's time, in milliseconds, of the process and of all that it waited for. */
  readonly cpu?: number;
  readonly note?: string;
  /** Where they are not the table's. */
  readonly unit?: string;
  readonly against?: string;
}

export interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly ms: number;
  readonly cpu: number;
}

/** Runs a command on a root. Its output is kept only where somebody reads it: a pipe costs time. */
function execute(root: Root, command: readonly [string, ...string[]], keep: boolean): Promise<Ran> {
  const [file, ...args] = command;
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const used = childrenTime();
    const stdio = keep ? "pipe" : "ignore";
    const child = spawn(file, args, { cwd: root.project, env: root.env, stdio: ["ignore", stdio, stdio] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    child.once("error", reject);
    child.once("close", (code) => {
      const ms = Number(process.hrtime.bigint() - started) / 1e6;
      resolve({ code, output, ms, cpu: childrenTime() - used });
    });
  });
}

/** Milliseconds that ended children have used, in steps of 10: proc(5), /proc/pid/stat, fields 16 and 17. */
function childrenTime(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

/** One unmeasured round that checks what each says, then `rounds` measured ones, interleaved. */
export async function measure(
  root: Root,
  contenders: readonly Contender[],
  rounds: number,
): Promise<readonly Timing[]> {
  for (const contender of contenders) await rehearse(contender.root ?? root, contender);
  const runs = new Map<string, { readonly ms: number; readonly cpu: number }[]>();
  for (const { name } of contenders) runs.set(name, []);
  for (let round = 0; round < rounds; round += 1)
    for (const contender of contenders) runs.get(contender.name)?.push(await once(contender.root ?? root, contender));
  return contenders.map(({ name, reads, less, times = 1, against }) => {
    const each = runs.get(name) ?? [];
    const isWhole = reads === undefined && less === undefined;
    const cpu = isWhole ? { cpu: each.reduce((sum, run) => sum + run.cpu, 0) / each.length / times } : {};
    return { name, ...summary(each.map(({ ms }) => ms / times)), ...cpu, ...(against !== undefined && { against }) };
  });
}

async function rehearse(root: Root, { name, command, before, says, exit = 0 }: Contender): Promise<void> {
  before?.();
  const { code, output } = await execute(root, command, true);
  if (code !== exit || (says !== undefined && !says.test(output)))
    throw new Error(`${name} ended with ${code} and did not say ${says}:\n${output.slice(-2000)}`);
}

async function once(
  root: Root,
  { name, command, before, reads, less, exit = 0 }: Contender,
): Promise<{ readonly ms: number; readonly cpu: number }> {
  before?.();
  const { code, output, ms, cpu } = await execute(root, command, reads !== undefined || less !== undefined);
  const numberIn = (pattern: RegExp) => Number(pattern.exec(output)?.[1]);
  const read = (reads === undefined ? ms : numberIn(reads)) - (less === undefined ? 0 : numberIn(less));
  if (code !== exit || Number.isNaN(read)) throw new Error(`${name} ended with ${code}\n${output.slice(-2000)}`);
  return { ms: read, cpu };
}

export function summary(times: readonly number[]): {
  readonly median: number;
  readonly low: number;
  readonly high: number;
} {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = Math.floor(sorted.length / 2);
  return {
    median: sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
    low: at(0),
    high: at(sorted.length - 1),
  };
}

/** The most memory that a contender held, a median of three, as GNU time tells it; in megabytes. */
export async function peakOf(root: Root, { name, command, before, exit = 0 }: Contender): Promise<Timing> {
  const peaks: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    before?.();
    const { code, output } = await execute(root, ["time", "-q", "-f", "peak %M", ...command], true);
    const kilobytes = Number(/^peak (\d+)$/m.exec(output)?.[1]);
    if (code !== exit || Number.isNaN(kilobytes)) throw new Error(`${name} ended with ${code}\n${output.slice(-2000)}`);
    peaks.push(kilobytes / 1024);
  }
  return { name, ...summary(peaks) };
}
