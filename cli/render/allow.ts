import type { AllowResult, DenyResult } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { dim, good, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";

type File = AllowResult["files"][number];

/** What takes effect from now on, file by file, and what does not. */
export function allowScreen(result: AllowResult, screen: Screen): Line[] {
  return [
    ...result.files.flatMap((file) => fileLines(file, screen)),
    ...next("omg deny takes it back; any change of a file asks anew", screen),
  ];
}

function fileLines(file: File, screen: Screen): Line[] {
  const rows = [
    ...file.variables.map((each): Cell[] => [plain("env"), strong(each.name), plain(shownValue(each))]),
    ...file.aliases.map(({ name, value }): Cell[] => [plain("alias"), strong(name), plain(value)]),
  ];
  const what = file.naming ? "may name folders to take programs from" : file.before ? "was allowed already" : "allowed";
  return [
    line(strong(file.path), "  ", good(what)),
    ...table(rows, { indent: 2, columns: screen.columns, flexible: [2] }),
    ...file.refused.flatMap((why) => paragraph(`left out: ${why}`, { lead: [warn("  ! ")], columns: screen.columns })),
  ];
}

function shownValue({ kind, value }: File["variables"][number]): string {
  if (kind === "value") return value;
  return kind === "unset" ? "(unset)" : `from ${kind === "env" ? "the variable" : `the ${kind}`} ${value}`;
}

export function denyScreen(result: DenyResult): Line[] {
  return result.files.map(({ path, before }) =>
    line(strong(path), "  ", before ? warn("not allowed any more") : dim("was not allowed")),
  );
}
