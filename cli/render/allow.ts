import type { AllowResult, DenyResult } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import { safe } from "./safe.ts";
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
    ...file.aliases.map(({ name, value }): Cell[] => [plain("alias"), strong(name), plain(whole(value))]),
  ];
  const what = file.naming ? "may name folders to take programs from" : file.before ? "was allowed already" : "allowed";
  return [
    line(strong(file.path), "  ", good(what)),
    // Nobody can agree to what is cut out.
    ...table(rows, { indent: 2, columns: Number.POSITIVE_INFINITY, flexible: [] }),
    ...file.refused.flatMap((why) => paragraph(`left out: ${why}`, { lead: [warn("  ! ")], columns: screen.columns })),
  ];
}

function shownValue({ kind, value }: File["variables"][number]): string {
  if (kind === "value") return whole(value);
  return kind === "unset" ? "(unset)" : `from ${kind === "env" ? "the variable" : `the ${kind}`} ${whole(value)}`;
}

/** In quotes and with codes where a screen would not show it as it is: a command's second line, marks that hide or reorder text. */
function whole(value: string): string {
  if (value !== "" && safe(value) === value) return value;
  const code = (mark: string) => `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/(?! )[\p{C}\p{Z}]/gu, code);
}

export function denyScreen(result: DenyResult): Line[] {
  return result.files.map(({ path, before }) =>
    line(strong(path), "  ", before ? warn("not allowed any more") : dim("was not allowed")),
  );
}
