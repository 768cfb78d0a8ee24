import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { foldersUpwards } from "../../providers/runtimes/version-files/search.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";
import { readVersionFile } from "../here/version-files.ts";
import { Watched } from "../here/watched.ts";
import { RUNNERS } from "./runners.ts";
import type { Task } from "./task.ts";

/** The tasks of the closest folder that has any, from this one upwards, in the order in which a name is looked for. */
export function tasksHere(ctx: Context): readonly Task[] {
  for (const folder of foldersUpwards(ctx.cwd)) {
    const tasks = RUNNERS.flatMap((runner) => {
      const path = runner.files.map((name) => join(folder, name)).find((each) => existsSync(each));
      const file = path === undefined ? undefined : readVersionFile(ctx, new Watched(), path);
      if (path === undefined || file === undefined || "fault" in file) return [];
      const found = runner.tasks(file.text, { has: (name) => existsSync(join(folder, name)) });
      return found.map((task): Task => ({ ...task, runner: runner.name, file: path }));
    });
    if (tasks.length > 0) return tasks;
  }
  return [];
}

/** By its name, or by `RUNNER:NAME` where another kind of file has the same. @throws OmgError `no-such-task` */
export function taskNamed(ctx: Context, name: string): Task {
  const tasks = tasksHere(ctx);
  const found =
    tasks.find((task) => task.name === name) ?? tasks.find((task) => `${task.runner}:${task.name}` === name);
  if (found !== undefined) return found;
  throw new OmgError({
    code: "no-such-task",
    exit: "error",
    message: `No file in ${ctx.cwd} or above it has a task ${JSON.stringify(name)}.`,
    state: "Nothing was run.",
    hint:
      tasks.length === 0
        ? "It looks for scripts of package.json, recipes of a justfile, and the like."
        : `\`omg run --list\` shows those of ${dirname(tasks[0]?.file ?? "")}.`,
  });
}
