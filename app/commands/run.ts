import { dirname } from "node:path";
import type { TasksResult } from "../answers.ts";
import type { Context } from "../context.ts";
import { type Became, becomeTool } from "../here/become.ts";
import { taskNamed, tasksHere } from "../tasks/find.ts";

/** What could be run. */
export async function listTasks(ctx: Context): Promise<TasksResult> {
  return { folder: ctx.cwd, tasks: tasksHere(ctx) };
}

/** Runs a program as this folder has it, with its versions on PATH; ends as it does. */
export async function exec(ctx: Context, command: readonly string[]): Promise<Became> {
  return becomeTool(command, ctx, { folder: ctx.cwd, program: ctx.program });
}

/**
 * Runs a task in the folder of the file that names it. `watch`: again whenever a file below changes, until somebody ends it.
 * @throws OmgError `no-such-task`
 */
export async function runTask(ctx: Context, name: string, args: readonly string[], watch: boolean): Promise<Became> {
  const task = taskNamed(ctx, name);
  const folder = dirname(task.file);
  // Whoever is used to npm's own `--` types it here, too.
  const given = task.command.at(-1) === "--" && args[0] === "--" ? args.slice(1) : args;
  const command = [...task.command, ...given];
  process.chdir(folder);
  if (!watch) return exec({ ...ctx, cwd: folder }, command);
  const { runWatching } = await import("../tasks/watch.ts");
  return runWatching({ ...ctx, cwd: folder }, command);
}
