import type { ListedVersion, ListResult } from "../../app/commands/list.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { dim, good, type Line, line, plain, strong } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count } from "./words.ts";

/** Versions of runtimes, each with what holds it here. */
export function listScreen({ versions, available }: ListResult, screen: Screen): Line[] {
  if (versions.length === 0)
    return available
      ? [line(plain("Nothing of it is published for this machine."))]
      : [line(plain("No runtime is installed. "), dim("`omg use node 20` installs one."))];
  const several = new Set(versions.map(({ runtime }) => runtime)).size > 1;
  const rows = versions.map((each, index): Cell[] => [
    ...(several || !available ? [strong(versions[index - 1]?.runtime === each.runtime ? "" : each.runtime)] : []),
    plain(each.version),
    dim(each.lts === undefined ? "" : each.lts === "" ? "lts" : `lts/${each.lts}`),
    wordsOf(each, available),
  ]);
  const installed = versions.filter((each) => each.installed).length;
  const text = available
    ? `${count(versions.length, "version")}, ${installed} of them here`
    : count(versions.length, "version");
  const total =
    screen.columns === Number.POSITIVE_INFINITY
      ? []
      : paragraph(text, { lead: [], tone: "dim", columns: screen.columns });
  return [...table(rows, { indent: 0, columns: screen.columns, flexible: [1] }), ...total];
}

function wordsOf({ installed, current, pinned, by }: ListedVersion, available: boolean): Cell {
  if (by !== undefined) return dim(`by ${by}`);
  const words = [
    available && installed ? "installed" : "",
    current ? "holds everywhere" : "",
    pinned ? "pinned by the lock" : "",
  ].filter((word) => word !== "");
  return pinned || current || installed ? good(words.join(", ")) : dim(words.join(", "));
}
