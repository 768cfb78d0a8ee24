import { relative } from "node:path";
import type { TasksResult } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { bad, dim, EMPTY, type Line, strong } from "./segments.ts";
import { type Cell, table } from "./table.ts";

/** Each task with what it does and where it stands. */
export function tasksScreen({ tasks, faults, folder }: TasksResult, screen: Screen): Line[] {
  if (tasks.length + faults.length === 0)
    return paragraph(
      "No file from here upwards has tasks: package.json, deno.json, justfile, Makefile, pyproject.toml, Cargo.toml, go.mod.",
      {
        lead: [],
        columns: screen.columns,
      },
    );
  const first = new Set<string>();
  const rows = tasks.map(({ name, runner, file, does }): Cell[] => {
    const hidden = first.has(name);
    first.add(name);
    return [strong(hidden ? `${runner}:${name}` : name), dim(does), dim(relative(folder, file))];
  });
  const unread = faults.flatMap(({ file, fault }) =>
    paragraph(`${relative(folder, file)} was not read: ${fault}.`, { lead: [bad("! ")], columns: screen.columns }),
  );
  const gap = rows.length > 0 && unread.length > 0 ? [EMPTY] : [];
  return [...table(rows, { indent: 0, columns: screen.columns, flexible: [1] }), ...gap, ...unread];
}
