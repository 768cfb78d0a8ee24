import { relative } from "node:path";
import type { WhichResult, WhichTool } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { bad, dim, EMPTY, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table, tableWidth } from "./table.ts";

/** Which version of each tool a folder gets, because of which line, and where it lies. */
export function whichScreen(result: WhichResult, screen: Screen): Line[] {
  if (result.tools.length === 0)
    return [
      ...paragraph("No file from here upwards asks for a version, and no runtime is installed for everywhere.", {
        lead: [],
        columns: screen.columns,
      }),
      ...next("omg use node lts installs one and asks for it", screen),
    ];
  const { folder } = result;
  const rows = result.tools.map((tool) => row(tool, folder));
  const faults = faultLines(result, screen);
  // What is left of a path that is cut to fit beside others tells nothing; of one tool alone it is the answer.
  const fits = rows.length === 1 || tableWidth(rows, 0) <= screen.columns;
  const shown = fits ? rows : rows.map((cells) => cells.slice(0, 3));
  return [
    ...table(shown, { indent: 0, columns: screen.columns, flexible: [3, 2] }),
    ...(faults.length === 0 ? [] : [EMPTY, ...faults]),
    ...remedies(result),
  ];
}

function row(tool: WhichTool, folder: string): Cell[] {
  return [strong(tool.name), version(tool), reason(tool, folder), dim(tool.path ?? "")];
}

/** A file in this folder or above it, as one would name it from here. */
function place({ file, line: number }: { readonly file: string; readonly line: number }, folder: string): string {
  return `${relative(folder, file)}:${number}`;
}

function version({ versions, missing, fault, foreign, path, damaged }: WhichTool): Cell {
  if (fault !== undefined) return bad("not known");
  if (foreign) return plain([...versions.map((each) => each.version), ...missing].join(", "));
  if (versions.length === 0 && missing.length > 0) return bad("not installed");
  if (versions.length === 0) return path === undefined ? bad("not here") : plain("system");
  const names = versions.map((each) => each.version).join(", ");
  if (damaged) return bad(`${names}, damaged`);
  const isOwn = versions.some(({ folder }) => folder === undefined || path?.startsWith(`${folder}/`));
  return path === undefined || !isOwn ? warn(`${names}, without it`) : plain(names);
}

function reason({ requests, because, versions, foreign, fault }: WhichTool, folder: string): Cell {
  if (because === undefined) return dim(versions[0]?.folder === undefined ? "on PATH" : "for everywhere");
  if (fault !== undefined) return dim(place(because, folder));
  const asked = requests === undefined || requests.length === 0 ? "the default" : requests.join(" ");
  const words = foreign ? (versions.length > 0 ? `${asked} · by mise` : "not installed") : asked;
  return dim(`${words} · ${place(because, folder)}`);
}

/** Each line that nothing can be made of once, however many tools it is about. */
function faultLines({ tools, folder }: WhichResult, screen: Screen): Line[] {
  const texts = tools.flatMap(({ because, fault }) =>
    because === undefined || fault === undefined ? [] : [`${place(because, folder)}: ${fault}.`],
  );
  return [...new Set(texts)].flatMap((text) => paragraph(text, { lead: [bad("! ")], columns: screen.columns }));
}

/** What would bring each version that is not there. */
function remedies({ tools }: WhichResult): Line[] {
  const lines = [...new Set(tools.flatMap(({ remedy }) => remedy ?? []))].map((remedy) => line(dim("Next: "), remedy));
  return lines.length === 0 ? [] : [EMPTY, ...lines];
}
