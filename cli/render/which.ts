import type { WhichResult, WhichTool } from "../../app/answers.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { bad, dim, EMPTY, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";

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
  const rows = result.tools.map(row);
  const faults = result.tools.flatMap((tool) => faultLines(tool, screen));
  return [
    ...table(rows, { indent: 0, columns: screen.columns, flexible: [3, 2] }),
    ...(faults.length === 0 ? [] : [EMPTY, ...faults]),
    ...remedies(result),
  ];
}

function row(tool: WhichTool): Cell[] {
  return [strong(tool.name), version(tool), reason(tool), dim(tool.path ?? "")];
}

function version({ versions, missing, fault, foreign, path }: WhichTool): Cell {
  if (fault !== undefined) return bad("not known");
  if (foreign) return plain(missing.join(", "));
  if (versions.length === 0 && missing.length > 0) return bad("not installed");
  if (versions.length === 0) return path === undefined ? bad("not here") : plain("system");
  const names = versions.map((each) => each.version).join(", ");
  return path === undefined ? warn(`${names}, without it`) : plain(names);
}

function reason({ requests, because, versions, foreign }: WhichTool): Cell {
  if (because === undefined) return dim(versions[0]?.folder === undefined ? "on PATH" : "for everywhere");
  const asked = requests === undefined || requests.length === 0 ? "the default" : requests.join(" ");
  const words = foreign ? "not one that omg installs" : asked;
  return dim(`${words} · ${because.file}:${because.line}`);
}

function faultLines({ name, because, fault }: WhichTool, screen: Screen): Line[] {
  if (fault === undefined || because === undefined) return [];
  const lead = [bad("! "), strong(`${name}  `)];
  return paragraph(`${because.file}:${because.line}: ${fault}.`, { lead, columns: screen.columns });
}

/** What would bring each version that is not there. */
function remedies({ tools }: WhichResult): Line[] {
  const lines = [...new Set(tools.flatMap(({ remedy }) => remedy ?? []))].map((remedy) => line(dim("Next: "), remedy));
  return lines.length === 0 ? [] : [EMPTY, ...lines];
}
