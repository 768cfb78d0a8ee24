import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { foldersUpwards } from "../../providers/runtimes/version-files/search.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";
import { readVersionFile } from "../here/version-files.ts";
import { Watched } from "../here/watched.ts";
import { RUNNERS } from "./runners.ts";
import type { Runner, Task, TasksHere } from "./task.ts";

/** Not a control character, a mark that hides text, or nothing at all: what is shown is what is run. */
const NAME = /^\P{C}+$/u;

/** The closest folder that has tasks, from this one upwards. A file that nothing can be made of ends the search: folders above have other tasks. */
export function tasksHere(ctx: Context): TasksHere {
  for (const folder of foldersUpwards(ctx.cwd)) {
    const found = RUNNERS.map((runner) => tasksOf(ctx, folder, runner));
    const tasks = found.flatMap((each) => each.tasks);
    const faults = found.flatMap((each) => each.faults);
    if (tasks.length + faults.length > 0) return { tasks, faults };
  }
  return { tasks: [], faults: [] };
}

function tasksOf(ctx: Context, folder: string, runner: Runner): TasksHere {
  const path = runner.files.map((name) => join(folder, name)).find((each) => existsSync(each));
  const file = path === undefined ? undefined : readVersionFile(ctx, new Watched(), path);
  if (path === undefined || file === undefined) return { tasks: [], faults: [] };
  if ("fault" in file) return { tasks: [], faults: [{ file: path, fault: file.fault }] };
  const found = runner.tasks(file.text, { has: (name) => existsSync(join(folder, name)) });
  if (found === undefined)
    return { tasks: [], faults: [{ file: path, fault: "it makes no sense as what its name says" }] };
  const tasks = found
    .filter(({ name }) => NAME.test(name))
    .map((task) => ({ ...task, runner: runner.name, file: path }));
  return { tasks, faults: [] };
}

/** By its name, or by `RUNNER:NAME` where another kind of file has the same. @throws OmgError `no-such-task` */
export function taskNamed(ctx: Context, name: string): Task {
  const { tasks, faults } = tasksHere(ctx);
  const found =
    tasks.find((task) => task.name === name) ?? tasks.find((task) => `${task.runner}:${task.name}` === name);
  if (found !== undefined) return found;
  throw new OmgError({
    code: "no-such-task",
    exit: "error",
    message: `No file in ${ctx.cwd} or above it has a task ${JSON.stringify(name)}.`,
    details: faults.map(({ file, fault }) => `${file} was not read: ${fault}.`),
    state: "Nothing was run.",
    hint:
      tasks.length === 0
        ? "It looks for scripts of package.json, recipes of a justfile, and the like."
        : `\`omg run --list\` shows those of ${dirname(tasks[0]?.file ?? "")}.`,
  });
}
