import type { Context } from "../app/context.ts";
import { ownCommand } from "../app/here/keep.ts";
import { run } from "../host/run.ts";
import { EXIT } from "../schema/error.ts";
import type { Problem } from "./problem.ts";

/** How a run of omg ended. */
export interface ChildEnd {
  /** Undefined after a signal. */
  readonly code: number | undefined;
  /** The document that it printed, names as there; empty where it printed none. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Why it did not do what it was asked; absent where it did. */
  readonly problem?: Problem;
}

const MAX_OUTPUT = 64 << 20;

/**
 * Runs omg itself, `--json`, and waits. A child, so that whatever it needs goes when it ends, and what breaks in it is a report here.
 * In a session of its own: the terminal's Ctrl-C and the end of omgd do not reach it. `changes`: it may be changing the machine.
 * `folder`: where it starts.
 */
export async function runOmg(ctx: Context, args: readonly string[], changes = false, folder = "/"): Promise<ChildEnd> {
  const [node, script] = ownCommand(ctx);
  const ran = await run(node, [script, ...args, "--json", "--color", "never"], {
    env: Object.fromEntries(Object.entries(ctx.env).flatMap(([name, value]) => (value ? [[name, value]] : []))),
    cwd: folder,
    detached: true,
    gently: changes,
    signal: ctx.signal,
    maxOutputBytes: MAX_OUTPUT,
  });
  const document = documentIn(ran.stdout);
  const code = ran.code ?? undefined;
  const end = { code, document };
  if (code === EXIT.done || code === EXIT.changes) return end;
  return { ...end, problem: problemIn(document) ?? silent(args, code, ran.signal, ran.stderr) };
}

function documentIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function problemIn({ error, problem }: ChildEnd["document"]): Problem | undefined {
  const found = (error ?? problem) as Readonly<Record<string, unknown>> | undefined;
  if (typeof found?.code !== "string" || typeof found.message !== "string") return undefined;
  const { code, message, details, state, hint } = found;
  return {
    code,
    message,
    details: Array.isArray(details) ? details.map(String).slice(0, 8) : [],
    state: state === undefined ? undefined : String(state),
    hint: hint === undefined ? undefined : String(hint),
  };
}

function silent(args: readonly string[], code: number | undefined, signal: string | null, stderr: string): Problem {
  return {
    code: "child-failed",
    message: `omg ${args[0]} ended with ${code ?? signal ?? "nothing"} and did not say why.`,
    details: stderr.trim().split("\n").slice(-4),
    state: undefined,
    hint: undefined,
  };
}

/** Whether it did not come to an end of its own: after an apply the machine may be half way then, and the next round goes on from there. */
export function isCutOff({ code }: ChildEnd): boolean {
  return code === undefined || code === EXIT.partly || code === EXIT.interrupted || code === EXIT.terminated;
}
